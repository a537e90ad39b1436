/**
 * One step of the generator (algorithm.md, sections 5 and 6), as the body of a captured step: gradients come back through the augmentation
 * from the discriminator and, with the CLIP head, through resizing and CLIP itself; then Adam, and the moving average.
 */
import type { Adam, Ema } from '../gpu/adam';
import { diffAugment } from '../gpu/diffAugment/diffAugment';
import { lossAndGradients } from '../gpu/parameter';
import { randomNormal, randomUniform } from '../gpu/random';
import { concat, type Rank, type Tensor, type Tensor2D } from '../gpu/tensor';
import { scaleForPrompts } from '../nn/clipHead';
import { classAndSlot, tableRows, type ConditionShape } from '../nn/conditionTable';
import type { RunConfig } from '../shared/config';
import { clipFeatures } from './clipBranch';
import type { ClipParts, StepSetting } from './discriminatorStep';
import { generatorLoss } from './losses';
import { generatorClipCoefficients, generatorPixelCoefficients } from './lossWeights';
import type { Networks } from './networks';
import { floats, integers, stepInput, type InputSpec, type StepInputs, type StepValues } from './stepInputs';
import { streams } from './streams';

export interface GeneratorStepParts {
  config: RunConfig;
  networks: Networks;
  adam: Adam;
  ema: Ema;
  clip: ClipParts | null;
}

export function generatorInputs(config: RunConfig, conditions: ConditionShape, withClip: boolean): Record<string, InputSpec> {
  const { batch } = config;
  return {
    step: integers(),
    rate: floats(),
    emaDecay: floats(),
    fakeConditions: floats(batch, tableRows(conditions)),
    pixelCoefficients: floats(batch, 2),
    ...(withClip ? { promptConditions: floats(batch, conditions.slotCount), clipCoefficients: floats(2 * batch) } : {}),
  };
}

/** The inputs' values. @param u conditions of the fakes, [B, S] */
export function generatorValues(u: Float32Array, emaDecay: number, setting: StepSetting): StepValues {
  const { config, slots, classCount, promptFeatures } = setting;
  return {
    step: Int32Array.of(setting.step),
    rate: Float32Array.of(config.optimizer.generatorRate),
    emaDecay: Float32Array.of(emaDecay),
    fakeConditions: classAndSlot(u, slots, classCount),
    pixelCoefficients: generatorPixelCoefficients(config.batch, setting),
    ...(promptFeatures
      ? { promptConditions: scaleForPrompts(u, promptFeatures, slots.length), clipCoefficients: generatorClipCoefficients(config.batch, setting) }
      : {}),
  };
}

/**
 * The step itself; runs eagerly or under capture.
 * @returns its statistics, scalars: lossG, non-finite gradient values
 */
export function generatorBody({ config, networks, adam, ema, clip }: GeneratorStepParts): (inputs: StepInputs) => Record<string, Tensor> {
  const { batch, seed, augment } = config;
  return (inputs) => {
    const step = stepInput(inputs, 'step');
    const conditions = stepInput<Tensor2D>(inputs, 'fakeConditions');
    const z = randomNormal<Rank.R2>([batch, config.generator.latent], { seed, stream: streams.generatorLatents, step });
    const draws = randomUniform<Rank.R2>([batch, 8], { seed, stream: streams.generatorAugment, step });
    networks.generator.weights.normalize('update');
    networks.discriminator.weights.normalize('hold');
    clip?.head.weights.normalize('hold');
    const { value, gradients } = lossAndGradients(() => {
      const fakes = networks.generator.forward(z, conditions, { kind: 'batch' });
      const augmented = diffAugment(fakes, draws, augment);
      const logits = networks.discriminator.forward(augmented, conditions);
      if (!clip) return generatorLoss(logits, stepInput(inputs, 'pixelCoefficients'), null);
      const features = clipFeatures(augmented, clip.branch);
      const { unconditional, conditional } = clip.head.forward(features, stepInput(inputs, 'promptConditions'), clip.promptFeatures, null);
      const clipTerms = { logits: concat<Tensor2D>([unconditional, conditional], 0), coefficients: stepInput(inputs, 'clipCoefficients') };
      return generatorLoss(logits, stepInput(inputs, 'pixelCoefficients'), clipTerms);
    }, networks.generator.weights.leaves);
    adam.apply(gradients, { rate: stepInput(inputs, 'rate'), transform: networks.generator.weights.toRaw });
    ema.update(stepInput(inputs, 'emaDecay'));
    return { lossG: value, nonFiniteG: adam.nonFinite };
  };
}
