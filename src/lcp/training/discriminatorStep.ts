/**
 * One step of discriminator and CLIP head together (docs/method.md, sections 5 and 6), as the body of a captured step:
 * reals and fakes are drawn on the GPU, pass the discriminator as one batch and CLIP as one batch, and both networks
 * take an Adam step. What changes from step to step arrives as input tensors; shapes never change.
 */
import type { Adam } from '../../gpu/adam/adam';
import { logitMeans } from '../../gpu/hinge/logitMeans';
import { lossAndGradients } from '../../gpu/parameter';
import { randomNormal } from '../../gpu/random/random';
import { concat, keep, tensor2d, type Rank, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { scaleForPrompts, type ClipHead } from '../../nn/clipHead';
import { classAndSlot, tableRows, type ConditionShape } from '../../nn/conditionTable';
import type { RunConfig } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import type { AdaController, AdaStep } from './adaController';
import { augmentation } from './augmentation';
import { clipView, type ClipBranch, type ClipView } from './clipBranch';
import { discriminatorLoss, type DiscriminatorTerms, type TokenTerms } from './losses';
import {
  clipCoefficients,
  clipLogitCount,
  consistencyCoefficients,
  pixelCoefficients,
  pixelRows,
  type LossFactors,
} from './lossWeights';
import type { Networks } from './networks';
import { floats, integers, joined, stepInput, type InputSpec, type StepInputs, type StepValues } from './stepInputs';
import { streams } from './streams';
import type { DiscriminatorBatch } from './trainingBatch';

/** Pictures by number, e.g. a `GpuDataset`. */
export interface PictureSource {
  /** @returns [B, H, W, 3] in [-1, 1] */
  gather(indices: Tensor, flips: Tensor): Tensor4D;
}

/** The CLIP head in a step: the head, the tower in front of it, and the prompt features m [S, d]. */
export interface ClipParts {
  branch: ClipBranch;
  head: ClipHead;
  promptFeatures: Tensor2D;
}

export interface DiscriminatorStepParts {
  config: RunConfig;
  networks: Networks;
  dataset: PictureSource;
  adam: Adam;
  clip: (ClipParts & { adam: Adam }) | null;
  /** The probability of adaptive augmentation; null in other modes. */
  ada: AdaController | null;
}

/** What the inputs of a step are worked out from, apart from its batch. */
export interface StepSetting extends LossFactors {
  config: RunConfig;
  slots: readonly Slot[];
  classCount: number;
  /** Number of the step, over the whole run. */
  step: number;
  /** m, [S, d]; null leaves the CLIP head out. */
  promptFeatures: Float32Array | null;
  /** Schedule of ADA's probability; needed by the discriminator's steps where the mode is 'ada'. */
  ada?: AdaStep;
}

export function discriminatorInputs(
  config: RunConfig,
  conditions: ConditionShape,
  withClip: boolean,
): Record<string, InputSpec> {
  const { batch } = config;
  const consistency = config.augment.consistency > 0;
  const rows = pixelRows(batch, consistency);
  return {
    step: integers(),
    rate: floats(),
    indices: integers(batch),
    flips: floats(batch),
    realConditions: floats(batch, tableRows(conditions)),
    fakeConditions: floats(batch, tableRows(conditions)),
    pixelCoefficients: floats(rows, 2),
    ...(consistency ? { consistencyCoefficients: floats(batch, 2) } : {}),
    ...(withClip
      ? {
          promptConditions: floats(3 * batch, conditions.slotCount),
          clipCoefficients: floats(clipLogitCount(batch)),
          clipWeight: floats(),
        }
      : {}),
    ...(config.augment.mode === 'ada' ? { adaAmount: floats(), adaKeep: floats() } : {}),
  };
}

/** The inputs' values for one batch. */
export function discriminatorValues(batch: DiscriminatorBatch, setting: StepSetting): StepValues {
  const { config, slots, classCount, promptFeatures } = setting;
  const weight = config.augment.consistency;
  return {
    step: Int32Array.of(setting.step),
    rate: Float32Array.of(config.optimizer.discriminatorRate),
    indices: batch.indices,
    flips: batch.flips,
    realConditions: classAndSlot(batch.u, slots, classCount),
    fakeConditions: classAndSlot(batch.uFake, slots, classCount),
    pixelCoefficients: pixelCoefficients(batch.w, setting, weight > 0),
    ...(weight > 0 ? { consistencyCoefficients: consistencyCoefficients(batch.w, setting, weight) } : {}),
    ...(promptFeatures
      ? {
          promptConditions: joined(
            [batch.u, batch.uFake, batch.uWrong].map((u) => scaleForPrompts(u, promptFeatures, slots.length)),
          ),
          clipCoefficients: clipCoefficients(batch.w, setting, batch.wWrong),
          clipWeight: Float32Array.of(setting.lambdaClip),
        }
      : {}),
    ...(config.augment.mode === 'ada'
      ? { adaAmount: Float32Array.of(setting.ada?.amount ?? 0), adaKeep: Float32Array.of(setting.ada?.keep ?? 1) }
      : {}),
  };
}

/** [3B, 2B]: conditions (u, u', u_wrong) are paired with the pictures (real, fake, real). */
function pairMatrix(batch: number): Float32Array {
  const matrix = new Float32Array(6 * batch * batch);
  for (let i = 0; i < 3 * batch; i++) matrix[i * 2 * batch + (i % (2 * batch))] = 1;
  return matrix;
}

/**
 * The step itself; runs eagerly or under capture.
 * @returns its statistics, scalars: lossD, mean logits and signs of the pixel discriminator and of the CLIP head,
 * non-finite gradient values
 */
export function discriminatorBody(parts: DiscriminatorStepParts): (inputs: StepInputs) => Record<string, Tensor> {
  const { config, networks, adam, clip, ada } = parts;
  const { batch } = config;
  return (inputs) => {
    const { pictures, augmented } = drawPictures(parts, inputs);
    const conditions = pictureConditions(config, inputs);
    const view = clip && clipView(augmented, clip.branch);
    networks.discriminator.weights.normalize('update');
    clip?.head.weights.normalize('update');
    const own = networks.discriminator.weights.leaves;
    const all = clip ? [...own, ...clip.head.weights.leaves] : own;
    const logits: Tensor2D[] = []; // the pixel discriminator's, and the CLIP head's r
    const { value, gradients } = lossAndGradients(() => {
      const pixel = keep(networks.discriminator.forward(pictures, conditions));
      logits.push(pixel);
      const terms: DiscriminatorTerms = {
        logits: pixel,
        pixelCoefficients: stepInput(inputs, 'pixelCoefficients'),
        consistencyCoefficients: inputs['consistencyCoefficients'] ?? null,
        clip: null,
      };
      if (clip && view) {
        const pairs = tensor2d(pairMatrix(batch), [3 * batch, 2 * batch]);
        const { unconditional, conditional } = clip.head.forward(
          view.features,
          stepInput(inputs, 'promptConditions'),
          clip.promptFeatures,
          pairs,
        );
        logits.push(keep(unconditional));
        terms.clip = {
          logits: concat<Tensor2D>([unconditional, conditional], 0),
          coefficients: stepInput(inputs, 'clipCoefficients'),
        };
        terms.tokens = tokenTermsOf(clip, view, stepInput(inputs, 'clipWeight'));
      }
      return discriminatorLoss(terms, batch);
    }, all);
    const rate = stepInput(inputs, 'rate');
    adam.apply(gradients.slice(0, own.length), { rate, transform: networks.discriminator.weights.toRaw });
    clip?.adam.apply(gradients.slice(own.length), { rate, transform: clip.head.weights.toRaw });
    const statistics = statisticsOf(logits, batch);
    if (ada && statistics['signReal'])
      ada.update(statistics['signReal'], stepInput(inputs, 'adaAmount'), stepInput(inputs, 'adaKeep'));
    return {
      lossD: value,
      ...statistics,
      ...(ada ? { adaP: ada.p } : {}),
      nonFiniteD: adam.nonFinite,
      ...(clip ? { nonFiniteHead: clip.adam.nonFinite } : {}),
    };
  };
}

/**
 * A row for each of the discriminator's pictures, as `drawPictures` orders them. Put together on the GPU, from rows that
 * are uploaded once: the fakes' are the generator's as well.
 */
function pictureConditions({ augment }: RunConfig, inputs: StepInputs): Tensor2D {
  const real = stepInput<Tensor2D>(inputs, 'realConditions');
  const fake = stepInput<Tensor2D>(inputs, 'fakeConditions');
  return concat<Tensor2D>(augment.consistency > 0 ? [real, fake, real] : [real, fake], 0);
}

/** The token heads' part of a loss; null without them. @param weight lambda_clip, a scalar */
export function tokenTermsOf({ head, branch }: ClipParts, { tokens }: ClipView, weight: Tensor): TokenTerms | null {
  if (!branch.tokens || tokens.length === 0) return null;
  const logits = head.tokenLogits(tokens, branch.tokens.grid);
  return {
    logits: logits.length === 1 ? (logits[0] as Tensor) : concat<Tensor2D>(logits, 0),
    heads: logits.length,
    weight,
  };
}

/** Takes the kept logits over. */
function statisticsOf(logits: readonly Tensor2D[], batch: number): Record<string, Tensor> {
  const [pixel, clip] = logits.map((kept) => {
    const means = logitMeans(kept, batch);
    kept.dispose();
    return means;
  });
  return {
    ...(pixel
      ? { realLogit: pixel.real, fakeLogit: pixel.fake, signReal: pixel.signReal, signFake: pixel.signFake }
      : {}),
    ...(clip
      ? { clipReal: clip.real, clipFake: clip.fake, clipSignReal: clip.signReal, clipSignFake: clip.signFake }
      : {}),
  };
}

/**
 * `augmented`: reals, then fakes, [2B, ...]. `pictures`: the discriminator's batch, which ends with the plain reals
 * where consistency is asked for.
 */
function drawPictures(
  { config, networks, dataset, ada }: DiscriminatorStepParts,
  inputs: StepInputs,
): { pictures: Tensor4D; augmented: Tensor4D } {
  const { batch, seed, augment } = config;
  const step = stepInput(inputs, 'step');
  const reals = dataset.gather(stepInput(inputs, 'indices'), stepInput(inputs, 'flips'));
  const z = randomNormal<Rank.R2>([batch, config.generator.latent], {
    seed,
    stream: streams.discriminatorLatents,
    step,
  });
  networks.generator.weights.normalize('hold');
  const fakes = networks.generator.forward(z, stepInput(inputs, 'fakeConditions'), { kind: 'batch' });
  const augmented = augmentation(
    config,
    2 * batch,
    streams.discriminatorAugment,
    step,
    ada && ada.p,
  )(concat<Tensor4D>([reals, fakes], 0));
  return { augmented, pictures: augment.consistency > 0 ? concat<Tensor4D>([augmented, reals], 0) : augmented };
}
