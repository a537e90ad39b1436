/**
 * StyleGAN2-ADA as a base model: logistic losses, reals and fakes apart, R1 as a lazy step of its own, and Adam's
 * settings as lazy regularisation rescales them.
 */
import { assignInPlace } from '../../../gpu/parameter';
import { StyleDiscriminator } from '../../../nn/stylegan2/discriminator';
import { StyleGenerator } from '../../../nn/stylegan2/generatorModel';
import { styleCount, styleMask } from '../../../nn/stylegan2/layout';
import type { StyleGeneratorShape } from '../../../nn/stylegan2/plan';
import { CounterRandom } from '../../../shared/rng';
import { logistic } from '../../training/adversarial';
import { discriminatorStep } from '../../training/discriminatorStep';
import { generatorStep } from '../../training/generatorStep';
import type { StepContext, TrainingStep } from '../../training/step';
import { floats, stepInput } from '../../training/stepInputs';
import { streams } from '../../training/streams';
import type { BaseModel, OptimizerSettings } from '../baseModel';
import { discriminatorShapeOf, generatorShapeOf, partsOf, type StyleGan2Config } from './facts';
import { r1Step } from './r1Step';
import { discriminatorTorch, generatorTorch } from './torch';

/** The public code's interval of path length, by which it rescales the generator's Adam even where that is off. */
const pathEvery = 4;

/** Where every k-th step has one more, each of the k + 1 takes the k / (k + 1)-th part (Karras et al. 2020, section B). */
function lazy({ rate, beta1, beta2, epsilon }: OptimizerSettings, every: number): OptimizerSettings {
  const ratio = every / (every + 1);
  return { rate: rate * ratio, beta1: beta1 ** ratio, beta2: beta2 ** ratio, epsilon };
}

/**
 * The mask of style mixing for a step: with the configured probability two styles, the second from a number in
 * [1, count) on that all pictures of the batch share (Karras et al. 2019, section 3.1).
 */
function mixingMask(shape: StyleGeneratorShape, probability: number, random: CounterRandom): Float32Array {
  const count = styleCount(shape);
  const mixes = random.uniform() < probability;
  return styleMask(shape, mixes ? 1 + random.integer(count - 1) : count);
}

/** The step with lambda, and where styles are mixed, brought to the generator first. @param stream of the mixing */
function withStyle(
  step: TrainingStep,
  { config, networks: { generator } }: StepContext<StyleGan2Config>,
  stream: number,
): TrainingStep {
  if (!(generator instanceof StyleGenerator)) throw new TypeError('lambda enters the mapping of StyleGAN2');
  const { lambda, mask, shape } = generator;
  const width = mask?.shape[1] ?? 0;
  return {
    ...step,
    inputs: { ...step.inputs, lambda: floats(), ...(mask ? { mask: floats(1, width) } : {}) },
    values: (turn) => ({
      ...step.values(turn),
      lambda: Float32Array.of(turn.lambda),
      ...(mask
        ? { mask: mixingMask(shape, config.styleMixing, new CounterRandom(config.seed, stream, turn.step)) }
        : {}),
    }),
    body: (inputs) => {
      assignInPlace(lambda, stepInput(inputs, 'lambda'));
      if (mask) assignInPlace(mask, stepInput(inputs, 'mask'));
      return step.body(inputs);
    },
  };
}

export const styleGan2: BaseModel<StyleGan2Config> = {
  adversarial: logistic,
  oneBatch: false,
  generator: (config, conditions, { weights, averaged, statistics }) =>
    new StyleGenerator(generatorShapeOf(config, conditions), weights, averaged, statistics, config.styleMixing > 0),
  discriminator: (config, conditions, weights) =>
    new StyleDiscriminator(discriminatorShapeOf(config, conditions), weights),
  steps: (given) => {
    const context = { ...given, parts: partsOf(given.config.batch, given.config.parts) };
    return [
      withStyle(discriminatorStep(context), context, streams.discriminatorMixing),
      r1Step(context),
      withStyle(generatorStep(context), context, streams.generatorMixing),
    ];
  },
  optimizers: ({ optimizer: { generatorRate, discriminatorRate, ...same }, r1 }) => ({
    generator: lazy({ ...same, rate: generatorRate }, pathEvery),
    discriminator: lazy({ ...same, rate: discriminatorRate }, r1.every),
    clipHead: { ...same, rate: discriminatorRate },
  }),
  torch: { generator: generatorTorch, discriminator: discriminatorTorch },
};
