/**
 * A run that outlives its process: what was known and how far training had come, as plain data that a structured clone
 * takes. Whoever provides a `RunStore` is handed it every so often, and a run that is begun with the same pictures,
 * labels, configuration and CLIP can go on from there.
 */
import { sha256 } from 'hash-wasm';
import type { SavedLabels } from '../labels/runLabels';
import { SparseRows, type PlainRows } from '../../lcp/partition/sparseRows';
import { SnapshotRing, stateBytes, type Snapshot } from '../../lcp/training/snapshots';
import { imagesPerIteration, restoreConfig, totalIterations, type RunConfig } from '../../shared/config';
import { white, type Matte } from '../../shared/matte';
import type { StatPoint } from '../../shared/domain';
import type { ImportedDataset } from '../run/importDataset';
import type { Knowledge } from '../knowledge/knowledge';
import type { RunTitle } from '../protocol/commands';
import { emptyMemory, type TrainingMemory } from '../training/trainingMemory';

/** One of a run's CLIPs. */
interface ClipIdentity {
  /** In the manifest, or `file:` and the beginning of the hash. */
  id: string;
  /** Of the file that holds its image tower. */
  hash: string;
}

/** What a run depends on. */
export interface RunIdentity {
  config: RunConfig;
  /** What looks at the pictures. */
  clip: ClipIdentity;
  /** What judges samples; absent where that is `clip`, as in all runs that were saved before there could be two. */
  critic?: ClipIdentity;
  /** Names of the classes: prompts end in them. */
  classes: readonly string[];
  /** Hashes of the pictures, in order. */
  pictures: readonly string[];
  /** Class of each as it came with the pictures, or -1: what a person changed since lies in `SavedRun.labels`. */
  labels: Int32Array;
  /** What transparent parts of the pictures are laid over; absent: white. */
  matte?: Matte | undefined;
}

/** What is said of a saved run without reading it. */
export interface AboutRun {
  id: string;
  identity: RunIdentity;
  /** Iterations done, and of how many. */
  iteration: number;
  iterations: number;
  kimg: number;
  /** Milliseconds since the epoch. */
  savedAt: number;
  /** Of its networks and optimizers. */
  bytes: number;
  /** Absent where an earlier version saved it, and on the terminal. */
  title?: RunTitle | undefined;
  /** A person ended it: it goes on where they say so, and is offered nowhere. Absent: it was still under way. */
  stopped?: boolean | undefined;
}

/** Knowledge without the features, which are kept by content elsewhere, and with sparse matrices as plain arrays. */
export type SavedKnowledge = Omit<Knowledge, 'features' | 'partition' | 'conditions'> & {
  partition: Omit<Knowledge['partition'], 'memberships'> & { memberships: PlainRows };
  conditions: Omit<Knowledge['conditions'], 'u'> & { u: PlainRows };
};

export interface SavedRun {
  /** Raised when the meaning of a field changes; runs of another format are begun anew. */
  format: 1;
  about: AboutRun;
  knowledge: SavedKnowledge;
  snapshot: Snapshot;
  history: StatPoint[];
  rollbacks: TrainingMemory['rollbacks'];
  refreshedAt: number;
  /** The newest grid; absent where an earlier version saved it. */
  grid?: TrainingMemory['grid'];
  /** Absent in runs that were saved before labels could be changed: they are those of the drop. */
  labels?: SavedLabels;
}

/** Where runs are saved. */
export interface RunStore {
  /** Least milliseconds from one `save` to the next, apart from those when a run rests or ends. */
  everyMs: number;
  /**
   * Takes a run for this process alone, before it goes on: false where another has it, and both would save over each
   * other.
   */
  claim(id: string): Promise<boolean>;
  /** The runs that may be resumed, newest first. */
  list(): Promise<AboutRun[]>;
  /** Null where it is gone. */
  load(id: string): Promise<SavedRun | null>;
  /** Puts `run` in place of what was saved under its id. It must not be changed afterwards. */
  save(run: SavedRun): Promise<void>;
  /** Says of a saved run whether a person ended it, as `AboutRun.stopped`; of one that is not there, nothing. */
  setStopped(id: string, stopped: boolean): Promise<void>;
  /** Forgetting what is not there is no error. */
  forget(id: string): Promise<void>;
}

