/**
 * What a person sees of a cluster: the real images that belong to it most, and its share. Exemplars are the honest
 * picture of a prompt (docs/method.md, section 3): learnt vectors need not read as language.
 */
import { UNLABELED } from '../../shared/domain';
import type { SparseRows } from './sparseRows';

export interface ExemplarInput {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  d: number;
  slotsOfClass: readonly (readonly number[])[];
  /** q, [N, S]. */
  memberships: SparseRows;
  /** p(c|x), [N, C]. */
  probabilities: Float32Array;
  labels: Int32Array;
  /** w, [N]. */
  trust: Float32Array;
  /** m_s or any other centre of a slot, [S, d]: breaks ties between equal memberships in favour of typical images. */
  centres: Float32Array;
  /** Most exemplars a slot. */
  count: number;
}

/** Images this alike (cosine of features) are taken for copies of each other; only the better one is shown. */
const copyCosine = 0.9995;

/**
 * Exemplars of each slot: trusted images of its class by q times trust, best first, without copies. Every image stands
 * for its strongest cluster only; a cluster that is no image's strongest is shown by those nearest to it. Slots without
 * trusted images have none.
 */
export function exemplars(input: ExemplarInput): number[][] {
  const { slotsOfClass, labels, trust, probabilities, memberships } = input;
  const classCount = slotsOfClass.length;
  const slotCount = slotsOfClass.reduce((sum, slots) => sum + slots.length, 0);
  const imagesOfClass: number[][] = slotsOfClass.map(() => []);
  labels.forEach((label, image) => {
    if ((trust[image] as number) > 0)
      imagesOfClass[label === UNLABELED ? topIndex(probabilities, image * classCount, classCount) : label]?.push(image);
  });
  const result: number[][] = Array.from({ length: slotCount }, () => []);
  slotsOfClass.forEach((slots, c) => {
    const images = imagesOfClass[c] ?? [];
    const strongest = images.map((image) =>
      slots.reduce(
        (best, s) => (memberships.at(image, s) > memberships.at(image, best) ? s : best),
        slots[0] as number,
      ),
    );
    for (const slot of slots) {
      const own = images.filter((_, i) => strongest[i] === slot);
      result[slot] = bestWithoutCopies(
        input,
        slot,
        own.length > 0 ? own : images,
        (image) => memberships.at(image, slot) * (trust[image] as number),
      );
    }
  });
  return result;
}

function bestWithoutCopies(
  { features, d, centres, count }: ExemplarInput,
  slot: number,
  images: number[],
  scoreOf: (image: number) => number,
): number[] {
  // Memberships are float32: a difference in the last digits is no difference, and typical images go first.
  const ranked = images
    .map((image) => ({
      image,
      score: Math.round(scoreOf(image) * 1e5),
      typical: product(features, image * d, centres, slot * d, d),
    }))
    .toSorted((a, b) => b.score - a.score || b.typical - a.typical || a.image - b.image);
  const chosen: number[] = [];
  for (const { image } of ranked) {
    if (chosen.length >= count) break;
    if (chosen.every((other) => product(features, image * d, features, other * d, d) < copyCosine)) chosen.push(image);
  }
  return chosen;
}

/**
 * Share of each slot in the trusted mass: sum_i w_i u_is over its total, [S], summing to 1 (all zero if nothing is
 * trusted).
 * @param u conditions, [N, S]
 */
export function clusterShares(u: SparseRows, trust: Float32Array): Float64Array {
  const shares = new Float64Array(u.columns);
  let total = 0;
  trust.forEach((w, image) => {
    u.forRow(image, (s, share) => {
      shares[s] = (shares[s] as number) + w * share;
      total += w * share;
    });
  });
  return total > 0 ? shares.map((value) => value / total) : shares;
}

function topIndex(values: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c += 1) if ((values[from + c] as number) > (values[from + best] as number)) best = c;
  return best;
}

function product(a: Float32Array, from: number, b: Float32Array, to: number, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j += 1) sum += (a[from + j] as number) * (b[to + j] as number);
  return sum;
}
