/**
 * Spherical k-means (docs/method.md, section 2; the method is our own choice): k unit centroids that maximise the mean
 * cosine of points to their centroid. Ten starts by k-means++ on the chordal distance 1 - cos; an empty cluster is
 * re-seeded with the point that fits its own centroid worst. Above `startLimit` points the starts compete on a random
 * subset and the winner goes on over all points.
 */
import type { CounterRandom } from '../../shared/rng';
import { part, type Cooperative } from '../../shared/cooperative';
import { allRows, multiplyRows, normalize } from '../../shared/linearAlgebra';

export interface KMeansInput {
  /** [n, d], rows of unit length (a zero row is allowed: it is equally far from all). */
  points: Float32Array;
  d: number;
  /** 1 <= k <= n */
  k: number;
  random: CounterRandom;
  restarts?: number;
  /** A start to try besides, [k, d]: that of an earlier partition, so that a refresh does not jump without need. */
  initial?: Float32Array | null;
  /** Clusters of `initial` whose centroid stays where it is. */
  fixed?: readonly number[];
}

export interface KMeans {
  /** Unit centroids, [k, d]. */
  centroids: Float64Array;
  /** Cluster of each point. */
  assignment: Int32Array;
  /** Mean cosine of the points to their centroids. */
  objective: number;
}

const startLimit = 2048;
const maxIterations = 100;

export function* sphericalKMeans(input: KMeansInput): Cooperative<KMeans> {
  const { points, d, k, random, initial, fixed = [] } = input;
  const n = points.length / d;
  if (!(k >= 1 && k <= n)) throw new RangeError(`${k} clusters of ${n} points`);
  const rows = n > startLimit ? Int32Array.from(random.permutation(n).subarray(0, startLimit)) : allRows(n);
  const restarts = k === 1 ? 1 : (input.restarts ?? 10);
  let best: KMeans | null = null;
  const starts = initial && k > 1 ? restarts + 1 : restarts;
  for (let start = 0; start < starts; start += 1) {
    const centroids =
      start < restarts ? plusPlus(points, d, rows, k, random) : Float64Array.from(initial as Float32Array);
    const from = (0.9 * start) / starts;
    const found: KMeans = yield* part(lloyd(points, d, rows, centroids, fixed), from, from);
    if (!best || found.objective > best.objective + 1e-12) best = found;
  }
  const winner = best as KMeans;
  if (rows.length === n) return winner;
  return yield* part(lloyd(points, d, allRows(n), winner.centroids, fixed), 0.9, 1);
}

/** Seeds: the first at random, each further one with probability proportional to 1 - cos to the nearest so far. */
function plusPlus(points: Float32Array, d: number, rows: Int32Array, k: number, random: CounterRandom): Float64Array {
  const n = rows.length;
  const centroids = new Float64Array(k * d);
  const distance = new Float64Array(n).fill(Infinity);
  const similarity = new Float64Array(n);
  for (let c = 0; c < k; c += 1) {
    const chosen = c === 0 ? random.integer(n) : drawProportional(distance, random);
    const row = (rows[chosen] as number) * d;
    for (let j = 0; j < d; j += 1) centroids[c * d + j] = points[row + j] as number;
    multiplyRows({ features: points, d, rows, weights: centroids.subarray(c * d, (c + 1) * d), m: 1 }, similarity);
    for (let i = 0; i < n; i += 1)
      distance[i] = Math.max(0, Math.min(distance[i] as number, 1 - (similarity[i] as number)));
    distance[chosen] = 0;
  }
  return centroids;
}

/** Index drawn with probability proportional to its weight; uniform where all weights vanish. */
function drawProportional(weights: Float64Array, random: CounterRandom): number {
  let total = 0;
  for (const weight of weights) total += weight;
  if (!(total > 0)) return random.integer(weights.length);
  let left = random.uniform() * total;
  let last = 0;
  for (let i = 0; i < weights.length; i += 1) {
    const weight = weights[i] as number;
    if (weight <= 0) continue;
    last = i;
    left -= weight;
    if (left < 0) return i;
  }
  return last;
}

/** Alternates assignment and centroids until no point changes its cluster. */
function* lloyd(
  points: Float32Array,
  d: number,
  rows: Int32Array,
  start: Float64Array,
  fixed: readonly number[],
): Cooperative<KMeans> {
  const k = start.length / d;
  const n = rows.length;
  const centroids = start.slice();
  const similarities = new Float64Array(n * k);
  const assignment = new Int32Array(n).fill(-1);
  let objective = 0;
  for (let iteration = 0; iteration < maxIterations; iteration += 1) {
    multiplyRows({ features: points, d, rows, weights: centroids, m: k }, similarities);
    let changed = 0;
    objective = 0;
    for (let i = 0; i < n; i += 1) {
      let top = 0;
      for (let c = 1; c < k; c += 1)
        if ((similarities[i * k + c] as number) > (similarities[i * k + top] as number)) top = c;
      if (assignment[i] !== top) {
        assignment[i] = top;
        changed += 1;
      }
      objective += similarities[i * k + top] as number;
    }
    objective /= n;
    if (reseedEmpty(assignment, similarities, k)) changed += 1;
    if (changed === 0) break;
    updateCentroids(points, d, rows, assignment, centroids);
    for (const c of fixed) centroids.set(start.subarray(c * d, (c + 1) * d), c * d);
    yield 0;
  }
  return { centroids, assignment, objective };
}

/**
 * Gives every empty cluster the worst-fitting point of a cluster that can spare one. Returns whether anything moved.
 */
function reseedEmpty(assignment: Int32Array, similarities: Float64Array, k: number): boolean {
  const sizes = new Int32Array(k);
  for (const c of assignment) sizes[c] = (sizes[c] as number) + 1;
  let moved = false;
  for (let empty = 0; empty < k; empty += 1) {
    if ((sizes[empty] as number) > 0) continue;
    let worst = -1;
    let worstFit = Infinity;
    assignment.forEach((c, i) => {
      const fit = similarities[i * k + c] as number;
      // A fit of 1 means a copy of the centroid: moving it would only make two equal clusters trade points for ever.
      if ((sizes[c] as number) > 1 && fit < worstFit && fit < 1 - 1e-6) {
        worst = i;
        worstFit = fit;
      }
    });
    if (worst < 0) continue;
    sizes[assignment[worst] as number] = (sizes[assignment[worst] as number] as number) - 1;
    sizes[empty] = 1;
    assignment[worst] = empty;
    moved = true;
  }
  return moved;
}

/** centroid = unit(sum of its points); one without points or with a zero sum stays where it is. */
function updateCentroids(
  points: Float32Array,
  d: number,
  rows: Int32Array,
  assignment: Int32Array,
  centroids: Float64Array,
): void {
  const sums = new Float64Array(centroids.length);
  rows.forEach((row, i) => {
    const o = (assignment[i] as number) * d;
    for (let j = 0; j < d; j += 1) sums[o + j] = (sums[o + j] as number) + (points[row * d + j] as number);
  });
  for (let o = 0; o < sums.length; o += d) {
    if (normalize(sums, o, o + d) > 1e-12) centroids.set(sums.subarray(o, o + d), o);
  }
}
