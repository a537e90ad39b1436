/**
 * Conditions u from memberships (docs/method.md, section 2): u_{c,k} = 1[c = y] q_k for a labeled image; p(c) q_k^(c)
 * over the two most likely classes, renormalised, for an unlabeled one. With probability 1/2 a soft condition is
 * replaced by a one-hot draw from itself, for reals and fakes alike, so that single clusters work as user controls. As
 * an ablation, conditions can be one-hot throughout.
 */
import { UNLABELED } from '../../shared/domain';
import type { CounterRandom } from '../../shared/rng';
import { SparseRows } from './sparseRows';

/** What `buildConditions` needs of a partition. */
export interface Memberships {
  slotsOfClass: readonly (readonly number[])[];
  /** q, [N, S]; the slots of each considered class sum to 1. */
  memberships: SparseRows;
}

export interface Conditions {
  /** u, [N, S]; rows sum to 1. */
  u: SparseRows;
  /** w, [N]. */
  w: Float32Array;
}

/** Classes whose clusters an image may belong to: its own if labeled, else the two most likely, most likely first. */
export function consideredClasses(
  probabilities: Float32Array,
  label: number,
  image: number,
  classCount: number,
): number[] {
  if (label !== UNLABELED) return [label];
  const o = image * classCount;
  let first = 0;
  for (let c = 1; c < classCount; c += 1)
    if ((probabilities[o + c] as number) > (probabilities[o + first] as number)) first = c;
  let second = -1;
  for (let c = 0; c < classCount; c += 1) {
    if (c !== first && (second < 0 || (probabilities[o + c] as number) > (probabilities[o + second] as number)))
      second = c;
  }
  return second < 0 ? [first] : [first, second];
}

/**
 * @param probabilities p(c|x), [N, C]
 * @param labels class of each image, or -1
 * @param trust w, [N]
 * @param kind 'oneHot' gives all mass to the strongest cluster of the label or of the most likely class
 */
export function buildConditions(
  { slotsOfClass, memberships }: Memberships,
  probabilities: Float32Array,
  labels: Int32Array,
  trust: Float32Array,
  kind: 'soft' | 'oneHot' = 'soft',
): Conditions {
  const classCount = slotsOfClass.length;
  const classOfSlot = new Int32Array(memberships.columns);
  slotsOfClass.forEach((slots, c) => slots.forEach((slot) => (classOfSlot[slot] = c)));
  const u = SparseRows.build(labels.length, memberships.columns, (image, add) => {
    const label = labels[image] as number;
    const classes = consideredClasses(probabilities, label, image, classCount);
    if (kind === 'oneHot') {
      add(strongestSlot(memberships, image, slotsOfClass[classes[0] as number] ?? []), 1);
      return;
    }
    const massOf = (c: number): number => (label === UNLABELED ? (probabilities[image * classCount + c] as number) : 1);
    const total = classes.reduce((sum, c) => sum + massOf(c), 0);
    memberships.forRow(image, (slot, q) => {
      const c = classOfSlot[slot] as number;
      if (classes.includes(c) && q > 0) add(slot, (massOf(c) / total) * q);
    });
  });
  return { u, w: trust.slice() };
}

function strongestSlot(memberships: SparseRows, image: number, slots: readonly number[]): number {
  return slots.reduce(
    (best, slot) => (memberships.at(image, slot) > memberships.at(image, best) ? slot : best),
    slots[0] ?? 0,
  );
}

/**
 * One condition for training: `u` itself, or, with `hardProbability`, a one-hot slot drawn from it.
 * @param u one row, [S], non-negative with a positive sum
 * @returns a new array, [S]
 */
export function drawCondition(
  u: Float32Array,
  random: Pick<CounterRandom, 'uniform'>,
  hardProbability = 0.5,
): Float32Array {
  if (random.uniform() >= hardProbability) return u.slice();
  let total = 0;
  for (const value of u) total += value;
  let left = random.uniform() * total;
  let chosen = 0;
  for (let s = 0; s < u.length; s += 1) {
    const value = u[s] as number;
    if (value <= 0) continue;
    chosen = s;
    left -= value;
    if (left < 0) break;
  }
  const drawn = new Float32Array(u.length);
  drawn[chosen] = 1;
  return drawn;
}
