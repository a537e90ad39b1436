/**
 * What happened in a run, and when: marks on its curves and its timeline, and the cluster cards of earlier moments.
 * `markEvent.ts` makes them.
 */
import type { ClusterCard } from '../shared/domain';

export type MarkerKind = 'note' | 'warning' | 'clusters' | 'pause' | 'measured' | 'export';

export interface RunMarker {
  iteration: number;
  kind: MarkerKind;
  /** One short sentence. */
  text: string;
}

/** The cluster cards as they stood from `iteration` on. A class, so that immer leaves the cards alone. */
export class ClusterMoment {
  constructor(
    readonly iteration: number,
    readonly cards: readonly ClusterCard[],
  ) {}
}

/** The cards as they stood at an iteration. @param iteration null for now */
export function clustersAt(
  { clusters, clusterMoments }: { clusters: readonly ClusterCard[]; clusterMoments: readonly ClusterMoment[] },
  iteration: number | null,
): readonly ClusterCard[] {
  if (iteration === null) return clusters;
  return clusterMoments.findLast((moment) => moment.iteration <= iteration)?.cards ?? clusters;
}

/**
 * The cards that the rows of a grid belong to. Where clusters were merged or split at its iteration, it was drawn before,
 * and these have cards of that iteration already.
 * @param rows of the grid: one a cluster
 */
export function clustersOf(
  { clusters, clusterMoments }: { clusters: readonly ClusterCard[]; clusterMoments: readonly ClusterMoment[] },
  iteration: number,
  rows: number,
): readonly ClusterCard[] {
  const found = clusterMoments.findLast(({ iteration: from, cards }) => from <= iteration && cards.length === rows);
  return found?.cards ?? clusters;
}
