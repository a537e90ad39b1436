/**
 * Average pooling with any window and stride: `upfirdn2d` with a box, so it is one dispatch each way and differentiates
 * to any order. Padding counts as zeros, as in PyTorch's default.
 */
import type { Tensor4D } from '../tensor';
import { upfirdn2d } from '../upfirdn2d/upfirdn2d';

export interface AvgPoolOptions {
  /** Default: the window's size. */
  stride?: number;
  /** Zeros on every side, at most half the window; default 0. */
  padding?: number;
}

/**
 * @param x [B, H, W, C]
 * @param size of the square window
 * @returns [B, (H + 2 padding - size) / stride + 1, (W + 2 padding - size) / stride + 1, C], rounded down
 * @throws RangeError if the window is no positive integer or larger than the picture
 */
export function avgPool(x: Tensor4D, size: number, { stride = size, padding = 0 }: AvgPoolOptions = {}): Tensor4D {
  if (!(Number.isInteger(size) && size > 0)) throw new RangeError(`avgPool: a window of ${size}`);
  if (!(Number.isInteger(padding) && padding >= 0 && 2 * padding <= size))
    throw new RangeError(`avgPool: a padding of ${padding} for a window of ${size}`);
  return upfirdn2d(
    x,
    Array.from({ length: size }, () => Array.from({ length: size }, () => 1 / size ** 2)),
    { down: stride, padding },
  );
}
