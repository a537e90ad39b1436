/**
 * The step of discriminator and CLIP head together (docs/method.md, sections 5 and 6): reals and fakes are drawn on the
 * GPU, pass the discriminator as the base model wants them and CLIP as one batch, and both networks take an Adam step. What changes from step to step arrives as input tensors; shapes never change.
 */
import { logitMeans } from '../../gpu/hinge/logitMeans';
import { accumulatedGradients } from '../../gpu/parameter';
import { randomNormal } from '../../gpu/random/random';
import { concat, keep, mul, tensor2d, type Rank, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { scaleForPrompts } from '../../nn/clipHead';
import { classAndSlot, tableRows } from '../../nn/conditionTable';
import type { Rows } from '../../nn/networks';
import { adaStepAt } from './adaController';
import { augmentation } from './augmentation';
import { clipView, type ClipView } from './clipBranch';
import { discriminatorLoss, type DiscriminatorTerms, type TokenTerms } from './losses';
import { clipCoefficients, clipLogitCount, consistencyCoefficients, pixelCoefficients, pixelRows } from './lossWeights';
import type { ClipParts, StepContext, StepTurn, TrainingStep } from './step';
import { floats, integers, stepInput, type InputSpec, type StepInputs, type StepValues } from './stepInputs';
import { partOf, partSize, rowsOf } from './rows';
import { streams } from './streams';
import { joinedFloats } from '../../shared/joined';

/** The step, `discriminatorSteps` times an iteration. */
export function discriminatorStep(context: StepContext): TrainingStep {
  return {
    name: 'discriminator',
    every: 1,
    times: context.config.discriminatorSteps,
    inputs: inputsOf(context),
    values: (turn) => valuesOf(context, turn),
    body: bodyOf(context),
  };
}

function inputsOf({ config, conditions, clip }: StepContext): Record<string, InputSpec> {
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
    ...(clip
      ? {
          headRate: floats(),
          promptConditions: floats(3 * batch, conditions.slotCount),
          clipCoefficients: floats(clipLogitCount(batch)),
          clipWeight: floats(),
        }
      : {}),
    ...(config.augment.mode === 'ada' ? { adaAmount: floats(), adaKeep: floats() } : {}),
  };
}

/** @throws RangeError where the iteration has no batch for this run of the step */
function valuesOf({ config }: StepContext, turn: StepTurn): StepValues {
  const { slots, classCount, promptFeatures, rates, k } = turn;
  const batch = turn.batch.discriminator[k];
  if (!batch) throw new RangeError(`no batch for discriminator step ${k}`);
  const ada = adaStepAt(config, turn.iteration, k);
  const weight = config.augment.consistency;
  return {
    step: Int32Array.of(turn.step),
    rate: Float32Array.of(rates.discriminator),
    indices: batch.indices,
    flips: batch.flips,
    realConditions: classAndSlot(batch.u, slots, classCount),
    fakeConditions: classAndSlot(batch.uFake, slots, classCount),
    pixelCoefficients: pixelCoefficients(batch.w, turn, weight > 0),
    ...(weight > 0 ? { consistencyCoefficients: consistencyCoefficients(batch.w, turn, weight) } : {}),
    ...(promptFeatures
      ? {
          headRate: Float32Array.of(rates.clipHead),
          promptConditions: joinedFloats(
            [batch.u, batch.uFake, batch.uWrong].map((u) => scaleForPrompts(u, promptFeatures, slots.length)),
          ),
          clipCoefficients: clipCoefficients(batch.w, turn, batch.wWrong),
          clipWeight: Float32Array.of(turn.lambdaClip),
        }
      : {}),
    ...(config.augment.mode === 'ada'
      ? { adaAmount: Float32Array.of(ada.amount), adaKeep: Float32Array.of(ada.keep) }
      : {}),
  };
}

/** [3B, 2B]: conditions (u, u', u_wrong) are paired with the pictures (real, fake, real). */
function pairMatrix(batch: number): Float32Array {
  const matrix = new Float32Array(6 * batch * batch);
  for (let i = 0; i < 3 * batch; i++) matrix[i * 2 * batch + (i % (2 * batch))] = 1;
  return matrix;
}

/** Statistics: lossD, mean logits and signs of the pixel discriminator and of the CLIP head, non-finite values. */
function bodyOf(context: StepContext): TrainingStep['body'] {
  const { config, networks, optimizers, clip, ada, parts = 1 } = context;
  const { batch } = config;
  const size = partSize(batch, parts);
  return (inputs) => {
    const { pictures, augmented } = drawPictures(context, inputs);
    const conditions = pictureConditions(config, inputs);
    const view = clip && clipView(augmented, clip.branch);
    networks.discriminator.weights.normalize('update');
    clip?.head.weights.normalize('update');
    const own = networks.discriminator.weights.leaves;
    const all = clip ? [...own, ...clip.head.weights.leaves] : own;
    const logits: Tensor2D[][] = []; // of each part: the pixel discriminator's, and the CLIP head's r
    const { value, gradients } = accumulatedGradients(
      parts,
      (part) => {
        const some = <T extends Tensor>(values: T): T => partOf(values, batch, part, parts);
        const pixel = keep(judged(context, some(pictures), some(conditions), size));
        const found = [pixel];
        logits.push(found);
        const consistency = inputs['consistencyCoefficients'];
        const terms: DiscriminatorTerms = {
          logits: pixel,
          pixelCoefficients: some(stepInput(inputs, 'pixelCoefficients')),
          consistencyCoefficients: consistency ? some(consistency) : null,
          clip: null,
        };
        if (clip && view) {
          const seen = { features: some(view.features), tokens: view.tokens.map(some) };
          const pairs = tensor2d(pairMatrix(size), [3 * size, 2 * size]);
          const { unconditional, conditional } = clip.head.forward(
            seen.features,
            some(stepInput<Tensor2D>(inputs, 'promptConditions')),
            clip.promptFeatures,
            pairs,
          );
          found.push(keep(unconditional));
          terms.clip = {
            logits: concat<Tensor2D>([unconditional, conditional], 0),
            coefficients: some(stepInput(inputs, 'clipCoefficients')),
          };
          terms.tokens = tokenTermsOf(clip, seen, shareOf(stepInput(inputs, 'clipWeight'), parts));
        }
        return discriminatorLoss(terms, size, context.adversarial);
      },
      all,
    );
    const rate = stepInput(inputs, 'rate');
    optimizers.discriminator.apply(gradients.slice(0, own.length), {
      rate,
      transform: networks.discriminator.weights.toRaw,
    });
    clip?.adam.apply(gradients.slice(own.length), {
      rate: stepInput(inputs, 'headRate'),
      transform: clip.head.weights.toRaw,
    });
    const statistics = statisticsOf(whole(logits, size), batch);
    if (ada && statistics['signReal'])
      ada.update(statistics['signReal'], stepInput(inputs, 'adaAmount'), stepInput(inputs, 'adaKeep'));
    return {
      lossD: value,
      ...statistics,
      ...(ada ? { adaP: ada.p } : {}),
      nonFiniteD: optimizers.discriminator.nonFinite,
      ...(clip ? { nonFiniteHead: clip.adam.nonFinite } : {}),
    };
  };
}

