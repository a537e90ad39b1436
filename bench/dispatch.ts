/**
 * What JavaScript pays for one dispatch: stock tfjs running a GAN's training step eagerly against a captured plan of
 * the same losses. On Dawn's null backend, which executes nothing, so that only JavaScript and the WebGPU calls are
 * measured.
 */
import { createRival, flushRival, rivalDevice, rivalName, use } from './tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { acquireDevice } from '../src/gpu/device/device';
import { createEngine } from '../src/gpu/engine';
import { Adam } from '../src/gpu/adam/adam';
import { lossAndGradients, ParameterSet, type Parameter } from '../src/gpu/parameter';
import { compileStep } from '../src/gpu/capture/plan';
import { installNodeGpu } from '../src/headless/nodeGpu';
import { interleaved, median, rounded } from './measure';
import type { Bench } from './bench';
import { meterDevice } from './meter';
import { ganSizes, stockGan } from './stockGan';

const batch = 16;
const channels = 16;

function asParameters(variables: readonly tf.Variable[]): Parameter[] {
  return variables.map((variable) => ({ name: variable.name, shape: variable.shape, trainable: true, variable }));
}

/**
 * Optimizer state for variables that lie where the stock library put them: their values are not what is measured here.
 */
function adamFor(name: string, variables: readonly tf.Variable[]): Adam {
  const set = new ParameterSet(name);
  for (const variable of variables) set.add(variable.name, variable.shape, null);
  return new Adam(set, { beta1: 0, beta2: 0.99, epsilon: 1e-6 });
}

export const run: Bench = async () => {
  const gpu = installNodeGpu({ options: ['backend=null'], calm: false });
  const rival = await rivalDevice(gpu);
  const rivalMeter = meterDevice(rival.device);
  const rivalBackend = createRival(rival.device, rival.info);
  const engine = await createEngine(await acquireDevice(gpu));

  await use(rivalName);
  const stock = stockGan(channels, 'stock');
  const optimizers = [tf.train.adam(2e-4, 0, 0.99), tf.train.adam(2e-4, 0, 0.99)] as const;
  const constants = {
    real: tf.ones([batch, 32, 32, 3]) as tf.Tensor4D,
    z: tf.ones([batch, ganSizes.latent]) as tf.Tensor2D,
    hot: tf.ones([batch, ganSizes.classes]) as tf.Tensor2D,
  };
  const eagerStep = async (): Promise<void> => {
    await use(rivalName);
    tf.tidy(() => {
      optimizers[0].minimize(
        () => stock.discriminatorLoss(constants.real, constants.z, constants.hot),
        false,
        stock.discriminator,
      );
      optimizers[1].minimize(() => stock.generatorLoss(constants.z, constants.hot), false, stock.generator);
    });
    flushRival(rivalBackend);
  };

  await use('webgpu');
  const ours = stockGan(channels, 'ours');
  const adams = [adamFor('d', ours.discriminator), adamFor('g', ours.generator)] as const;
  const plan = compileStep({
    name: 'gan',
    inputs: {
      real: { shape: [batch, 32, 32, 3] },
      z: { shape: [batch, ganSizes.latent] },
      hot: { shape: [batch, ganSizes.classes] },
    },
    body: ({ real, z, hot }) => {
      const d = lossAndGradients(
        () => ours.discriminatorLoss(real as tf.Tensor4D, z as tf.Tensor2D, hot as tf.Tensor2D),
        asParameters(ours.discriminator),
      );
      adams[0].apply(d.gradients, { rate: 2e-4 });
      const g = lossAndGradients(
        () => ours.generatorLoss(z as tf.Tensor2D, hot as tf.Tensor2D),
        asParameters(ours.generator),
      );
      adams[1].apply(g.gradients, { rate: 2e-4 });
      return { d: d.value, g: g.value };
    },
  });
  plan.compile();
  const values = {
    real: new Float32Array(batch * 3072),
    z: new Float32Array(batch * ganSizes.latent),
    hot: new Float32Array(batch * ganSizes.classes),
  };

  await eagerStep();
  rivalMeter.reset();
  await eagerStep();
  const eagerDispatches = rivalMeter.counts.dispatches;
  rivalMeter.end();
  const plannedDispatches = plan.info?.dispatches ?? NaN;
  const replays = 10; // one is too short to time
  const times = await interleaved(
    {
      tfjs: eagerStep,
      plan: () => {
        for (let i = 0; i < replays; i++) plan.run(values);
      },
    },
    25,
  );
  const figures = {
    tfjs: (1000 * median(times.tfjs)) / eagerDispatches,
    plan: (1000 * median(times.plan)) / replays / plannedDispatches,
  };
  const ratio = figures.tfjs / figures.plan;
  console.log(`stock tfjs: ${eagerDispatches} dispatches a step, ${figures.tfjs.toFixed(1)} us of JavaScript each`);
  console.log(
    `captured plan: ${plannedDispatches} dispatches a step, ${figures.plan.toFixed(2)} us each; ratio ${ratio.toFixed(1)}`,
  );
  engine.dispose();
  return {
    adapter: 'null',
    dispatches: { tfjs: eagerDispatches, plan: plannedDispatches },
    jsMicrosPerDispatch: { tfjs: rounded(figures.tfjs), plan: rounded(figures.plan) },
    ratio: rounded(ratio),
  };
};
