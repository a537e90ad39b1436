/**
 * Labels kept back for an experiment: of a labeled data set, some pictures of each class keep their label and the rest
 * become unlabeled. Which ones is drawn by the seed, so the same call always keeps the same labels.
 */
import { UNLABELED } from '../shared/domain';
import { CounterRandom } from '../shared/rng';

/**
 * What keeps its label: a share of each class (rounded, at least one picture), or a number of pictures of each class
 * (all where there are fewer).
 */
export type Kept = { share: number } | { perClass: number };

/** Stream of the draw; apart from every stream of a run, which shares the seed. */
const STREAM = 0x6b657074;

/**
 * @param labels class of each picture, or `UNLABELED`
 * @returns the labels that stay; all others are `UNLABELED`
 */
export function holdBack(labels: Int32Array, classCount: number, kept: Kept, seed: number): Int32Array<ArrayBuffer> {
  const left = new Int32Array(labels.length).fill(UNLABELED);
  for (let c = 0; c < classCount; c += 1) {
    const members = [...labels.keys()].filter((image) => labels[image] === c);
    const wanted = 'share' in kept ? Math.max(1, Math.round(kept.share * members.length)) : kept.perClass;
    const order = new CounterRandom(seed, STREAM, c).permutation(members.length);
    for (const position of order.subarray(0, wanted)) left[members[position] ?? 0] = c;
  }
  return left;
}

/** In words, for tables: "20%" or "5 a class". */
export function keptInWords(kept: Kept): string {
  return 'share' in kept ? `${Number((100 * kept.share).toFixed(2))}%` : `${kept.perClass} a class`;
}
