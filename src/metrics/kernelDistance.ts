/**
 * Kernel distance (KID, Binkowski et al. 2018): the unbiased squared maximum mean discrepancy under the kernel (<x, y> / d + 1)^3, averaged
 * over random subsets, with its standard deviation over them as an error bar. Unbiased, so it may come out negative for equal sets.
 */
import { allRows, multiplyRows } from '../shared/linearAlgebra';
import { CounterRandom } from '../shared/rng';
import { runInSlices, runNow, type Cooperative, type SliceOptions } from '../shared/cooperative';

export interface KernelDistanceInput {
  /** [n, d] and [m, d] */
  a: Float32Array;
  b: Float32Array;
  d: number;
  subsets?: number;
  /** Samples of each side in a subset; at most what is there. */
  subsetSize?: number;
  seed: number;
}

export interface KernelDistance {
  mean: number;
  /** Standard deviation over subsets; 0 for a single one. */
  deviation: number;
  /** Standard error of `mean` if subsets were independent: deviation / sqrt(subsets). */
  error: number;
  subsets: number;
  subsetSize: number;
}

/** Stream of the draws of subsets. */
const subsetStream = 70;

export function kernelDistance(input: KernelDistanceInput): KernelDistance {
  return runNow(kid(input));
}

export function kernelDistanceInSlices(input: KernelDistanceInput, options?: SliceOptions): Promise<KernelDistance> {
  return runInSlices(kid(input), options);
}

export function* kid({ a, b, d, subsets = 100, subsetSize = 1000, seed }: KernelDistanceInput): Cooperative<KernelDistance> {
  const available = Math.min(a.length, b.length) / d;
  const size = Math.min(subsetSize, Math.floor(available));
  if (size < 2) throw new RangeError(`${available} features are too few for a kernel distance`);
  const values: number[] = [];
  for (let subset = 0; subset < subsets; subset += 1) {
    const random = new CounterRandom(seed, subsetStream, subset);
    values.push(discrepancy(pick(a, d, size, random), pick(b, d, size, random), d));
    yield subset / subsets;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { mean, deviation, error: deviation / Math.sqrt(values.length), subsets, subsetSize: size };
}

/** `size` rows without repetition. */
function pick(features: Float32Array, d: number, size: number, random: CounterRandom): Float32Array {
  const chosen = new Float32Array(size * d);
  random
    .permutation(features.length / d)
    .subarray(0, size)
    .forEach((row, i) => chosen.set(features.subarray(row * d, (row + 1) * d), i * d));
  return chosen;
}

/** Unbiased squared MMD of two sets of equal size. */
function discrepancy(a: Float32Array, b: Float32Array, d: number): number {
  const n = a.length / d;
  const within = (kernelSum(a, a, d, true) + kernelSum(b, b, d, true)) / (n * (n - 1));
  return within - (2 * kernelSum(a, b, d, false)) / (n * n);
}

/** Sum of the kernel over all pairs, without those on the diagonal if asked. */
function kernelSum(a: Float32Array, b: Float32Array, d: number, withoutDiagonal: boolean): number {
  const n = a.length / d;
  const m = b.length / d;
  const weights = Float64Array.from(b);
  const products = new Float64Array(n * m);
  multiplyRows({ features: a, d, rows: allRows(n), weights, m }, products);
  let sum = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < m; j += 1) {
      if (withoutDiagonal && i === j) continue;
      const base = (products[i * m + j] as number) / d + 1;
      sum += base * base * base;
    }
  }
  return sum;
}
