/**
 * Conditions u from memberships (algorithm.md, section 2): u_{c,k} = 1[c = y] q_k for a labeled image; p(c) q_k^(c) over the two most
 * likely classes, renormalised, for an unlabeled one. With probability 1/2 a soft condition is replaced by a one-hot draw from itself, for
 * reals and fakes alike, so that single clusters work as user controls.
 */
import { UNLABELED } from '../shared/domain';
import type { CounterRandom } from '../shared/rng';

/** What `buildConditions` needs of a partition. */
export interface Memberships {
  slotsOfClass: readonly (readonly number[])[];
  /** q, [N, S]; the slots of each considered class sum to 1. */
  memberships: Float32Array;
}

export interface Conditions {
  /** u, [N, S]; rows sum to 1. */
  u: Float32Array;
  /** w, [N]. */
  w: Float32Array;
}

/** Classes whose clusters an image may belong to: its own if labeled, else the two most likely, most likely first. */
export function consideredClasses(probabilities: Float32Array, label: number, image: number, classCount: number): number[] {
  if (label !== UNLABELED) return [label];
  const o = image * classCount;
  let first = 0;
  for (let c = 1; c < classCount; c += 1) if ((probabilities[o + c] as number) > (probabilities[o + first] as number)) first = c;
  let second = -1;
  for (let c = 0; c < classCount; c += 1) {
    if (c !== first && (second < 0 || (probabilities[o + c] as number) > (probabilities[o + second] as number))) second = c;
  }
  return second < 0 ? [first] : [first, second];
}

/**
 * @param probabilities p(c|x), [N, C]
 * @param labels class of each image, or -1
 * @param trust w, [N]
 */
export function buildConditions({ slotsOfClass, memberships }: Memberships, probabilities: Float32Array, labels: Int32Array, trust: Float32Array): Conditions {
  const classCount = slotsOfClass.length;
  const slotCount = slotsOfClass.reduce((sum, slots) => sum + slots.length, 0);
  const u = new Float32Array(labels.length * slotCount);
  labels.forEach((label, image) => {
    const classes = consideredClasses(probabilities, label, image, classCount);
    const mass = classes.map((c) => (label === UNLABELED ? (probabilities[image * classCount + c] as number) : 1));
    const total = mass.reduce((sum, value) => sum + value, 0);
    classes.forEach((c, j) => {
      for (const slot of slotsOfClass[c] ?? []) {
        const at = image * slotCount + slot;
        u[at] = ((mass[j] as number) / total) * (memberships[at] as number);
      }
    });
  });
  return { u, w: trust.slice() };
}

/**
 * One condition for training: `u` itself, or, with `hardProbability`, a one-hot slot drawn from it.
 * @param u one row, [S], non-negative with a positive sum
 * @returns a new array, [S]
 */
export function drawCondition(u: Float32Array, random: Pick<CounterRandom, 'uniform'>, hardProbability = 0.5): Float32Array {
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
