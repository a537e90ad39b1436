import { afterEach, describe, expect, it } from 'vitest';
import type { StudioError } from '../../shared/errors';
import { Adam } from '../adam/adam';
import { fromGpuError } from './gpuErrors';
import { lossAndGradients, ParameterSet } from '../parameter';
import { compileStep, type Step } from '../capture/plan';
import { square, sum, tensor1d } from '../tensor';
import { discardTestEngine, testEngine } from '../testing/testEngine';

const start = Float32Array.of(1, -2, 3);

function makeStep(set: ParameterSet, adam: Adam): Step<'rate'> {
  return compileStep({
    name: 'square',
    inputs: { rate: { shape: [] } },
    body: ({ rate }) => {
      const { value, gradients } = lossAndGradients(() => sum(square(set.get('x').variable)), set.trainable());
      adam.apply(gradients, { rate });
      return { loss: value };
    },
  });
}

async function trained(restore?: {
  parameters: Awaited<ReturnType<ParameterSet['toArrays']>>;
  moments: Awaited<ReturnType<Adam['toArrays']>>;
}): Promise<{ set: ParameterSet; adam: Adam; step: Step<'rate'> }> {
  await testEngine();
  const set = new ParameterSet('square');
  set.add('x', [3], start);
  const adam = new Adam(set, { beta1: 0.5, beta2: 0.9, epsilon: 1e-8 });
  if (restore) {
    set.load(restore.parameters);
    adam.load(restore.moments);
  }
  return { set, adam, step: makeStep(set, adam) };
}

const rate = { rate: Float32Array.of(0.1) };

describe('device loss', () => {
  afterEach(() => discardTestEngine());

  it('is reported, rejects what waits, and a new engine goes on from a checkpoint to the bit', async () => {
    const engine = await testEngine();
    const first = await trained();
    first.step.run(rate);
    first.step.run(rate);
    const saved = { parameters: await first.set.toArrays(), moments: await first.adam.toArrays() };
    first.step.run(rate);
    const expected = await first.step.readStats();

    const heard: StudioError[] = [];
    engine.onError((error) => heard.push(error));
    engine.context.device.destroy();
    first.step.run(rate);
    await expect(first.step.readStats()).rejects.toMatchObject({ info: { code: 'device-lost' } });
    await expect(
      tensor1d([1])
        .data()
        .then(() => first.set.toArrays()),
    ).rejects.toMatchObject({ info: { code: 'device-lost' } });
    await expect(engine.settle()).rejects.toMatchObject({ info: { code: 'device-lost' } });
    expect(heard[0]?.info.code).toBe('device-lost');
    engine.dispose();

    discardTestEngine();
    const second = await trained(saved);
    second.step.run(rate);
    expect(await second.step.readStats()).toEqual(expected);
    const again = await testEngine();
    await again.settle();
    again.dispose();
  });

  it('is not reported when the engine itself is disposed', async () => {
    const engine = await testEngine();
    const heard: StudioError[] = [];
    engine.onError((error) => heard.push(error));
    engine.dispose();
    await engine.context.lost;
    await Promise.resolve();
    expect(heard).toEqual([]);
  });
});

describe('GPU errors', () => {
  it('are told apart', () => {
    expect(fromGpuError(new GPUOutOfMemoryError('too much')).info.code).toBe('out-of-memory');
    expect(fromGpuError(new GPUValidationError('bad binding\nwhere')).info).toMatchObject({
      code: 'gpu-validation',
      why: 'bad binding',
    });
  });
});
