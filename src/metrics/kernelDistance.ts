/**
 * Kernel distance (KID, Binkowski et al. 2018): the unbiased squared maximum mean discrepancy under the kernel (<x, y>
 * / d + 1)^3, averaged over random subsets. Unbiased, so it may come out negative for equal sets.
 *
 * The error bar: subsets overlap, so their spread over the square root of their number would shrink with every further
 * draw from the same data. As in the delete-a-group jackknife (Shao and Wu 1989), the spread of subsets of `size` out
 * of n is scaled by sqrt(size / (n - size)), which is the error of the whole set and does not depend on how many
 * subsets are drawn.
 */
import { CounterRandom } from '../shared/rng';
import { exactProducts, rowsAtOnce, type Products } from './products';

export interface KernelDistanceInput {
  /** [n, d] and [m, d] */
  a: Float32Array;
  b: Float32Array;
  d: number;
  subsets?: number;
  /** Samples of each side in a subset; at most what is there. Default: a half of the smaller side, at most 1,000. */
  subsetSize?: number;
  seed: number;
  products?: Products;
  onProgress?: (fraction: number) => void;
  signal?: AbortSignal;
}

export interface KernelDistance {
  mean: number;
  /** Standard deviation over subsets; 0 for a single one. */
  deviation: number;
  /** Of `mean`, as of a draw of the whole set; null where subsets are the whole set. */
  standardError: number | null;
  subsets: number;
  subsetSize: number;
}

/** Stream of the draws of subsets. */
const subsetStream = 70;
const defaultSubsets = 50;

/** @throws RangeError for fewer than two features on a side */
export async function kernelDistance({
  a,
  b,
  d,
  subsets = defaultSubsets,
  subsetSize,
  seed,
  products = exactProducts,
  onProgress,
  signal,
}: KernelDistanceInput): Promise<KernelDistance> {
  const available = Math.min(a.length, b.length) / d;
  const size = Math.min(subsetSize ?? Math.max(2, Math.min(1000, Math.floor(available / 2))), Math.floor(available));
  if (size < 2) throw new RangeError(`${available} features are too few for a kernel distance`);
  const values: number[] = [];
  for (let subset = 0; subset < subsets; subset += 1) {
    const random = new CounterRandom(seed, subsetStream, subset);
    values.push(await discrepancy(pick(a, d, size, random), pick(b, d, size, random), d, products, signal));
    onProgress?.((subset + 1) / subsets);
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const standardError = size < available && subsets > 1 ? deviation * Math.sqrt(size / (available - size)) : null;
  return { mean, deviation, standardError, subsets, subsetSize: size };
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
async function discrepancy(
  a: Float32Array,
  b: Float32Array,
  d: number,
  products: Products,
  signal?: AbortSignal,
): Promise<number> {
  const n = a.length / d;
  const withinA = await kernelSum(a, a, d, true, products, signal);
  const withinB = await kernelSum(b, b, d, true, products, signal);
  const between = await kernelSum(a, b, d, false, products, signal);
  return (withinA + withinB) / (n * (n - 1)) - (2 * between) / (n * n);
}

/** Sum of the kernel over all pairs, without those on the diagonal if asked. */
async function kernelSum(
  a: Float32Array,
  b: Float32Array,
  d: number,
  withoutDiagonal: boolean,
  products: Products,
  signal?: AbortSignal,
): Promise<number> {
  const n = a.length / d;
  const m = b.length / d;
  const block = rowsAtOnce(m);
  let sum = 0;
  for (let from = 0; from < n; from += block) {
    const to = Math.min(n, from + block);
    const found = await products(a.subarray(from * d, to * d), b, d, signal);
    for (let i = from; i < to; i += 1) {
      for (let j = 0; j < m; j += 1) {
        if (withoutDiagonal && i === j) continue;
        const base = (found[(i - from) * m + j] as number) / d + 1;
        sum += base * base * base;
      }
    }
  }
  return sum;
}
