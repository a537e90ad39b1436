/**
 * What a base model's networks can do, whatever they are made of. Training, sampling and checkpoints are written
 * against these; a folder beside this file implements them.
 */
import type { ParameterSet } from '../gpu/parameter';
import type { Tensor, Tensor2D, Tensor4D } from '../gpu/tensor';
import type { NetworkParameters } from './networkParameters';

/** Names the random numbers of a forward pass. */
export interface DrawKey {
  seed: number;
  stream: number;
  /** Scalar int32. */
  step: Tensor;
}

/** Some pictures of a batch. */
export interface Rows {
  first: number;
  count: number;
}

/** What a checkpoint stores and restores. */
export type Stored = Pick<ParameterSet, 'toArrays' | 'load'>;

/** How samples are drawn, where a generator has styles. */
export interface SampleStyle {
  /** psi: 1 leaves a style alone, 0 gives `means`. */
  truncation: number;
  /** What styles are truncated towards: `meanStyles` of the conditions, a row each; null where psi is 1. */
  means: Tensor2D | null;
  /** A second latent and its condition, whose style is taken from style number `from` on; null for none. */
  mixed: { z: Tensor2D; conditions: Tensor2D; means: Tensor2D | null; from: number } | null;
}

/** The styles that samples of a generator can be given; BigGAN has none. */
export interface StyledSampling {
  /** Numbers that a layer's style can come from: in mixing `from` lies between 1 and this - 1. */
  readonly count: number;
  /**
   * The mean style of each condition. @param z the draws that it is taken over, [N, latent] @param conditions [B, C + S]
   * @returns [B, latent]
   */
  means(z: Tensor2D, conditions: Tensor2D): Tensor2D;
}

export interface GeneratorNetwork {
  /** Dimension of z. */
  readonly latent: number;
  /** Side of a picture in pixels. */
  readonly resolution: number;
  /** What is trained, and its moving average, from which pictures are drawn. */
  readonly weights: NetworkParameters;
  readonly averaged: NetworkParameters;
  /** All state, by the names that checkpoints give it, in their order. */
  readonly sets: Readonly<Record<'generator' | 'averaged' | 'statistics', Stored>>;
  /**
   * Pictures for a training step, differentiable in `weights`; call `weights.normalize` first.
   * @param z [B, latent], standard normal
   * @param conditions [B, C + S], rows of `classAndSlot`
   * @param draw for random numbers of the network's own
   * @param rows draws some of the batch's pictures alone, the same as with all others; default all
   * @returns [B, R, R, 3], or as many as `rows` has, in [-1, 1] or near it
   * @throws RangeError for `rows` where pictures of a batch depend on each other
   */
  train(z: Tensor2D, conditions: Tensor2D, draw: DrawKey, rows?: Rows): Tensor4D;
  /** Null for a generator without styles: `sample` then takes none. */
  readonly styles: StyledSampling | null;
  /**
   * Pictures of the moving average: each depends on its own z and u (and style) alone. After `refresh` or `restore`.
   */
  sample(z: Tensor2D, conditions: Tensor2D, style?: SampleStyle): Tensor4D;
  /**
   * Brings all that `sample` uses up to date with the moving average.
   * @param draw a training batch's worth of latents and conditions, by number; called inside a `tidy`
   */
  refresh(draw: (batch: number) => { z: Tensor2D; conditions: Tensor2D }): Promise<void>;
  /** Makes what `sample` computes with from a state that was loaded, and changes nothing of that state. */
  restore(): void;
  dispose(): void;
}

export interface DiscriminatorNetwork {
  readonly weights: NetworkParameters;
  /**
   * Uses the effective weights: call `weights.normalize` first.
   * @param x pictures [B, R, R, 3] in [-1, 1] (augmented ones may leave the range)
   * @param conditions [B, C + S], rows of `classAndSlot`
   * @returns logits [B, 2]: a(x), b(x, u); where they are joint, their sum stands in the place of a
   */
  forward(x: Tensor4D, conditions: Tensor2D): Tensor2D;
}
