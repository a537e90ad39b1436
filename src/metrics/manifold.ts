/**
 * Precision and recall (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020) by k nearest neighbours. Every point owns the ball that
 * reaches to its k-th nearest neighbour in its own set (itself not counted), borders excluded as in the public implementations:
 *
 *   precision = share of samples inside some real ball        recall   = share of reals inside some sample ball
 *   density   = balls of reals a sample lies in, over k       coverage = share of reals with a sample inside their ball
 *
 * Pairwise distances are taken in float64 and kept in blocks of rows, so memory grows with n, not with n^2.
 */
import { runInSlices, runNow, part, type Cooperative, type SliceOptions } from '../shared/cooperative';
import { multiplyRows } from '../shared/linearAlgebra';

export interface ManifoldInput {
  /** [n, d] */
  reals: Float32Array;
  /** [m, d] */
  samples: Float32Array;
  d: number;
  /** Neighbours; 5 as in the papers on density and coverage. Both sets need more than k points. */
  k?: number;
}

export interface ManifoldMetrics {
  precision: number;
  recall: number;
  density: number;
  coverage: number;
  k: number;
}

export function manifoldMetrics(input: ManifoldInput): ManifoldMetrics {
  return runNow(manifold(input));
}

export function manifoldMetricsInSlices(input: ManifoldInput, options?: SliceOptions): Promise<ManifoldMetrics> {
  return runInSlices(manifold(input), options);
}

export function* manifold({ reals, samples, d, k = 5 }: ManifoldInput): Cooperative<ManifoldMetrics> {
  const n = reals.length / d;
  const m = samples.length / d;
  if (!(n > k && m > k)) throw new RangeError(`${n} reals and ${m} samples are too few for ${k} neighbours`);
  const realRadii: Float64Array = yield* part(neighbourRadii(reals, d, k), 0, 0.3);
  const sampleRadii: Float64Array = yield* part(neighbourRadii(samples, d, k), 0.3, 0.6);
  const insideReal = new Int32Array(m);
  let recalled = 0;
  let covered = 0;
  for (const { from, count, squares } of distanceBlocks(reals, samples, d)) {
    for (let i = 0; i < count; i += 1) {
      const radius = realRadii[from + i] as number;
      let isRecalled = false;
      let isCovered = false;
      for (let j = 0; j < m; j += 1) {
        const square = squares[i * m + j] as number;
        if (square < radius) {
          insideReal[j] = (insideReal[j] as number) + 1;
          isCovered = true;
        }
        if (square < (sampleRadii[j] as number)) isRecalled = true;
      }
      if (isRecalled) recalled += 1;
      if (isCovered) covered += 1;
    }
    yield 0.6 + (0.4 * from) / n;
  }
  let inside = 0;
  let balls = 0;
  for (const count of insideReal) {
    if (count > 0) inside += 1;
    balls += count;
  }
  return { precision: inside / m, recall: recalled / n, density: balls / (k * m), coverage: covered / n, k };
}

/** Squared distance of each point to its k-th nearest other point. */
function* neighbourRadii(points: Float32Array, d: number, k: number): Cooperative<Float64Array> {
  const n = points.length / d;
  const radii = new Float64Array(n);
  for (const { from, count, squares } of distanceBlocks(points, points, d)) {
    for (let i = 0; i < count; i += 1) {
      const row = squares.subarray(i * n, (i + 1) * n);
      // The point itself is skipped by place, not by distance: copies are neighbours too.
      row[from + i] = Infinity;
      radii[from + i] = smallest(row, k);
    }
    yield from / n;
  }
  return radii;
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

interface DistanceBlock {
  from: number;
  count: number;
  /** Squared distances, [count, columns]. */
  squares: Float64Array;
}

/** Squared distances of rows of `a` to all rows of `b`, a block of rows at a time. */
function* distanceBlocks(a: Float32Array, b: Float32Array, d: number): Generator<DistanceBlock, void, void> {
  const n = a.length / d;
  const m = b.length / d;
  const weights = Float64Array.from(b);
  const squaresOfA = squaredLengths(a, d);
  const squaresOfB = squaredLengths(b, d);
  const rowsAtOnce = Math.max(2, Math.min(64, Math.floor(4_000_000 / m)));
  for (let from = 0; from < n; from += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, n - from);
    const squares = new Float64Array(count * m);
    multiplyRows({ features: a, d, rows: Int32Array.from({ length: count }, (_, i) => from + i), weights, m }, squares);
    for (let i = 0; i < count; i += 1) {
      for (let j = 0; j < m; j += 1) {
        const o = i * m + j;
        squares[o] = Math.max(0, (squaresOfA[from + i] as number) + (squaresOfB[j] as number) - 2 * (squares[o] as number));
      }
    }
    yield { from, count, squares };
  }
}

function squaredLengths(points: Float32Array, d: number): Float64Array {
  return Float64Array.from({ length: points.length / d }, (_, row) => {
    let sum = 0;
    for (let j = row * d; j < (row + 1) * d; j += 1) sum += (points[j] as number) ** 2;
    return sum;
  });
}
