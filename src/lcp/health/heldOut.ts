/**
 * Reals that the discriminator never sees, so that over-fitting can be told: 5% of the pictures, at least 8, at most
 * 256, only where nobody misses them. Unlabeled pictures are taken where there are enough; of a set that is labeled
 * throughout only where it is twice as large, because a label is worth more. They are compared with as many pictures of
 * the same kind that are trained on. Both follow from the seed alone. Numbers are our own choice.
 */
import { UNLABELED } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import { streams } from '../training/streams';

export const heldOutLimits = { share: 0.05, least: 8, most: 256, unlabeledPool: 160, pool: 320 } as const;

export interface HeldOut {
  /** Image indices in random order: not trained on. */
  heldOut: Uint32Array;
  /** As many that are trained on. */
  trained: Uint32Array;
}

/**
 * @param population image indices that training may use
 * @param labels class of each image of the data set, or -1
 * @returns null where the set is too small to spare any
 */
export function chooseHeldOut(population: Uint32Array, labels: Int32Array, seed: number): HeldOut | null {
  const { share, least, most, unlabeledPool, pool: anyPool } = heldOutLimits;
  const unlabeled = population.filter((image) => labels[image] === UNLABELED);
  const pool = unlabeled.length >= unlabeledPool ? unlabeled : population.length >= anyPool ? population : null;
  if (!pool) return null;
  const count = Math.min(most, Math.max(least, Math.round(share * pool.length)));
  const order = new CounterRandom(seed, streams.heldOut).permutation(pool.length);
  const take = (from: number): Uint32Array =>
    Uint32Array.from(order.subarray(from, from + count), (at) => pool[at] as number);
  return { heldOut: take(0), trained: take(count) };
}