/** What pictures are known by from visit to visit: a digest of their contents in their order. */
export function digestOfPictures(hashes: readonly string[]): Promise<string> {
  return sha256(hashes.join('\n'));
}

export function identityOf(
  { hashes, labels, summary, matte }: Pick<ImportedDataset, 'hashes' | 'labels' | 'summary' | 'matte'>,
  config: RunConfig,
  clip: ClipIdentity,
  critic = clip,
): RunIdentity {
  const about = { config, clip: identified(clip), classes: summary.classes, pictures: hashes, labels, matte };
  return critic.id === clip.id ? about : { ...about, critic: identified(critic) };
}

const identified = ({ id, hash }: ClipIdentity): ClipIdentity => ({ id, hash });

/** The present state of a run that has a snapshot of this very moment. @param own what the run is kept under */
export function savedRun(
  own: Pick<AboutRun, 'id' | 'title' | 'stopped'>,
  identity: RunIdentity,
  { features: _, ...knowledge }: Knowledge,
  snapshot: Snapshot,
  { history, rollbacks, refreshedAt, grid }: TrainingMemory,
  labels?: SavedLabels,
): SavedRun {
  const { partition, conditions } = knowledge;
  const { config } = identity;
  const { iteration } = snapshot.trainer;
  return {
    format: 1,
    about: {
      ...own,
      identity,
      iteration,
      iterations: totalIterations(config),
      kimg: (iteration * imagesPerIteration(config)) / 1000,
      savedAt: Date.now(),
      bytes: stateBytes(snapshot.trainer),
    },
    knowledge: {
      ...knowledge,
      partition: { ...partition, memberships: partition.memberships.plain },
      conditions: { ...conditions, u: conditions.u.plain },
    },
    snapshot,
    history: [...history],
    rollbacks: { ...rollbacks },
    refreshedAt,
    grid,
    ...(labels ? { labels } : {}),
  };
}

const labeledPictures = ({ classes, pictures, labels }: Pick<RunIdentity, 'classes' | 'pictures' | 'labels'>): string =>
  JSON.stringify([classes, pictures, [...labels]]);

/** Whether both are of the same pictures under the same labels. */
export function isOfPictures(
  identity: RunIdentity,
  { summary, hashes, labels }: Pick<ImportedDataset, 'hashes' | 'labels' | 'summary'>,
): boolean {
  return labeledPictures(identity) === labeledPictures({ classes: summary.classes, pictures: hashes, labels });
}

/** Whether a run of the one identity goes on as one of the other, whatever judges their samples. */
export function isSame(one: RunIdentity, other: RunIdentity): boolean {
  // Stored by an earlier version of the studio, a configuration may lack a field or have them in another order.
  const settings = ({ config, clip, matte = white }: RunIdentity): string =>
    JSON.stringify([restoreConfig(config), clip.hash, matte]);
  return settings(one) === settings(other) && labeledPictures(one) === labeledPictures(other);
}

/** @param features of the pictures, unit rows, [N, d] */
export function revivedKnowledge({ knowledge }: SavedRun, features: Float32Array): Knowledge {
  const { partition, conditions } = knowledge;
  return {
    ...knowledge,
    features,
    // A run kept before clusters had words, a spread or a history has none.
    cards: knowledge.cards.map((card) => ({
      ...card,
      words: card.words ?? null,
      spread: card.spread ?? null,
      history: card.history ?? [],
    })),
    partition: { ...partition, memberships: SparseRows.of(partition.memberships) },
    conditions: { ...conditions, u: SparseRows.of(conditions.u) },
  };
}

export function revivedMemory({ snapshot, history, rollbacks, refreshedAt }: SavedRun): TrainingMemory {
  const snapshots = new SnapshotRing();
  snapshots.add(snapshot);
  return { ...emptyMemory(), snapshots, history: [...history], rollbacks: { ...rollbacks }, refreshedAt };
}
