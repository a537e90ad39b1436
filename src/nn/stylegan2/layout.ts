/**
 * Layers of StyleGAN2 (Karras et al. 2020): feature maps of 4, 8, ... pixels a side, min(base / side, most) channels at
 * each. The generator has one convolution at 4 px and two at every further size, the first of which enlarges; each size
 * adds its own colours to the picture. The discriminator runs the sizes down, two convolutions at each.
 */

export interface StyleSize {
  /** A power of two, at least 8. */
  resolution: number;
  channelBase: number;
  /** Most channels of a map. */
  channelMost: number;
}

/** A layer of the generator that a style modulates. */
export interface StyledLayer {
  /** `b8.conv0`, `b8.rgb`. */
  name: string;
  kind: 'conv' | 'rgb';
  /** Side of its output in pixels. */
  side: number;
  /** Doubles the map's sides. */
  up: boolean;
  input: number;
  output: number;
}

/** Side of the first feature map. */
export const startSide = 4;

/** 4, 8, ..., resolution. */
export function sidesOf({ resolution }: StyleSize): number[] {
  const sides = [startSide];
  for (let side = 2 * startSide; side <= resolution; side *= 2) sides.push(side);
  return sides;
}

export function channelsAt({ channelBase, channelMost }: StyleSize, side: number): number {
  return Math.min(Math.floor(channelBase / side), channelMost);
}

/** The generator's layers, in order. */
export function styledLayers(size: StyleSize): StyledLayer[] {
  return sidesOf(size).flatMap((side): StyledLayer[] => {
    const output = channelsAt(size, side);
    const rgb: StyledLayer = { name: `b${side}.rgb`, kind: 'rgb', side, up: false, input: output, output: 3 };
    const last: StyledLayer = { name: `b${side}.conv1`, kind: 'conv', side, up: false, input: output, output };
    if (side === startSide) return [last, rgb];
    const input = channelsAt(size, side / 2);
    return [{ name: `b${side}.conv0`, kind: 'conv', side, up: true, input, output }, last, rgb];
  });
}

/** Layers that noise is added to. */
export function noisyLayers(size: StyleSize): StyledLayer[] {
  return styledLayers(size).filter(({ kind }) => kind === 'conv');
}

/**
 * The w that a layer takes, by number, where layers take several: convolutions one each in order, colours that of the
 * convolution behind them.
 */
export function styleNumbers(size: StyleSize): number[] {
  let convolutions = 0;
  return styledLayers(size).map(({ kind }) => (kind === 'conv' ? convolutions++ : convolutions));
}

/** Numbers of w that there are: convolutions, and one for the last colours. */
export function styleCount(size: StyleSize): number {
  return noisyLayers(size).length + 1;
}

/** For each column of all layers' styles side by side: 1 below w number `cutoff`, else 0. */
export function styleMask(size: StyleSize, cutoff: number): Float32Array {
  const numbers = styleNumbers(size);
  return Float32Array.from(
    styledLayers(size).flatMap(({ input }, i) =>
      Array.from({ length: input }, () => ((numbers[i] ?? 0) < cutoff ? 1 : 0)),
    ),
  );
}

/** A size of the discriminator above 4 px: two convolutions, the second of which halves. */
export interface CriticBlock {
  name: string;
  input: number;
  output: number;
}

/** From the picture's size down. */
export function criticBlocks(size: StyleSize): CriticBlock[] {
  return sidesOf(size)
    .slice(1)
    .toReversed()
    .map((side) => ({ name: `b${side}`, input: channelsAt(size, side), output: channelsAt(size, side / 2) }));
}
