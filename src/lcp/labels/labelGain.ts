/**
 * Which label next? (docs/method.md, section 1; our own choice.) A label settles the doubt about its picture and, as far
 * as they resemble it, about others:
 *
 *   gain(x) = sum_j u(j) k(x, j),   u = (H(p) / log C) for pictures without a label, k = relu(cos(f~_x, f~_j))^4,
 *
 * with f~ the centred unit features. Pictures are taken greedily: each one taken lowers the doubt that is left by
 * (1 - k), so that the queue does not ask about ten pictures that look the same. Doubt alone asks about freaks, density
 * alone about what is known: the product finds what stands for many doubtful ones.
 *
 * The pool is bounded: the `pool` most doubtful pictures are candidates and stand for all, the rest follow by doubt.
 */
import type { Cooperative } from '../../shared/cooperative';
import { multiplyRows, normalize } from '../../shared/linearAlgebra';

/** Candidates, and how many of them are put in order greedily. */
export const gainLimits = { pool: 1200, queue: 200 } as const;
const sharpness = 4;

export interface GainInput {
  /** Unit features, [N, d]. */
  features: Float32Array;
  d: number;
  /** p(c|x), [N, C]; null before anything is known: every picture is then equally doubtful. */
  probabilities: Float32Array | null;
  classCount: number;
  /** 1 where a label would be of use: pictures without one that are not left out. */
  open: Uint8Array;
  /** Mean feature over all pictures, [d]. */
  centre: Float64Array;
}

/** u of each picture, [N], in [0, 1]; 0 where a label is of no use. */
export function doubts({
  probabilities,
  classCount,
  open,
}: Omit<GainInput, 'features' | 'd' | 'centre'>): Float32Array {
  const scale = 1 / Math.log(Math.max(2, classCount));
  return Float32Array.from(open, (isOpen, image) => {
    if (isOpen === 0) return 0;
    if (!probabilities) return 1;
    let entropy = 0;
    for (let c = 0; c < classCount; c += 1) {
      const p = probabilities[image * classCount + c] ?? 0;
      if (p > 0) entropy -= p * Math.log(p);
    }
    return Math.min(1, Math.max(0, entropy * scale));
  });
}

/** The pictures without a label, the one worth most first: greedily at the head, by doubt behind. */
export function* labelQueue(input: GainInput): Cooperative<Uint32Array<ArrayBuffer>> {
  const doubt = doubts(input);
  const byDoubt = Uint32Array.from(doubt.keys())
    .filter((image) => input.open[image] !== 0)
    .toSorted((a, b) => (doubt[b] as number) - (doubt[a] as number) || a - b);
  const pool = poolOf(byDoubt, input.probabilities === null);
  const n = pool.length;
  if (n === 0) return byDoubt;
  yield 0.05;
  const likeness: Float64Array = yield* likenesses(input, pool);
  const left = Float64Array.from(pool, (image) => doubt[image] as number);
  const taken = new Uint8Array(n);
  const head: number[] = [];
  while (head.length < Math.min(gainLimits.queue, n)) {
    const best = bestOf(likeness, left, taken);
    taken[best] = 1;
    head.push(pool[best] as number);
    for (let j = 0; j < n; j += 1) left[j] = (left[j] as number) * (1 - (likeness[best * n + j] as number));
    if (head.length % 8 === 0) yield 0.6 + (0.4 * head.length) / gainLimits.queue;
  }
  const first = new Set(head);
  return Uint32Array.from([...head, ...byDoubt.filter((image) => !first.has(image))]);
}

/** The most doubtful; where all are alike, evenly from all of them. */
function poolOf(byDoubt: Uint32Array, alike: boolean): Uint32Array {
  const n = Math.min(gainLimits.pool, byDoubt.length);
  const stride = alike ? byDoubt.length / n : 1;
  return Uint32Array.from({ length: n }, (_, i) => byDoubt[Math.floor(i * stride)] as number);
}

/** k of every two of the pool, [n, n]. */
function* likenesses({ features, d, centre }: GainInput, pool: Uint32Array): Cooperative<Float64Array> {
  const n = pool.length;
  const rows = new Float64Array(n * d);
  pool.forEach((image, i) => {
    for (let j = 0; j < d; j += 1) rows[i * d + j] = (features[image * d + j] as number) - (centre[j] as number);
    normalize(rows, i * d, (i + 1) * d);
  });
  const out = new Float64Array(n * n);
  const floats = Float32Array.from(rows);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const block = Math.max(1, Math.floor(8_000_000 / (n * d)));
  for (let from = 0; from < n; from += block) {
    multiplyRows({ features: floats, d, rows: order, weights: rows, m: n, from, to: Math.min(n, from + block) }, out);
    yield 0.05 + (0.55 * from) / n;
  }
  for (let i = 0; i < out.length; i += 1) out[i] = Math.min(1, Math.max(0, out[i] as number)) ** sharpness;
  return out;
}

function bestOf(likeness: Float64Array, left: Float64Array, taken: Uint8Array): number {
  const n = left.length;
  let best = 0;
  let most = -1;
  for (let i = 0; i < n; i += 1) {
    if (taken[i] === 1) continue;
    let gain = 0;
    for (let j = 0, at = i * n; j < n; j += 1, at += 1) gain += (likeness[at] as number) * (left[j] as number);
    if (gain <= most) continue;
    most = gain;
    best = i;
  }
  return best;
}
