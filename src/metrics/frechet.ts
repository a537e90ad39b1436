/**
 * Frechet distance of two sets of features, each taken as a Gaussian (Heusel et al. 2017; Dowson and Landau 1982):
 *
 *   |mu_1 - mu_2|^2 + tr S_1 + tr S_2 - 2 tr (S_1 S_2)^(1/2),
 *
 * with unbiased covariances, as public implementations have them. It is biased upwards for few samples and belongs to
 * its network: on other features
 * than those of the FID convention it must not be called FID. tr (S_1 S_2)^(1/2) is the sum of the roots of the
 * eigenvalues of L^T S_2 L, S_1 = L L^T.
 */
import { part, runInSlices, runNow, type Cooperative, type SliceOptions } from '../shared/cooperative';
import { addOuterProducts, allRows, meanOfRows, productOfRows } from '../shared/linearAlgebra';
import { centred, exactProducts, squaredLengths, type Products } from './products';
import { symmetricEigenvalues } from './symmetricEigenvalues';

/** Mean and unbiased covariance of a set of features. */
export interface FeatureMoments {
  d: number;
  count: number;
  /** [d] */
  mean: Float64Array;
  /** [d, d], symmetric. */
  covariance: Float64Array;
}

/**
 * Moments of features that come block by block. Sums are kept about the first block's mean, so that nothing cancels.
 */
export class MomentAccumulator {
  private count = 0;
  private readonly origin: Float64Array;
  private readonly sum: Float64Array;
  /** Lower triangle of the sum of outer products about `origin`. */
  private readonly products: Float64Array;

  constructor(private readonly d: number) {
    this.origin = new Float64Array(d);
    this.sum = new Float64Array(d);
    this.products = new Float64Array(d * d);
  }

  /** @param features [n, d] */
  add(features: Float32Array): void {
    const { d } = this;
    const n = features.length / d;
    if (!Number.isInteger(n)) throw new RangeError(`${features.length} numbers are not rows of ${d}`);
    if (this.count === 0 && n > 0) {
      for (let i = 0; i < n; i += 1)
        for (let j = 0; j < d; j += 1)
          this.origin[j] = (this.origin[j] as number) + (features[i * d + j] as number) / n;
    }
    const four = new Float64Array(4 * d);
    for (let i = 0; i < n; i += 4) {
      const block = Math.min(4, n - i);
      four.fill(0);
      for (let b = 0; b < block; b += 1) {
        for (let j = 0; j < d; j += 1) {
          const value = (features[(i + b) * d + j] as number) - (this.origin[j] as number);
          four[b * d + j] = value;
          this.sum[j] = (this.sum[j] as number) + value;
        }
      }
      addOuterProducts(four, d, this.products);
    }
    this.count += n;
  }

  /** @throws RangeError for fewer than two features, which have no covariance */
  moments(): FeatureMoments {
    const { d, count, origin, sum, products } = this;
    if (count < 2) throw new RangeError(`${count} features have no covariance`);
    const mean = origin.map((value, j) => value + (sum[j] as number) / count);
    const covariance = new Float64Array(d * d);
    for (let a = 0; a < d; a += 1) {
      for (let b = 0; b <= a; b += 1) {
        const value =
          ((products[a * d + b] as number) - ((sum[a] as number) * (sum[b] as number)) / count) / (count - 1);
        covariance[a * d + b] = value;
        covariance[b * d + a] = value;
      }
    }
    return { d, count, mean, covariance };
  }
}

export function featureMoments(features: Float32Array, d: number): FeatureMoments {
  const accumulator = new MomentAccumulator(d);
  accumulator.add(features);
  return accumulator.moments();
}

/** The distance; about 3 d^3 multiply-adds. */
export function frechetDistance(a: FeatureMoments, b: FeatureMoments): number {
  return runNow(frechet(a, b));
}

export function frechetDistanceInSlices(a: FeatureMoments, b: FeatureMoments, options?: SliceOptions): Promise<number> {
  return runInSlices(frechet(a, b), options);
}

export function* frechet(a: FeatureMoments, b: FeatureMoments): Cooperative<number> {
  const { d } = a;
  if (b.d !== d) throw new RangeError(`features of ${d} and ${b.d} numbers`);
  let distance = 0;
  for (let j = 0; j < d; j += 1) {
    distance +=
      ((a.mean[j] as number) - (b.mean[j] as number)) ** 2 +
      (a.covariance[j * d + j] as number) +
      (b.covariance[j * d + j] as number);
  }
  const root: Float64Array = yield* part(semidefiniteRoot(a.covariance, d), 0, 0.2);
  const product: Float64Array = yield* part(congruence(root, b.covariance, d), 0.2, 0.6);
  const eigenvalues: Float64Array = yield* part(symmetricEigenvalues(product, d), 0.6, 1);
  let trace = 0;
  for (const value of eigenvalues) trace += Math.sqrt(Math.max(0, value));
  return Math.max(0, distance - 2 * trace);
}

