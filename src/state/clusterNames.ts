/** What clusters are called: by class and number, and by the name that a person gave them. */
import type { ClusterEdits } from '../lcp/partition/clusterEdits';
import type { Slot } from '../shared/domain';
import { useStudioState } from './studioContext';

type Named = Slot & { className: string };

/** E.g. "cat 1", or "cat 1, “Sitting”" where a person named it. */
export function clusterName(
  { className, cluster }: Pick<Named, 'className' | 'cluster'>,
  given: string | null,
): string {
  return given === null ? `${className} ${cluster + 1}` : `${className} ${cluster + 1}, “${given}”`;
}

/** The name that a person gave a cluster, or null. */
export function givenName({ names }: Pick<ClusterEdits, 'names'>, slot: number): string | null {
  return names.find((each) => each.slot === slot)?.name ?? null;
}

/** Whether slots mean the same clusters in both: those of other moments may have been merged and split since. */
export function sameSlots(
  some: readonly Pick<Slot, 'classIndex'>[],
  others: readonly Pick<Slot, 'classIndex'>[],
): boolean {
  return some.length === others.length && some.every(({ classIndex }, slot) => classIndex === others[slot]?.classIndex);
}

/** The names that a person gave these clusters, by slot; null where there is none. @param cards of any moment */
export function useGivenNames(cards: readonly Slot[]): (slot: number) => string | null {
  const edits = useStudioState((state) => state.run.clusterEdits);
  const now = useStudioState((state) => sameSlots(cards, state.run.clusters));
  return (slot) => (now ? givenName(edits, slot) : null);
}