/**
 * A row for each of the discriminator's pictures, as `drawPictures` orders them. Put together on the GPU, from rows that
 * are uploaded once: the fakes' are the generator's as well.
 */
function pictureConditions({ augment }: StepContext['config'], inputs: StepInputs): Tensor2D {
  const real = stepInput<Tensor2D>(inputs, 'realConditions');
  const fake = stepInput<Tensor2D>(inputs, 'fakeConditions');
  return concat<Tensor2D>(augment.consistency > 0 ? [real, fake, real] : [real, fake], 0);
}

/** Logits (a, b) of the discriminator's batch, a kind of pictures at a time where the base model wants it so. */
function judged(
  { networks: { discriminator }, oneBatch }: StepContext,
  pictures: Tensor4D,
  conditions: Tensor2D,
  batch: number,
): Tensor2D {
  if (oneBatch) return discriminator.forward(pictures, conditions);
  const kinds = Array.from({ length: pictures.shape[0] / batch }, (_, kind) =>
    discriminator.forward(rowsOf(pictures, kind * batch, batch), rowsOf(conditions, kind * batch, batch)),
  );
  return concat<Tensor2D>(kinds, 0);
}

/** The token heads' part of a loss; null without them. @param weight lambda_clip, a scalar */
export function tokenTermsOf({ head }: ClipParts, { tokens }: ClipView, weight: Tensor): TokenTerms | null {
  if (tokens.length === 0) return null;
  const logits = head.tokenLogits(tokens);
  return {
    logits: logits.length === 1 ? (logits[0] as Tensor) : concat<Tensor2D>(logits, 0),
    patches: tokens.map(({ shape: [, height, width] }) => height * width),
    weight,
  };
}

/** A weight of means over a part, so that the parts' sum is that of means over the batch. */
export function shareOf(weight: Tensor, parts: number): Tensor {
  return parts === 1 ? weight : mul(weight, 1 / parts);
}

/** The parts' kept logits as those of the whole batch, kind by kind. Takes them over. */
function whole(parts: readonly Tensor2D[][], size: number): Tensor2D[] {
  const [first, ...others] = parts;
  if (!first || others.length === 0) return first ?? [];
  return first.map((some, critic) => {
    const each = parts.map((found) => found[critic] as Tensor2D);
    const kinds = Array.from({ length: some.shape[0] / size }, (_, kind) =>
      each.map((logits) => rowsOf(logits, kind * size, size)),
    );
    const joint = keep(concat<Tensor2D>(kinds.flat(), 0));
    for (const logits of each) logits.dispose();
    return joint;
  });
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

/** A batch of fakes, a part at a time. */
function drawnFakes(draw: (rows?: Rows) => Tensor4D, batch: number, parts: number): Tensor4D {
  if (parts === 1) return draw();
  const count = batch / parts;
  return concat<Tensor4D>(
    Array.from({ length: parts }, (_, part) => draw({ first: part * count, count })),
    0,
  );
}

/**
 * `augmented`: reals, then fakes, [2B, ...]. `pictures`: the discriminator's batch, which ends with the plain reals
 * where consistency is asked for.
 */
function drawPictures(
  { config, networks, dataset, ada, parts = 1 }: StepContext,
  inputs: StepInputs,
): { pictures: Tensor4D; augmented: Tensor4D } {
  const { batch, seed, augment } = config;
  const step = stepInput(inputs, 'step');
  const reals = dataset.gather(stepInput(inputs, 'indices'), stepInput(inputs, 'flips'));
  const { generator } = networks;
  const z = randomNormal<Rank.R2>([batch, generator.latent], { seed, stream: streams.discriminatorLatents, step });
  generator.weights.normalize('hold');
  const noise = { seed, stream: streams.discriminatorNoise, step };
  const conditions = stepInput<Tensor2D>(inputs, 'fakeConditions');
  const fakes = drawnFakes((rows) => generator.train(z, conditions, noise, rows), batch, parts);
  const augmented = augmentation(
    config,
    2 * batch,
    streams.discriminatorAugment,
    step,
    ada && ada.p,
  )(concat<Tensor4D>([reals, fakes], 0));
  return { augmented, pictures: augment.consistency > 0 ? concat<Tensor4D>([augmented, reals], 0) : augmented };
}
