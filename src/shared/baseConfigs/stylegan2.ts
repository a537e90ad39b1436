/** What a configuration says of StyleGAN2-ADA alone, beside what all base models have. */
import * as v from 'valibot';
import { count, positive } from './values';

export const styleGan2Entries = {
  /** Feature maps of side s have min(base / s, most) channels, in both networks. */
  channels: v.object({ base: count, most: count }),
  /** `latent`: dimension of z and of w. `mappingLayers`: from z to w. */
  generator: v.object({ latent: count, mappingLayers: count }),
  /** Pictures of a group of the minibatch standard deviation; it divides larger batches. */
  deviationGroup: count,
  /**
   * R1: its weight gamma, iterations from one step of it to the next, and the parts of a batch that it takes one after
   * the other, for so many times less memory. Parts are whole groups of the deviation.
   */
  r1: v.object({ gamma: positive, every: count, parts: v.optional(count, 1) }),
};
