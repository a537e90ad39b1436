/**
 * What a person wants of the clusters: names at once; locked, merged, split and counted at the next refresh of labels,
 * clusters and prompts, or when asked to. The session keeps it with the run.
 */
import { noEdits, type ClusterEdits } from '../lcp/partition/clusterEdits';
import type { ClusterMap } from '../session/knowledge/clusterMapTypes';
import type { Slot } from '../shared/domain';
import { toErrorInfo } from '../shared/errors';
import type { StudioCore } from './studioCore';

export class ClusterWishes {
  constructor(private readonly core: StudioCore) {}

  /** Pictures, prompts and samples in one plane. @throws StudioError until the classes have been divided */
  async map(): Promise<ClusterMap> {
    const { session } = this.core;
    if (!session) throw new Error('There is no session.');
    return session.clusterMap();
  }

  /** @param name empty takes the name away */
  rename(slot: number, name: string): Promise<void> {
    return this.want((edits) => {
      const others = edits.names.filter((each) => each.slot !== slot);
      const trimmed = name.trim().slice(0, 60);
      return { ...edits, names: trimmed ? [...others, { slot, name: trimmed }] : others };
    });
  }

  /** A locked cluster's centre stays where it is: it is neither merged nor split. */
  lock(slot: number, locked: boolean): Promise<void> {
    return this.want((edits) =>
      locked
        ? { ...withoutShape(edits, [slot]), locked: [...edits.locked.filter((each) => each !== slot), slot] }
        : unlocked(edits, [slot]),
    );
  }

  merge(one: number, other: number): Promise<void> {
    return this.want((edits) => {
      const rest = unlocked(withoutShape(edits, [one, other]), [one, other]);
      return { ...rest, merges: [...rest.merges, [one, other]] };
    });
  }

  split(slot: number): Promise<void> {
    return this.want((edits) => {
      const rest = unlocked(withoutShape(edits, [slot]), [slot]);
      return { ...rest, splits: [...rest.splits, slot] };
    });
  }

  /** So many clusters in a class, instead of what was wanted of single ones there. */
  setCount(classIndex: number, clusters: number, slots: readonly Slot[]): Promise<void> {
    const own = slots.filter((slot) => slot.classIndex === classIndex).map(({ slot }) => slot);
    return this.want((edits) => {
      const rest = edits.counts.filter((each) => each.classIndex !== classIndex);
      const changed = clusters !== own.length;
      return { ...withoutShape(edits, own), counts: changed ? [...rest, { classIndex, clusters }] : rest };
    });
  }

  /** Takes back what waits; names and locks stay. */
  takeBack(): Promise<void> {
    return this.want(({ names, locked }) => ({ ...noEdits, names, locked }));
  }

  /** Does what waits between two iterations, without waiting for the refresh. */
  applyNow(): Promise<void> {
    return this.want((edits) => edits, true);
  }

  private async want(change: (edits: ClusterEdits) => ClusterEdits, now = false): Promise<void> {
    const { session } = this.core;
    if (!session) return;
    await session
      .editClusters({ edits: change(this.core.state.run.clusterEdits), now })
      .catch((error: unknown) => this.core.report(toErrorInfo(error)));
    this.core.flush();
  }
}

/** Without what was wanted of these slots' place among the clusters. */
function withoutShape(edits: ClusterEdits, slots: readonly number[]): ClusterEdits {
  const free = (slot: number): boolean => !slots.includes(slot);
  return { ...edits, merges: edits.merges.filter((pair) => pair.every(free)), splits: edits.splits.filter(free) };
}

const unlocked = (edits: ClusterEdits, slots: readonly number[]): ClusterEdits => ({
  ...edits,
  locked: edits.locked.filter((slot) => !slots.includes(slot)),
});