/** Lower L with L L^T = S for a positive semi-definite S: columns whose pivot is rounding are zero. */
function* semidefiniteRoot(s: Float64Array, d: number): Cooperative<Float64Array> {
  const l = new Float64Array(d * d);
  let largest = 0;
  for (let j = 0; j < d; j += 1) largest = Math.max(largest, s[j * d + j] as number);
  const negligible = largest * d * Number.EPSILON;
  for (let j = 0; j < d; j += 1) {
    const oj = j * d;
    const pivot = (s[oj + j] as number) - productOfRows(l, oj, oj, j);
    if (pivot > negligible) {
      const root = Math.sqrt(pivot);
      l[oj + j] = root;
      for (let i = j + 1; i < d; i += 1)
        l[i * d + j] = ((s[i * d + j] as number) - productOfRows(l, i * d, oj, j)) / root;
    }
    if (j % 16 === 0) yield (j / d) ** 2;
  }
  return l;
}

/** Lower triangle of L^T S L for lower-triangular L. */
function* congruence(l: Float64Array, s: Float64Array, d: number): Cooperative<Float64Array> {
  const product = new Float64Array(d * d);
  const row = new Float64Array(d);
  for (let k = 0; k < d; k += 1) {
    // Row k of S L, then its outer product with row k of L.
    row.fill(0);
    for (let i = 0; i < d; i += 1) addRow(row, l, i * d, s[k * d + i] as number, i + 1);
    for (let a = 0; a <= k; a += 1) {
      const factor = l[k * d + a] as number;
      if (factor === 0) continue;
      const o = a * d;
      for (let b = 0; b <= a; b += 1) product[o + b] = (product[o + b] as number) + factor * (row[b] as number);
    }
    if (k % 8 === 0) yield k / d;
  }
  return product;
}

function addRow(target: Float64Array, source: Float64Array, from: number, factor: number, count: number): void {
  if (factor === 0) return;
  for (let j = 0; j < count; j += 1) target[j] = (target[j] as number) + factor * (source[from + j] as number);
}

/**
 * The distance of two sets of features [n, d] and [m, d] themselves. Where one of them has no more features than a
 * feature has numbers, both covariances lie in small spaces and the trace is the nuclear norm of the cross products X
 * Y^T / sqrt((n - 1)(m - 1)) of the centred sets: min(n, m)^3 in place of d^3 multiply-adds, and the same number.
 * @throws RangeError for fewer than two features on a side
 */
export async function frechetDistanceOf(
  a: Float32Array,
  b: Float32Array,
  d: number,
  { products = exactProducts, ...options }: SliceOptions & { products?: Products } = {},
): Promise<number> {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  const n = few.length / d;
  const m = many.length / d;
  if (n < 2) throw new RangeError(`${n} features have no covariance`);
  if (n > d) return frechetDistanceInSlices(featureMoments(a, d), featureMoments(b, d), options);
  const x = centred(few, few, d);
  const y = centred(many, many, d);
  const cross = await products(x, y, d, options.signal);
  return runInSlices(frechetOfCross({ few, many, x, y, cross, n, m, d }), options);
}

interface CrossInput {
  few: Float32Array;
  many: Float32Array;
  /** Both about their own means. */
  x: Float32Array;
  y: Float32Array;
  /** X Y^T, [n, m]. */
  cross: Float32Array | Float64Array;
  n: number;
  m: number;
  d: number;
}

function* frechetOfCross({ few, many, x, y, cross, n, m, d }: CrossInput): Cooperative<number> {
  // Eigenvalues of (X Y^T)(X Y^T)^T are the squares of the singular values.
  const gram = new Float64Array(n * n);
  const wide = Float64Array.from(cross);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) gram[i * n + j] = productOfRows(wide, i * m, j * m, m);
    if (i % 8 === 0) yield 0.5 * (i / n) ** 2;
  }
  const eigenvalues: Float64Array = yield* part(symmetricEigenvalues(gram, n), 0.5, 1);
  let nuclear = 0;
  for (const value of eigenvalues) nuclear += Math.sqrt(Math.max(0, value));
  const variance =
    squaredLengths(x, d).reduce((sum, value) => sum + value, 0) / (n - 1) +
    squaredLengths(y, d).reduce((sum, value) => sum + value, 0) / (m - 1);
  const [ofFew, ofMany] = [meanOfRows(few, d, allRows(n)), meanOfRows(many, d, allRows(m))];
  const shift = ofFew.reduce((sum, value, j) => sum + (value - (ofMany[j] as number)) ** 2, 0);
  return Math.max(0, shift + variance - (2 * nuclear) / Math.sqrt((n - 1) * (m - 1)));
}
