/**
 * The whole state that the screens show, as plain data. Curves and sample grids live beside it in `SeriesHistory` and
 * `SampleHistory` (they are large and change in place); their `revision` is mirrored here so that a screen can
 * subscribe to it.
 */
import { fileOfImage } from '../data/imageMap';
import type { FolderReading } from '../data/interpret';
import type { AdapterInfo, EventOf, LeftRun, PhaseId, SessionState } from '../session/protocol/protocol';
import { phaseIds } from '../session/protocol/protocol';
import type { HealthFinding } from '../lcp/health/health';
import type { PresetId, RunConfig } from '../shared/config';
import { presets } from '../shared/config';
import type { ClusterCard, DatasetSummary, LabelInferenceSummary, StatPoint } from '../shared/domain';
import type { ErrorInfo } from '../shared/errors';
import type { ImageIndex } from '../shared/indices';
import type { Evaluation } from '../session/evaluation/evaluation';
import type { TextScores } from '../session/clip/textScores';
import type { DroppedFile } from '../data/readDrop';
import type { ClipChoice, EvaluationChoice, Skipped } from './ports';

export type Stage = 'welcome' | 'review' | 'run';
export type SourceKind = 'folder' | 'sample';

export interface Progress {
  label: string;
  done: number;
  /** 0 where the total is not known. */
  total: number;
  unit: EventOf<'progress'>['unit'];
  secondsLeft: number | null;
}

export type PhaseStatus = 'waiting' | 'active' | 'done';

