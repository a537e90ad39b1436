/**
 * R1 as a lazy step of its own (Karras et al. 2020, section 4.1): every `r1.every` iterations, on the reals of that
 * iteration, through an augmentation of its own, on the unconditional logit alone, by the discriminator's Adam. What it
 * does not reach gets gradients of zero. The penalty counts `r1.every` times, for the iterations that it stands for.
 */
import { accumulatedGradients } from '../../../gpu/parameter';
import { mul, type Tensor, type Tensor2D } from '../../../gpu/tensor';
import { classAndSlot, tableRows } from '../../../nn/conditionTable';
import { r1Penalty, StyleDiscriminator } from '../../../nn/stylegan2/discriminator';
import { augmentation } from '../../training/augmentation';
import type { StepContext, TrainingStep } from '../../training/step';
import { floats, integers, stepInput } from '../../training/stepInputs';
import { rowsOf } from '../../training/rows';
import { streams } from '../../training/streams';
import { partsOf, type StyleGan2Config } from './facts';

/** Statistics: r1, the penalty of one iteration, before it is multiplied. */
export function r1Step({
  config,
  conditions,
  networks,
  dataset,
  optimizers,
  ada,
}: StepContext<StyleGan2Config>): TrainingStep {
  const { batch, r1 } = config;
  const { discriminator } = networks;
  if (!(discriminator instanceof StyleDiscriminator)) throw new TypeError('R1 is written for StyleGAN2');
  const parts = partsOf(batch, r1.parts);
  return {
    name: 'r1',
    every: r1.every,
    times: 1,
    inputs: {
      step: integers(),
      rate: floats(),
      indices: integers(batch),
      flips: floats(batch),
      conditions: floats(batch, tableRows(conditions)),
    },
    values: ({ batch: { discriminator: batches }, rates, step, slots, classCount }) => {
      const [first] = batches;
      if (!first) throw new RangeError('no batch for R1');
      return {
        step: Int32Array.of(step),
        rate: Float32Array.of(rates.discriminator),
        indices: first.indices,
        flips: first.flips,
        conditions: classAndSlot(first.u, slots, classCount),
      };
    },
    body: (inputs) => {
      const reals = dataset.gather(stepInput(inputs, 'indices'), stepInput(inputs, 'flips'));
      const augment = augmentation(config, batch, streams.penaltyAugment, stepInput(inputs, 'step'), ada && ada.p);
      const { weights } = discriminator;
      weights.normalize('hold');
      const size = batch / parts;
      const penaltyOf = (part: number): Tensor => {
        const first = part * size;
        const some = rowsOf(reals, first, size);
        const rows = rowsOf(stepInput<Tensor2D>(inputs, 'conditions'), first, size);
        const penalty = r1Penalty((x) => discriminator.penalized(augment(x, first), rows), some, r1.gamma);
        return mul(penalty, r1.every / parts);
      };
      const { value, gradients } = accumulatedGradients(parts, penaltyOf, weights.leaves, 'zeros');
      optimizers.discriminator.apply(gradients, { rate: stepInput(inputs, 'rate'), transform: weights.toRaw });
      return { r1: mul(value, 1 / r1.every) };
    },
  };
}
