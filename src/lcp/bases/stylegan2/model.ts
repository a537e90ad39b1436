/**
 * StyleGAN2-ADA as a base model: logistic losses, reals and fakes apart, R1 as a lazy step of its own, and Adam's
 * settings as lazy regularisation rescales them.
 */
import { assignInPlace } from '../../../gpu/parameter';
import { StyleDiscriminator } from '../../../nn/stylegan2/discriminator';
import { StyleGenerator } from '../../../nn/stylegan2/generatorModel';
import { logistic } from '../../training/adversarial';
import { discriminatorStep } from '../../training/discriminatorStep';
import { generatorStep } from '../../training/generatorStep';
import type { StepContext, TrainingStep } from '../../training/step';
import { floats, stepInput } from '../../training/stepInputs';
import type { BaseModel, OptimizerSettings } from '../baseModel';
import { discriminatorShapeOf, generatorShapeOf, type StyleGan2Config } from './facts';
import { r1Step } from './r1Step';
import { discriminatorTorch, generatorTorch } from './torch';

/** The public code's interval of path length, by which it rescales the generator's Adam even where that is off. */
const pathEvery = 4;

/** Where every k-th step has one more, each of the k + 1 takes the k / (k + 1)-th part (Karras et al. 2020, section B). */
function lazy({ rate, beta1, beta2, epsilon }: OptimizerSettings, every: number): OptimizerSettings {
  const ratio = every / (every + 1);
  return { rate: rate * ratio, beta1: beta1 ** ratio, beta2: beta2 ** ratio, epsilon };
}

/** The step with lambda brought to the generator first. */
function withLambda(step: TrainingStep, { networks: { generator } }: StepContext): TrainingStep {
  if (!(generator instanceof StyleGenerator)) throw new TypeError('lambda enters the mapping of StyleGAN2');
  const { lambda } = generator;
  return {
    ...step,
    inputs: { ...step.inputs, lambda: floats() },
    values: (turn) => ({ ...step.values(turn), lambda: Float32Array.of(turn.lambda) }),
    body: (inputs) => {
      assignInPlace(lambda, stepInput(inputs, 'lambda'));
      return step.body(inputs);
    },
  };
}

export const styleGan2: BaseModel<StyleGan2Config> = {
  adversarial: logistic,
  oneBatch: false,
  generator: (config, conditions, { weights, averaged, statistics }) =>
    new StyleGenerator(generatorShapeOf(config, conditions), weights, averaged, statistics),
  discriminator: (config, conditions, weights) =>
    new StyleDiscriminator(discriminatorShapeOf(config, conditions), weights),
  steps: (context) => [
    withLambda(discriminatorStep(context), context),
    r1Step(context),
    withLambda(generatorStep(context), context),
  ],
  optimizers: ({ optimizer: { generatorRate, discriminatorRate, ...same }, r1 }) => ({
    generator: lazy({ ...same, rate: generatorRate }, pathEvery),
    discriminator: lazy({ ...same, rate: discriminatorRate }, r1.every),
    clipHead: { ...same, rate: discriminatorRate },
  }),
  torch: { generator: generatorTorch, discriminator: discriminatorTorch },
};
