/** What a configuration says of StyleGAN2-ADA alone, beside what all base models have. */
import * as v from 'valibot';
import { adamSettings } from './adam';
import { count, fraction, positive } from './values';

export const styleGan2Entries = {
  base: v.literal('stylegan2'),
  preset: v.picklist(['stylegan2Tiny', 'stylegan2', 'stylegan2Large', 'stylegan2Cifar', 'stylegan2Auto', 'custom']),
  /** Output edge length in pixels. */
  resolution: v.picklist([32, 64, 128, 256]),
  /** Feature maps of side s have min(base / s, most) channels, in both networks. */
  channels: v.object({ base: count, most: count }),
  /**
   * `latent`: dimension of z and of w. `mappingLayers`: from z to w. `joined`: the condition stands beside z in the first
   * layer's input, as in public networks, instead of being added behind it.
   */
  generator: v.object({ latent: count, mappingLayers: count, joined: v.optional(v.boolean(), false) }),
  /** `residual`: a 1 x 1 path beside each size's two convolutions, 'resnet' of the public configurations; else 'orig'. */
  discriminator: v.object({ residual: v.boolean() }),
  /** Pictures of a group of the minibatch standard deviation; fewer where these do not divide the batch. */
  deviationGroup: count,
  /** R1: its weight gamma, iterations from one step of it to the next, and its own number of `parts`. */
  r1: v.object({ gamma: positive, every: count, parts: v.optional(count, 1) }),
  /**
   * Parts that a step takes a batch in, one after the other, for so many times less memory; more where these do not
   * divide the batch. The minibatch deviation sees a part alone.
   */
  parts: v.optional(count, 1),
  /** Probability that the pictures of a step have two styles, one for the first layers, one for the others. */
  styleMixing: v.optional(fraction, 0),
  /** Before the rescaling of lazy regularisation. */
  optimizer: adamSettings,
};
