/**
 * Blocks of BigGAN's public configurations (docs/method.md, section 7), in units of ch = width / 4:
 *
 *   32 px   G 4-4-4-4         from 4 x 4, three doublings       D 4-4-4-4         halving in the first two blocks
 *   64 px   G 16-16-8-4-2     four doublings                    D 1-2-4-8-16      halving in all but the last
 *  128 px   G 16-16-8-4-2-1   five doublings                    D 1-2-4-8-16-16   halving in all but the last
 *
 * Self-attention, where it is asked for, follows the block whose feature map has a side of 64 px: the last of the
 * generator at 64 px, the fourth of the generator and the first of the discriminator at 128 px. The discriminator at 64
 * px never has such a map, as in the public code.
 */
import type { ConfigOf } from '../../shared/config';

export type Resolution = ConfigOf<'biggan'>['resolution'];

export interface BlockLayout {
  /** Channels in and out. */
  input: number;
  output: number;
  /** Side of the block's output in pixels. */
  side: number;
  attention: boolean;
}

export interface DiscriminatorBlockLayout extends BlockLayout {
  /** Halves the picture. */
  down: boolean;
}

export interface NetworkSize {
  resolution: Resolution;
  /** 4 ch. */
  width: number;
  attention: boolean;
}

/** Side of the generator's first feature map. */
export const startSide = 4;
/** Side of the feature maps that attention looks at. */
const attentionSide = 64;

const generatorChannels: Record<Resolution, readonly number[]> = {
  32: [4, 4, 4, 4],
  64: [16, 16, 8, 4, 2],
  128: [16, 16, 8, 4, 2, 1],
};
const discriminatorChannels: Record<Resolution, readonly number[]> = {
  32: [4, 4, 4, 4],
  64: [1, 2, 4, 8, 16],
  128: [1, 2, 4, 8, 16, 16],
};

export function generatorBlocks({ resolution, width, attention }: NetworkSize): BlockLayout[] {
  const channels = generatorChannels[resolution].map((multiple) => (multiple * width) / 4);
  return channels.slice(1).map((output, i) => {
    const side = startSide * 2 ** (i + 1);
    return { input: channels[i] ?? output, output, side, attention: attention && side === attentionSide };
  });
}

export function discriminatorBlocks({ resolution, width, attention }: NetworkSize): DiscriminatorBlockLayout[] {
  const channels = [3, ...discriminatorChannels[resolution].map((multiple) => (multiple * width) / 4)];
  const halvings = resolution === 32 ? 2 : channels.length - 2;
  return channels.slice(1).map((output, i) => {
    const down = i < halvings;
    const side = resolution / 2 ** Math.min(i + 1, halvings);
    return { input: channels[i] ?? 3, output, side, down, attention: attention && side === attentionSide };
  });
}
