/** What a configuration says of BigGAN alone; `config.ts` joins it with what all base models have. */
import * as v from 'valibot';
import { adamSettings } from './adam';
import { count } from './values';

export const bigGanEntries = {
  base: v.literal('biggan'),
  preset: v.picklist(['tiny', 'standard', 'cifar', 'custom']),
  /** Output edge length in pixels. */
  resolution: v.picklist([32, 64, 128]),
  /**
   * `width`: 4 ch in BigGAN's terms, the channels of every block at 32 px; at 64 and 128 px blocks have multiples of it
   * (src/nn/biggan/layout.ts).
   */
  generator: v.object({
    width: v.pipe(count, v.multipleOf(4)),
    latent: count,
    embedding: count,
    /** z joins e(u) at every block, as in BigGAN-deep, instead of entering at the start alone. */
    latentAtBlocks: v.optional(v.boolean(), false),
  }),
  discriminator: v.object({ width: v.pipe(count, v.multipleOf(4)) }),
  /**
   * Self-attention after the blocks whose feature maps have a side of 64 px, in both networks; there are none at a
   * resolution of 32.
   */
  attention: v.optional(v.boolean(), false),
  optimizer: adamSettings,
};
