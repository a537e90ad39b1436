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

/** What a checkpoint stores and restores. */
export type Stored = Pick<ParameterSet, 'toArrays' | 'load'>;

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
   * @returns [B, R, R, 3], in [-1, 1] or near it
   */
  train(z: Tensor2D, conditions: Tensor2D, draw: DrawKey): Tensor4D;
  /** Pictures of the moving average: each depends on its own z and u alone. After `refresh` or `restore`. */
  sample(z: Tensor2D, conditions: Tensor2D): Tensor4D;
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
