/**
 * The steps of a training iteration as data. A base model lists its steps, in the order in which they run; the trainer
 * captures and replays them and knows none of them by name. What a step computes is its `body`; all that changes from
 * one run of it to the next arrives in its inputs.
 */
import type { Adam, Ema } from '../../gpu/adam/adam';
import type { Tensor, Tensor2D, Tensor4D } from '../../gpu/tensor';
import type { ClipHead } from '../../nn/clipHead';
import type { ConditionShape } from '../../nn/conditionTable';
import type { DiscriminatorNetwork, GeneratorNetwork } from '../../nn/networks';
import type { RunConfig } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import type { AdaController } from './adaController';
import type { AdversarialForm } from './adversarial';
import type { ClipBranch } from './clipBranch';
import type { LossFactors } from './lossWeights';
import type { IterationSchedule } from './schedule';
import type { InputSpec, StepInputs, StepValues } from './stepInputs';
import type { IterationBatch } from './trainingBatch';

/** The networks of a run. */
export interface Networks {
  generator: GeneratorNetwork;
  discriminator: DiscriminatorNetwork;
  clipHead: ClipHead | null;
  dispose(): void;
}

/** Pictures by number, e.g. a `GpuDataset`. */
export interface PictureSource {
  /** @returns [B, H, W, 3] in [-1, 1] */
  gather(indices: Tensor, flips: Tensor): Tensor4D;
}

/** The CLIP head in a step: the head, the tower in front of it, its optimizer, and the prompt features m [S, d]. */
export interface ClipParts {
  branch: ClipBranch;
  head: ClipHead;
  adam: Adam;
  promptFeatures: Tensor2D;
}

/** How a base model's critics judge. */
export interface CriticForm {
  adversarial: AdversarialForm;
  /**
   * Whether the pixel discriminator sees reals and fakes as one batch; else each kind passes on its own, for networks
   * whose pictures see each other.
   */
  oneBatch: boolean;
}

/** What the steps of a run are made of. */
export interface StepContext<C extends RunConfig = RunConfig> extends CriticForm {
  config: C;
  conditions: ConditionShape;
  networks: Networks;
  dataset: PictureSource;
  optimizers: { generator: Adam; discriminator: Adam };
  ema: Ema;
  /** Null without the CLIP head. */
  clip: ClipParts | null;
  /** The probability of adaptive augmentation; null in other modes. */
  ada: AdaController | null;
  /**
   * Parts that the steps of this folder take a batch in, one after the other, so that a step takes the memory of a part;
   * default 1. Only for networks whose pictures do not depend on the rest of their batch, or may be judged in parts.
   */
  parts?: number;
}

/** One run of a step: what its inputs are worked out from. */
export interface StepTurn extends LossFactors {
  slots: readonly Slot[];
  classCount: number;
  batch: IterationBatch;
  /** Iterations done. */
  iteration: number;
  /** Run of the step within the iteration, from 0. */
  k: number;
  /** Number of the run, over the whole training: names its random numbers. */
  step: number;
  schedule: IterationSchedule;
  /** Learning rates. */
  rates: Readonly<Record<NetworkName, number>>;
  /** m, [S, d]; null leaves the CLIP head out. */
  promptFeatures: Float32Array | null;
}

/** The networks that learn. */
export type NetworkName = 'generator' | 'discriminator' | 'clipHead';

export interface TrainingStep {
  name: string;
  /** Iterations from one in which it runs to the next; it runs in the first. */
  every: number;
  /** Runs within an iteration. */
  times: number;
  inputs: Record<string, InputSpec>;
  values(turn: StepTurn): StepValues;
  /**
   * Runs eagerly or under capture.
   * @returns its statistics, scalars; those called `nonFinite...` are running counts (modulo 2^32) of values that were
   * not finite
   */
  body(inputs: StepInputs): Record<string, Tensor>;
}
