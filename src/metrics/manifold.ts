/**
 * Precision and recall (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020) by k nearest neighbours.
 * Every point owns the ball that reaches to its k-th nearest neighbour in its own set (itself not counted), borders
 * excluded as in the public implementations:
 *
 *   precision = share of samples inside some real ball        recall   = share of reals inside some sample ball
 *   density   = balls of reals a sample lies in, over k       coverage = share of reals with a sample inside their ball
 *
 * On the way it learns which real is the nearest to each sample and how near reals come to each other, which
 * `copies.ts` needs. Distances are taken a block of rows at a time, so memory grows with n, not with n^2.
 */
import { centred, exactProducts, rowsAtOnce, squaredLengths, type Products } from './products';

export interface ManifoldInput {
  /** [n, d] */
  reals: Float32Array;
  /** [m, d] */
  samples: Float32Array;
  d: number;
  /** Neighbours; 5 as in the papers on density and coverage. Both sets need more than k points. */
  k?: number;
  products?: Products;
  onProgress?: (fraction: number) => void;
  signal?: AbortSignal;
}

export interface ManifoldMetrics {
  precision: number;
  recall: number;
  density: number;
  coverage: number;
  k: number;
}

/** Who is nearest to whom, in Euclidean distance. */
export interface NearestReals {
  /** Nearest real of each sample, [m], and how far it is. */
  real: Int32Array;
  distance: Float64Array;
  /** Distance of each real to its nearest other real, [n]. */
  realToReal: Float64Array;
}

export interface Manifold {
  metrics: ManifoldMetrics;
  nearest: NearestReals;
}

type Common = Required<Pick<ManifoldInput, 'd' | 'k' | 'products'>> & Pick<ManifoldInput, 'signal'>;

/** @throws RangeError where a set has no more than k points */
export async function manifold({
  reals,
  samples,
  d,
  k = 5,
  products = exactProducts,
  onProgress,
  signal,
}: ManifoldInput): Promise<Manifold> {
  const n = reals.length / d;
  const m = samples.length / d;
  if (!(n > k && m > k)) throw new RangeError(`${n} reals and ${m} samples are too few for ${k} neighbours`);
  const common: Common = { d, k, products, ...(signal ? { signal } : {}) };
  const a = centred(reals, reals, d);
  const b = centred(samples, reals, d);
  const ofReals = await neighbourRadii(a, common, (share) => onProgress?.(0.3 * share));
  const ofSamples = await neighbourRadii(b, common, (share) => onProgress?.(0.3 + 0.3 * share));
  const counts = {
    insideReal: new Int32Array(m),
    recalled: 0,
    covered: 0,
    real: new Int32Array(m).fill(-1),
    square: new Float64Array(m).fill(Infinity),
  };
  await eachBlock(a, b, common, ({ from, count, squares }) => {
    for (let i = 0; i < count; i += 1)
      countRow(
        squares.subarray(i * m, (i + 1) * m),
        from + i,
        ofReals.radii[from + i] as number,
        ofSamples.radii,
        counts,
      );
    onProgress?.(0.6 + (0.4 * (from + count)) / n);
  });
  let inside = 0;
  let balls = 0;
  for (const count of counts.insideReal) {
    if (count > 0) inside += 1;
    balls += count;
  }
  const metrics = {
    precision: inside / m,
    recall: counts.recalled / n,
    density: balls / (k * m),
    coverage: counts.covered / n,
    k,
  };
  // Taken again in float64: near zero, where copies are, differences of large products have no digits left.
  const distance = Float64Array.from(counts.real, (real, j) => distanceOf(samples, j, reals, real, d));
  const realToReal = Float64Array.from(ofReals.nearest, (other, i) => distanceOf(reals, i, reals, other, d));
  return { metrics, nearest: { real: counts.real, distance, realToReal } };
}

interface Counts {
  /** Real balls each sample lies in. */
  insideReal: Int32Array;
  recalled: number;
  covered: number;
  real: Int32Array;
  square: Float64Array;
}

/** One real against all samples. */
function countRow(
  squares: Float64Array,
  real: number,
  radius: number,
  sampleRadii: Float64Array,
  counts: Counts,
): void {
  let isRecalled = false;
  let isCovered = false;
  for (let j = 0; j < squares.length; j += 1) {
    const square = squares[j] as number;
    if (square < radius) {
      counts.insideReal[j] = (counts.insideReal[j] as number) + 1;
      isCovered = true;
    }
    if (square < (sampleRadii[j] as number)) isRecalled = true;
    if (square < (counts.square[j] as number)) {
      counts.square[j] = square;
      counts.real[j] = real;
    }
  }
  if (isRecalled) counts.recalled += 1;
  if (isCovered) counts.covered += 1;
}

/** Squared distance of each point to its k-th nearest other point, and which is the nearest. */
async function neighbourRadii(
  points: Float32Array,
  common: Common,
  onProgress: (share: number) => void,
): Promise<{ radii: Float64Array; nearest: Int32Array }> {
  const n = points.length / common.d;
  const radii = new Float64Array(n);
  const nearest = new Int32Array(n);
  await eachBlock(points, points, common, ({ from, count, squares }) => {
    for (let i = 0; i < count; i += 1) {
      const row = squares.subarray(i * n, (i + 1) * n);
      // The point itself is skipped by place, not by distance: copies are neighbours too.
      row[from + i] = Infinity;
      radii[from + i] = smallest(row, common.k);
      nearest[from + i] = indexOfLeast(row);
    }
    onProgress((from + count) / n);
  });
  return { radii, nearest };
}

/** The k-th smallest entry. */
function smallest(row: Float64Array, k: number): number {
  const least = new Float64Array(k).fill(Infinity);
  for (const value of row) {
    if (value >= (least[k - 1] as number)) continue;
    let place = k - 1;
    while (place > 0 && (least[place - 1] as number) > value) {
      least[place] = least[place - 1] as number;
      place -= 1;
    }
    least[place] = value;
  }
  return least[k - 1] as number;
}

function indexOfLeast(row: Float64Array): number {
  let best = 0;
  for (let j = 1; j < row.length; j += 1) if ((row[j] as number) < (row[best] as number)) best = j;
  return best;
}

interface DistanceBlock {
  from: number;
  count: number;
  /** Squared distances, [count, columns]. */
  squares: Float64Array;
}

/** Squared distances of rows of `a` to all rows of `b`, a block of rows at a time. */
async function eachBlock(
  a: Float32Array,
  b: Float32Array,
  { d, products, signal }: Common,
  use: (block: DistanceBlock) => void,
): Promise<void> {
  const n = a.length / d;
  const m = b.length / d;
  const squaresOfA = squaredLengths(a, d);
  const squaresOfB = squaredLengths(b, d);
  const step = rowsAtOnce(m);
  for (let from = 0; from < n; from += step) {
    const count = Math.min(step, n - from);
    const found = await products(a.subarray(from * d, (from + count) * d), b, d, signal);
    const squares = new Float64Array(count * m);
    for (let i = 0; i < count; i += 1) {
      for (let j = 0; j < m; j += 1) {
        squares[i * m + j] = Math.max(
          0,
          (squaresOfA[from + i] as number) + (squaresOfB[j] as number) - 2 * (found[i * m + j] as number),
        );
      }
    }
    use({ from, count, squares });
  }
}

function distanceOf(a: Float32Array, i: number, b: Float32Array, j: number, d: number): number {
  let sum = 0;
  for (let q = 0; q < d; q += 1) sum += ((a[i * d + q] as number) - (b[j * d + q] as number)) ** 2;
  return Math.sqrt(sum);
}
