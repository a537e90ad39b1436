/**
 * A run that outlives its process: what was known and how far training had come, as plain data that a structured clone takes. Whoever provides a
 * `RunKeeper` is handed it every so often, and a run that is begun again with the same pictures, labels, configuration and CLIP goes on from there.
 */
import type { ClipModel } from '../clip/model';
import { SparseRows } from '../lcp/sparseRows';
import { SnapshotRing, type Snapshot } from '../lcp/snapshots';
import type { RunConfig } from '../shared/config';
import type { StatPoint } from '../shared/domain';
import type { ImportedDataset } from './importDataset';
import type { Knowledge } from './knowledge';
import { emptyMemory, type TrainingMemory } from './trainingMemory';

/** What a run depends on. */
export interface RunIdentity {
  config: RunConfig;
  /** Hash of the CLIP. */
  clip: string;
  /** Hashes of the pictures, in order. */
  pictures: readonly string[];
  /** Class of each, or -1. */
  labels: Int32Array;
}

type Rows = Pick<SparseRows, 'columns' | 'starts' | 'indices' | 'values'>;

/** Knowledge without the features, which are kept by content elsewhere, and with sparse matrices as plain arrays. */
export type KeptKnowledge = Omit<Knowledge, 'features' | 'partition' | 'conditions'> & {
  partition: Omit<Knowledge['partition'], 'memberships'> & { memberships: Rows };
  conditions: Omit<Knowledge['conditions'], 'u'> & { u: Rows };
};

export interface KeptRun {
  /** Raised when the meaning of a field changes; runs of another format are begun anew. */
  format: 1;
  identity: RunIdentity;
  knowledge: KeptKnowledge;
  snapshot: Snapshot;
  history: StatPoint[];
  rollbacks: TrainingMemory['rollbacks'];
  refreshedAt: number;
}

/** Where a run is kept. */
export interface RunKeeper {
  /** Least milliseconds from one `keep` to the next. */
  everyMs: number;
  /** What was last kept, or null. */
  load(): Promise<KeptRun | null>;
  /** Puts `run` in place of what was kept. It must not be changed afterwards. */
  keep(run: KeptRun): Promise<void>;
}

export function identityOf({ hashes, labels }: ImportedDataset, config: RunConfig, { hash }: Pick<ClipModel, 'hash'>): RunIdentity {
  return { config, clip: hash, pictures: hashes, labels };
}

/** The present state of a run that has a snapshot of this very moment. */
export function keptRun(identity: RunIdentity, { features: _, ...knowledge }: Knowledge, snapshot: Snapshot, { history, rollbacks, refreshedAt }: TrainingMemory): KeptRun {
  const { partition, conditions } = knowledge;
  return {
    format: 1,
    identity,
    knowledge: {
      ...knowledge,
      partition: { ...partition, memberships: rowsOf(partition.memberships) },
      conditions: { ...conditions, u: rowsOf(conditions.u) },
    },
    snapshot,
    history: [...history],
    rollbacks: { ...rollbacks },
    refreshedAt,
  };
}

/** Whether `kept` is a state of the very run that is being begun. */
export function isOf(kept: KeptRun, identity: RunIdentity): boolean {
  const plain = ({ labels, ...rest }: RunIdentity): string => JSON.stringify([rest.config, rest.clip, rest.pictures, [...labels]]);
  return kept.format === 1 && plain(kept.identity) === plain(identity);
}

/** @param features of the pictures, unit rows, [N, d] */
export function revivedKnowledge({ knowledge }: KeptRun, features: Float32Array): Knowledge {
  const { partition, conditions } = knowledge;
  return {
    ...knowledge,
    features,
    partition: { ...partition, memberships: revivedRows(partition.memberships) },
    conditions: { ...conditions, u: revivedRows(conditions.u) },
  };
}

export function revivedMemory({ snapshot, history, rollbacks, refreshedAt }: KeptRun): TrainingMemory {
  const snapshots = new SnapshotRing();
  snapshots.add(snapshot);
  return { ...emptyMemory(), snapshots, history: [...history], rollbacks: { ...rollbacks }, refreshedAt };
}

function rowsOf({ columns, starts, indices, values }: SparseRows): Rows {
  return { columns, starts, indices, values };
}

function revivedRows({ columns, starts, indices, values }: Rows): SparseRows {
  return new SparseRows(columns, starts, indices, values);
}
