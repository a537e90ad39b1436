/**
 * One step of the generator (docs/method.md, sections 5 and 6), as the body of a captured step: gradients come back
 * through the augmentation from the discriminator and, with the CLIP head, through resizing and CLIP itself; then Adam,
 * and the moving average.
 */
import type { Adam, Ema } from '../../gpu/adam/adam';
import { lossAndGradients } from '../../gpu/parameter';
import { randomNormal } from '../../gpu/random/random';
import { concat, type Rank, type Tensor, type Tensor2D } from '../../gpu/tensor';
import { scaleForPrompts } from '../../nn/clipHead';
import { classAndSlot, tableRows, type ConditionShape } from '../../nn/conditionTable';
import type { RunConfig } from '../../shared/config';
import type { AdaController } from './adaController';
import { augmentation } from './augmentation';
import { clipView } from './clipBranch';
import { tokenTermsOf, type ClipParts, type StepSetting } from './discriminatorStep';
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
  /** The probability of adaptive augmentation; null in other modes. */
  ada: AdaController | null;
}

export function generatorInputs(
  config: RunConfig,
  conditions: ConditionShape,
  withClip: boolean,
): Record<string, InputSpec> {
  const { batch } = config;
  return {
    step: integers(),
    rate: floats(),
    emaDecay: floats(),
    fakeConditions: floats(batch, tableRows(conditions)),
    pixelCoefficients: floats(batch, 2),
    ...(withClip
      ? {
          promptConditions: floats(batch, conditions.slotCount),
          clipCoefficients: floats(2 * batch),
          clipWeight: floats(),
        }
      : {}),
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
      ? {
          promptConditions: scaleForPrompts(u, promptFeatures, slots.length),
          clipCoefficients: generatorClipCoefficients(config.batch, setting),
          clipWeight: Float32Array.of(setting.lambdaClip),
        }
      : {}),
  };
}

/**
 * The step itself; runs eagerly or under capture.
 * @returns its statistics, scalars: lossG, non-finite gradient values
 */
export function generatorBody({
  config,
  networks,
  adam,
  ema,
  clip,
  ada,
}: GeneratorStepParts): (inputs: StepInputs) => Record<string, Tensor> {
  const { batch, seed } = config;
  return (inputs) => {
    const step = stepInput(inputs, 'step');
    const conditions = stepInput<Tensor2D>(inputs, 'fakeConditions');
    const z = randomNormal<Rank.R2>([batch, config.generator.latent], { seed, stream: streams.generatorLatents, step });
    const augment = augmentation(config, batch, streams.generatorAugment, step, ada && ada.p);
    networks.generator.weights.normalize('update');
    networks.discriminator.weights.normalize('hold');
    clip?.head.weights.normalize('hold');
    const { value, gradients } = lossAndGradients(() => {
      const fakes = networks.generator.forward(z, conditions, { kind: 'batch' });
      const augmented = augment(fakes);
      const logits = networks.discriminator.forward(augmented, conditions);
      if (!clip) return generatorLoss(logits, stepInput(inputs, 'pixelCoefficients'), null);
      const view = clipView(augmented, clip.branch);
      const { unconditional, conditional } = clip.head.forward(
        view.features,
        stepInput(inputs, 'promptConditions'),
        clip.promptFeatures,
        null,
      );
      const clipTerms = {
        logits: concat<Tensor2D>([unconditional, conditional], 0),
        coefficients: stepInput(inputs, 'clipCoefficients'),
      };
      return generatorLoss(
        logits,
        stepInput(inputs, 'pixelCoefficients'),
        clipTerms,
        tokenTermsOf(clip, view, stepInput(inputs, 'clipWeight')),
      );
    }, networks.generator.weights.leaves);
    adam.apply(gradients, { rate: stepInput(inputs, 'rate'), transform: networks.generator.weights.toRaw });
    ema.update(stepInput(inputs, 'emaDecay'));
    return { lossG: value, nonFiniteG: adam.nonFinite };
  };
}
