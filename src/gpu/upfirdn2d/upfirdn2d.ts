/**
 * Up-sample, filter, down-sample (Karras et al. 2019/2020; public code `torch_utils/ops/upfirdn2d.py`): up - 1 zeros go
 * in after every pixel, the border is padded with zeros or cut, the result is convolved with an FIR filter, and every
 * down-th pixel is kept. The filter's taps are constants. A linear map whose transpose is of the same kind (up and down
 * exchanged, filter turned round), so it is its own gradient, to any order. One dispatch each way; two for long
 * one-dimensional filters, which run down the columns and then along the rows.
 */
import { defineOp } from '../kernel/op';
import { tensor, tidy, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { fir, type FirGeometry, type Pair } from './kernels';

/** A filter in both directions, or one of rows of taps. */
export type FirTaps = readonly number[] | readonly (readonly number[])[];

export interface FirOptions {
  /** Enlargement; default 1. */
  up?: number | Pair;
  /** Reduction; default 1. */
  down?: number | Pair;
  /** Zeros around the enlarged picture (negative: cut off), [top, bottom, left, right]; default 0. */
  padding?: number | readonly [number, number, number, number];
  /** Factor on the result; default 1. */
  gain?: number;
  /** Correlate instead of convolve; default false. */
  flip?: boolean;
}

/** From this many taps on a one-dimensional filter runs in two passes. */
const longFilter = 9;

const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);

const firOp = defineOp<'x' | 'filter', FirGeometry>({
  name: 'StudioUpfirdn2d',
  forward: ({ x, filter }, geometry) => fir(x, filter, geometry),
  saveInputs: ['filter'],
  backward: (dy, [filter], { taps, up, down, before, size, out, flip }) => ({
    x: (): Tensor =>
      firOp(
        { x: dy, filter },
        {
          taps,
          up: down,
          down: up,
          before: [taps[0] - 1 - before[0], taps[1] - 1 - before[1]],
          size: out,
          out: size,
          flip: !flip,
        },
      ),
  }),
});

/** Given from the host on each call: a captured step keeps one copy for good. */
function pass(
  x: Tensor4D,
  rows: readonly (readonly number[])[],
  up: Pair,
  down: Pair,
  [top, bottom, left, right]: readonly [number, number, number, number],
  flip: boolean,
): Tensor4D {
  const taps: Pair = [rows.length, rows[0]?.length ?? 0];
  const [, height, width] = x.shape;
  const out: Pair = [
    Math.floor((height * up[0] + top + bottom - taps[0]) / down[0]) + 1,
    Math.floor((width * up[1] + left + right - taps[1]) / down[1]) + 1,
  ];
  if (out[0] < 1 || out[1] < 1)
    throw new RangeError(`upfirdn2d: pictures of ${height} x ${width} are smaller than the filter`);
  const filter = tensor(Float32Array.from(rows.flat()), [taps[0], taps[1]]) as Tensor2D;
  return firOp({ x, filter }, { taps, up, down, before: [top, left], size: [height, width], out, flip }) as Tensor4D;
}

/**
 * @param x [B, H, W, C]
 * @param taps [n], used down and across, or [h][w]
 * @returns [B, (H up + top + bottom - h) / down + 1, (W up + left + right - w) / down + 1, C], rounded down
 * @throws RangeError if the filter is empty or ragged, a factor no positive integer, or nothing is left
 */
export function upfirdn2d(x: Tensor4D, taps: FirTaps, options: FirOptions = {}): Tensor4D {
  const { padding = 0, gain = 1, flip = false } = options;
  const [up, down] = [pair(options.up ?? 1), pair(options.down ?? 1)];
  if (![...up, ...down].every((factor) => Number.isInteger(factor) && factor > 0))
    throw new RangeError(`upfirdn2d: factors ${up.join()} and ${down.join()} must be positive integers`);
  const borders = typeof padding === 'number' ? ([padding, padding, padding, padding] as const) : padding;
  const line = taps.every((tap) => typeof tap === 'number') ? (taps as readonly number[]) : null;
  const rows = line
    ? line.map((a) => line.map((b) => a * b * gain))
    : (taps as readonly (readonly number[])[]).map((row) => row.map((tap) => tap * gain));
  if (rows.length === 0 || rows.some((row) => row.length === 0 || row.length !== rows[0]?.length))
    throw new RangeError('upfirdn2d: the filter must be a full rectangle');
  return tidy(() => {
    if (!line || line.length < longFilter) return pass(x, rows, up, down, borders, flip);
    const [top, bottom, left, right] = borders;
    const columns = pass(
      x,
      line.map((tap) => [tap * gain]),
      [up[0], 1],
      [down[0], 1],
      [top, bottom, 0, 0],
      flip,
    );
    return pass(columns, [[...line]], [1, up[1]], [1, down[1]], [0, 0, left, right], flip);
  });
}

/** Total before and after that keep sizes in proportion, as the public code splits them. */
function around(taps: number, up: number, down: number): readonly [number, number, number, number] {
  const before = up > 1 ? Math.floor((taps + up - 1) / 2) : Math.floor((taps - down + 1) / 2);
  const after = up > 1 ? Math.floor((taps - up) / 2) : Math.floor((taps - down) / 2);
  return [before, after, before, after];
}

/**
 * Enlarges by a factor: [B, H, W, C] to [B, factor H, factor W, C].
 * @param taps [n], with sum 1; the gain that makes up for the zeros is added here
 */
export function upsampleFir(x: Tensor4D, taps: readonly number[], factor = 2): Tensor4D {
  return upfirdn2d(x, taps, { up: factor, padding: around(taps.length, factor, 1), gain: factor ** 2 });
}

/**
 * Reduces by a factor that divides H and W: [B, H, W, C] to [B, H / factor, W / factor, C].
 * @param taps [n], with sum 1
 */
export function downsampleFir(x: Tensor4D, taps: readonly number[], factor = 2): Tensor4D {
  return upfirdn2d(x, taps, { down: factor, padding: around(taps.length, 1, factor) });
}

/** The binomial filter [1, 3, 3, 1] / 8 of StyleGAN2. */
export const binomial4: readonly number[] = [0.125, 0.375, 0.375, 0.125];
