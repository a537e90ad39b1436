/**
 * What of a run's training outlives its GPU: everything that a new GPU needs to go on, and everything that has been
 * shown. All in memory of the CPU.
 */
import type { SampleGrid } from '../../lcp/training/sampling';
import { SnapshotRing } from '../../lcp/training/snapshots';
import type { StatPoint } from '../../shared/domain';
import type { ExportResult } from '../protocol/commands';

export interface TrainingMemory {
  /** All recorded statistics, oldest first. */
  history: StatPoint[];
  readonly snapshots: SnapshotRing;
  rollbacks: {
    total: number;
    /** Since training last got past the iteration where it came apart. */
    inARow: number;
    /** The furthest iteration at which it came apart. */
    furthest: number;
  };
  /** Iteration before which labels, clusters and prompts were last gone through anew; -1 before the first time. */
  refreshedAt: number;
  /** The newest sample grid and the iteration it shows. */
  grid: (SampleGrid & { iteration: number }) | null;
  /** An export set aside for when the GPU can no longer be asked. */
  rescue: ExportResult | null;
  /** Iterations done when the GPU was lost. */
  lostAt: number | null;
}

export function emptyMemory(): TrainingMemory {
  return {
    history: [],
    snapshots: new SnapshotRing(),
    rollbacks: { total: 0, inARow: 0, furthest: -1 },
    refreshedAt: -1,
    grid: null,
    rescue: null,
    lostAt: null,
  };
}
