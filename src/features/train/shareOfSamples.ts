/** A cluster's share of what the generator draws, from the samples that the health checks have looked at. */
import type { ClusterCard } from '../../shared/domain';
import type { RunState } from '../../state/runState';

export interface ShareOfSamples {
  /** In [0, 1]; null where too few samples can be expected to tell rare from missing. */
  share: number | null;
  /** Samples that look most like this cluster, and as many as would if samples were spread as the pictures are. */
  found: number;
  expected: number;
  /** Samples looked at. */
  of: number;
  /** Fewest expected samples that a share is told by. */
  least: number;
}

const least = 4;

/**
 * Samples are drawn class by class and CLIP mistakes some, so they are held to what real pictures would give in the same
 * way: the share is that of the pictures, times found by expected.
 * @returns null where no samples of these clusters were looked at
 */
export function shareOfSamples(
  { slot, share }: Pick<ClusterCard, 'slot' | 'share'>,
  samples: RunState['clusterSamples'],
): ShareOfSamples | null {
  const [found, expected] = [samples?.observed[slot], samples?.expected[slot]];
  if (!samples || found === undefined || expected === undefined) return null;
  const of = samples.observed.reduce((sum, count) => sum + count, 0);
  return { share: expected < least ? null : (share * found) / expected, found, expected, of, least };
}