export interface Notice {
  id: number;
  tone: 'info' | 'warning';
  code: string;
  text: string;
  action: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export type ClipSelection = { kind: 'manifest'; id: string } | { kind: 'files'; files: File[] };

/** A data set on its way in or already in. A class, so that immer leaves its long lists alone. */
export class Source {
  constructor(
    readonly kind: SourceKind,
    readonly name: string,
    readonly files: readonly DroppedFile[],
    readonly reading: FolderReading,
    /** Left out before names were looked at: empty folders, what could not be opened. */
    readonly skipped: readonly Skipped[] = [],
  ) {}
}

/**
 * The samples of the nearest pairs of a measurement, tile after tile. A class, so that immer leaves the bytes alone.
 */
export class CopyTiles {
  constructor(
    readonly size: number,
    readonly rgba: Uint8ClampedArray<ArrayBuffer>,
  ) {}
}

/**
 * What a user is asked before work is given up: other data by a drop, the end of a run, leaving it, starting another,
 * forgetting one that was left.
 */
export type Question =
  | { kind: 'drop'; name: string }
  | { kind: 'stop' }
  | { kind: 'close' }
  | { kind: 'start' }
  | { kind: 'forget' };

/** What the page is busy with at a user's request; buttons show it and do not fire twice. */
export type BusyTask = 'start' | 'pause' | 'resume' | 'stop' | 'export';

export interface StudioState {
  stage: Stage;
  session: SessionState;
  /** Null until the worker has opened the GPU. */
  adapter: AdapterInfo | null;
  /** A reason why this browser cannot train at all; replaces the whole page. */
  blocked: ErrorInfo | null;
  /** What ended the session or a command; shown as a card with a way on. */
  problem: ErrorInfo | null;
  /** Something that is being read before there is a data set: files found, or bytes of the sample. */
  reading: { kind: SourceKind; done: number; total: number } | null;
  source: Source | null;
  /** What waits for the user's answer; null if nothing. */
  question: Question | null;
  importProgress: Progress | null;
  /**
   * The newest run that was left, of the open pictures if there is one of them; null if there is none, or nobody knows
   * yet.
   */
  left: LeftRun | null;
  dataset: DatasetSummary | null;
  /** For each image of the data set, its position in the reading's items. */
  kept: Uint32Array | null;
  clipModels: ClipChoice[];
  clip: ClipSelection;
  /** The preset that `config` started from; `config.preset` is `custom` where the two differ. */
  preset: PresetId;
  config: RunConfig;
  /** True once the user chose a preset or changed a field: the default then no longer follows the adapter. */
  configTouched: boolean;
  phases: Record<PhaseId, PhaseStatus>;
  phase: PhaseId | null;
  progress: Progress | null;
  latest: StatPoint | null;
  labels: LabelInferenceSummary | null;
  clusters: ClusterCard[];
  clusterRevision: number;
  notices: Notice[];
  /** The health checks in their order; empty before a run. */
  health: HealthFinding[];
  /** Null until they were asked for. */
  evaluationNetworks: EvaluationChoice[] | null;
  /** Measurements of this run, oldest first, and the samples that the newest shows. */
  evaluations: Evaluation[];
  copyTiles: CopyTiles | null;
  /** The measurement that is going on. */
  measuring: { label: string; done: number } | null;
  /** Why the last measurement did not come to its end. */
  measureProblem: ErrorInfo | null;
  /** The words that CLIP is being asked about; null where it is not. */
  asking: readonly string[] | null;
  /** Its last answer about these pictures. */
  scores: TextScores | null;
  /** Why the last question had no answer. */
  askProblem: ErrorInfo | null;
  seriesRevision: number;
  samplesRevision: number;
  /** When the run was started, milliseconds since the epoch; null before. */
  startedAt: number | null;
  /** Kimg of the last export of this run; null where there was none. */
  exportedKimg: number | null;
  busy: Partial<Record<BusyTask, true>>;
  /** Read out by screen readers: changes with phases and states, not with every tick. */
  announcement: string;
  online: boolean;
}

export const noPhases: Record<PhaseId, PhaseStatus> = {
  clip: 'waiting',
  features: 'waiting',
  labels: 'waiting',
  partition: 'waiting',
  prompts: 'waiting',
  compile: 'waiting',
  train: 'waiting',
};

export const phaseNames: Record<PhaseId, string> = {
  clip: 'Load CLIP',
  features: 'Read features',
  labels: 'Infer labels',
  partition: 'Find clusters',
  prompts: 'Learn prompts',
  compile: 'Prepare GPU',
  train: 'Train',
};

export function initialState(): StudioState {
  return {
    stage: 'welcome',
    session: 'booting',
    adapter: null,
    blocked: null,
    problem: null,
    reading: null,
    source: null,
    question: null,
    importProgress: null,
    left: null,
    dataset: null,
    kept: null,
    clipModels: [],
    clip: { kind: 'manifest', id: 'clip-nano' },
    preset: 'tiny',
    config: presets.tiny,
    configTouched: false,
    phases: { ...noPhases },
    phase: null,
    progress: null,
    latest: null,
    labels: null,
    clusters: [],
    clusterRevision: 0,
    notices: [],
    health: [],
    evaluationNetworks: null,
    evaluations: [],
    copyTiles: null,
    measuring: null,
    measureProblem: null,
    asking: null,
    scores: null,
    askProblem: null,
    seriesRevision: 0,
    samplesRevision: 0,
    startedAt: null,
    exportedKimg: null,
    busy: {},
    announcement: '',
    online: true,
  };
}

/** True where the CLIP chosen is the user's own and its files are there. */
export function hasOwnClip({ clip }: Pick<StudioState, 'clip'>): boolean {
  return clip.kind === 'files' && clip.files.length > 0;
}

/** States in which leaving the page loses work that is going on. */
export function isRunning(session: SessionState): boolean {
  return session === 'preparing' || session === 'training' || session === 'paused';
}

/** True when the networks of a run exist, so that they can be exported. */
export function hasNetworks(state: Pick<StudioState, 'session' | 'latest' | 'samplesRevision'>): boolean {
  const begun = state.latest !== null || state.samplesRevision > 0;
  return begun && ['training', 'paused', 'finished', 'stopped', 'failed'].includes(state.session);
}

/** True once CLIP has looked at all pictures in a run that is still there: words can then be compared with them. */
export function canAskClip({ phases, session }: Pick<StudioState, 'phases' | 'session'>): boolean {
  return (
    phases.features === 'done' && ['preparing', 'training', 'paused', 'finished', 'stopped', 'failed'].includes(session)
  );
}

/** The phases before `phase` in the order of a run. */
export function phasesBefore(phase: PhaseId): readonly PhaseId[] {
  return phaseIds.slice(0, phaseIds.indexOf(phase));
}

/** The file behind an image of the data set, for thumbnails of real pictures. */
export function imageFile({ source, kept }: Pick<StudioState, 'source' | 'kept'>, image: ImageIndex): File | undefined {
  return source ? fileOfImage(source.files, source.reading.items, kept, image)?.file : undefined;
}
