/**
 * The step of the generator (docs/method.md, sections 5 and 6): gradients come back through the augmentation from the
 * discriminator and, with the CLIP head, through resizing and CLIP itself; then Adam, and the moving average.
 */
import { accumulatedGradients } from '../../gpu/parameter';
import { randomNormal } from '../../gpu/random/random';
import { concat, type Rank, type Tensor, type Tensor2D } from '../../gpu/tensor';
import { scaleForPrompts } from '../../nn/clipHead';
import { classAndSlot, tableRows } from '../../nn/conditionTable';
import { augmentation } from './augmentation';
import { clipView } from './clipBranch';
import { shareOf, tokenTermsOf } from './discriminatorStep';
import { generatorLoss } from './losses';
import { generatorClipCoefficients, generatorPixelCoefficients } from './lossWeights';
import type { StepContext, StepTurn, TrainingStep } from './step';
import { floats, integers, stepInput, type InputSpec, type StepValues } from './stepInputs';
import { partOf, partSize } from './rows';
import { streams } from './streams';

/** The step, once an iteration. */
export function generatorStep(context: StepContext): TrainingStep {
  return {
    name: 'generator',
    every: 1,
    times: 1,
    inputs: inputsOf(context),
    values: (turn) => valuesOf(context, turn),
    body: bodyOf(context),
  };
}

function inputsOf({ config, conditions, clip }: StepContext): Record<string, InputSpec> {
  const { batch } = config;
  return {
    step: integers(),
    rate: floats(),
    emaDecay: floats(),
    fakeConditions: floats(batch, tableRows(conditions)),
    pixelCoefficients: floats(batch, 2),
    ...(clip
      ? {
          promptConditions: floats(batch, conditions.slotCount),
          clipCoefficients: floats(2 * batch),
          clipWeight: floats(),
        }
      : {}),
  };
}

function valuesOf({ config }: StepContext, turn: StepTurn): StepValues {
  const { slots, classCount, promptFeatures, rates, schedule } = turn;
  const u = turn.batch.generatorConditions;
  return {
    step: Int32Array.of(turn.step),
    rate: Float32Array.of(rates.generator),
    emaDecay: Float32Array.of(schedule.emaDecay),
    fakeConditions: classAndSlot(u, slots, classCount),
    pixelCoefficients: generatorPixelCoefficients(config.batch, turn),
    ...(promptFeatures
      ? {
          promptConditions: scaleForPrompts(u, promptFeatures, slots.length),
          clipCoefficients: generatorClipCoefficients(config.batch, turn),
          clipWeight: Float32Array.of(turn.lambdaClip),
        }
      : {}),
  };
}

/** Statistics: lossG, non-finite values. */
function bodyOf(context: StepContext): TrainingStep['body'] {
  const { config, networks, adversarial, optimizers, ema, clip, ada, parts = 1 } = context;
  const { generator, discriminator } = networks;
  const { batch, seed } = config;
  const size = partSize(batch, parts);
  return (inputs) => {
    const step = stepInput(inputs, 'step');
    const conditions = stepInput<Tensor2D>(inputs, 'fakeConditions');
    const z = randomNormal<Rank.R2>([batch, generator.latent], { seed, stream: streams.generatorLatents, step });
    const noise = { seed, stream: streams.generatorNoise, step };
    const augment = augmentation(config, batch, streams.generatorAugment, step, ada && ada.p);
    generator.weights.normalize('update');
    discriminator.weights.normalize('hold');
    clip?.head.weights.normalize('hold');
    const lossOf = (part: number) => {
      const some = <T extends Tensor>(values: T): T => partOf(values, batch, part, parts);
      const first = part * size;
      const fakes = generator.train(z, conditions, noise, parts === 1 ? undefined : { first, count: size });
      const augmented = augment(fakes, first);
      const pixel = {
        logits: discriminator.forward(augmented, some(conditions)),
        pixelCoefficients: some(stepInput(inputs, 'pixelCoefficients')),
      };
      if (!clip) return generatorLoss({ ...pixel, clip: null }, adversarial);
      const view = clipView(augmented, clip.branch);
      const { unconditional, conditional } = clip.head.forward(
        view.features,
        some(stepInput<Tensor2D>(inputs, 'promptConditions')),
        clip.promptFeatures,
        null,
      );
      const clipTerms = {
        logits: concat<Tensor2D>([unconditional, conditional], 0),
        coefficients: some(stepInput(inputs, 'clipCoefficients')),
      };
      const tokens = tokenTermsOf(clip, view, shareOf(stepInput(inputs, 'clipWeight'), parts));
      return generatorLoss({ ...pixel, clip: clipTerms, tokens }, adversarial);
    };
    const { value, gradients } = accumulatedGradients(parts, lossOf, generator.weights.leaves);
    const { generator: adam } = optimizers;
    adam.apply(gradients, { rate: stepInput(inputs, 'rate'), transform: generator.weights.toRaw });
    ema.update(stepInput(inputs, 'emaDecay'));
    return { lossG: value, nonFiniteG: adam.nonFinite };
  };
}
