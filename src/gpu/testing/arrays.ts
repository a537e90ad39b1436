/** Numbers for tests: repeatable random arrays, and arrays on the GPU. */
import { tensor, type Tensor } from '../tensor';

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Values in (-1, 1), the same for the same seed, exact in float32 so that both sides start from the same numbers. */
export function randomArray(size: number, seed: number): Float64Array {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  return Float64Array.from({ length: size }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 3_266_489_917) >>> 0;
    return Math.fround((mixed / 2 ** 32) * 2 - 1);
  });
}

export function toTensor(values: Float64Array, shape: readonly number[]): Tensor {
  return tensor(Float32Array.from(values), [...shape]);
}

/** Largest difference, relative to the largest expected magnitude. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let scale = 1e-30;
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? NaN;
    const gap = Math.abs((actual[i] ?? NaN) - wanted);
    if (Number.isNaN(gap)) return Infinity;
    difference = Math.max(difference, gap);
    scale = Math.max(scale, Math.abs(wanted));
  }
  return difference / scale;
}
