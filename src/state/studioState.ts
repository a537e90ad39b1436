/**
 * The whole state that the screens show, as plain data. Curves and sample grids live beside it in `SeriesHistory` and
 * `SampleHistory` (they are large and change in place); their `revision` is mirrored here so that a screen can
 * subscribe to it.
 */
import { defaultClip } from '../clip/model';
import { fileOfImage } from '../data/imageMap';
import type { FolderReading, InterpretOptions } from '../data/interpret';
import type { ReadingWarning } from '../data/warningWords';
import { renewReading, type RenewedReading } from '../data/renewReading';
import type { DroppedFile } from '../data/readDrop';
import type { AdapterInfo, InterruptedRun, SessionState } from '../session/protocol/events';
import { presets, type PresetId, type RunConfig } from '../shared/config';
import type { DatasetSummary } from '../shared/domain';
import type { ErrorInfo } from '../shared/errors';
import type { ImageIndex } from '../shared/indices';
import type { ClipSource } from '../session/protocol/commands';
import { uncorrected, type KeptReading } from './keptReadings';
import type { ClipChoice, EvaluationChoice, KeptChoice } from './ports';
import type { BrokenOff } from './unfinishedReading';
import { initialLabeling, type LabelingState } from './labelingState';
import { emptyLibrary, type LibraryState } from './libraryState';
import { emptyPlayground, type PlaygroundState } from './playgroundState';
import type { Measured } from './speed';
import { initialRun, type Progress, type RunState } from './runState';

export type Stage = 'welcome' | 'review' | 'run';
/** A screen beside the course of things, shown in its place; it changes nothing of it. */
export type Aside = 'runs' | 'playground' | 'labels' | 'checks';
export type SourceKind = 'folder' | 'sample';

export type ClipSelection =
  | { kind: 'manifest'; id: string }
  | {
      kind: 'files';
      files: File[];
      /** Path of each, where they came in folders. */
      paths?: string[];
    };

/** Files, and what was found in them before a person said anything. */
export interface KnownFiles {
  files: readonly DroppedFile[];
  known: InterpretOptions;
}

/** A data set on its way in or already in. A class, so that immer leaves its long lists alone. */
export class Source {
  constructor(
    readonly kind: SourceKind,
    readonly name: string,
    readonly files: readonly DroppedFile[],
    readonly reading: FolderReading,
    /** What the reading was made from, besides the paths; with other corrections it gives another. */
    readonly known: InterpretOptions = {},
    readonly corrected: KeptReading = uncorrected,
    /** Under which corrections are remembered. */
    readonly key: string = '',
    /** Files as they lay in the drop, archives unopened, where names in these could be read otherwise; else null. */
    readonly listed: readonly DroppedFile[] | null = null,
    /** What there was before a person had sheets cut; null where none were. */
    readonly uncut: KnownFiles | null = null,
  ) {}
}

/**
 * What a user is asked before work is given up: other data by a drop, the end of a run, leaving it, starting another,
 * forgetting an interrupted one.
 */
export type Question =
  | { kind: 'drop'; name: string }
  | { kind: 'stop' }
  | { kind: 'close' }
  | { kind: 'start' }
  | { kind: 'forget' };

/** What the page is busy with at a user's request; buttons show it and do not fire twice. */
export type BusyTask = 'start' | 'pause' | 'resume' | 'stop' | 'export' | 'labels';

export interface StudioState {
  stage: Stage;
  /** Shown in place of the stage; null: the stage. */
  aside: Aside | null;
  session: SessionState;
  /** Null until the worker has opened the GPU. */
  adapter: AdapterInfo | null;
  /** A reason why this browser cannot train at all; replaces the whole page. */
  blocked: ErrorInfo | null;
  /** What ended the session or a command; shown as a card with a way on. */
  problem: ErrorInfo | null;
  /** Something that is being read before there is a data set: files found, or bytes of the sample. */
  reading: { kind: SourceKind | 'again'; done: number; total: number } | null;
  source: Source | null;
  /** The reading that was broken off by a reload; null where none was. */
  brokenOff: BrokenOff | null;
  /** What was left out of a drop in which there was no picture at all. */
  leftOut: readonly { path: string; reason: string }[];
  /** What waits for the user's answer; null if nothing. */
  question: Question | null;
  importProgress: Progress | null;
  /**
   * The newest interrupted run, of the open pictures if there is one of them; null if there is none, or nobody knows
   * yet.
   */
  interrupted: InterruptedRun | null;
  /** Pictures of earlier visits that can be opened again without a drop, the newest first. */
  kept: KeptChoice[];
  /** What the session knows the open pictures by; null before they are read. */
  picturesId: string | null;
  dataset: DatasetSummary | null;
  /** The reading with what decoding found out; of use while `dataset` is there. */
  renewed: RenewedReading | null;
  /** For each image of the data set, its position in the reading's items. */
  decoded: Uint32Array | null;
  labeling: LabelingState;
  clipModels: ClipChoice[];
  clip: ClipSelection;
  /** The preset that `config` started from; `config.preset` is `custom` where the two differ. */
  preset: PresetId;
  config: RunConfig;
  /** True once the user chose a preset or changed a field: the default then no longer follows the adapter. */
  configTouched: boolean;
  /** Null until they were asked for. */
  evaluationNetworks: EvaluationChoice[] | null;
  /** The run that is going on or was the last. */
  run: RunState;
  /** The runs that this machine keeps. */
  library: LibraryState;
  playground: PlaygroundState;
  busy: Partial<Record<BusyTask, true>>;
  /** Read out by screen readers: changes with phases and states, not with every tick. */
  announcement: string;
  /** The last thing that was also said in a corner of the page. */
  toast: string;
  online: boolean;
  /** What iterations of presets take on this machine, as far as it is known. */
  speed: Measured;
  /** The preset that is being timed; null where none is. */
  benchmark: PresetId | null;
  /** Bytes of all that this page and its workers have sent anywhere. */
  sentBytes: number;
  /** Whether the whole site is on this machine, so that it opens without a network. */
  keptOffline: boolean;
  /** Whether the end of a run is told by a notification of the system. */
  notify: boolean;
  /** Whether the samples are to be seen by the weights as they are, too. */
  watchRaw: boolean;
}

export function initialState(): StudioState {
  return {
    stage: 'welcome',
    aside: null,
    session: 'booting',
    adapter: null,
    blocked: null,
    problem: null,
    reading: null,
    source: null,
    brokenOff: null,
    leftOut: [],
    question: null,
    importProgress: null,
    interrupted: null,
    kept: [],
    picturesId: null,
    dataset: null,
    renewed: null,
    decoded: null,
    labeling: initialLabeling(),
    clipModels: [],
    clip: { kind: 'manifest', id: defaultClip },
    preset: 'tiny',
    config: presets.tiny,
    configTouched: false,
    evaluationNetworks: null,
    run: initialRun(),
    library: emptyLibrary(),
    playground: emptyPlayground(),
    busy: {},
    announcement: '',
    toast: '',
    online: true,
    speed: {},
    benchmark: null,
    sentBytes: 0,
    keptOffline: false,
    notify: false,
    watchRaw: false,
  };
}

/** The reading after its pictures were decoded. @param decoded position of each decoded picture in the reading's items */
export function renewedBy(source: Source, summary: DatasetSummary, decoded: Uint32Array): RenewedReading {
  const labels = Array.from(decoded, (item) => source.reading.items[item]?.label ?? -1);
  // The sample's makers know.
  const noted = source.kind === 'sample' ? undefined : summary.noted;
  return renewReading(source.reading, {
    broken: summary.broken,
    labels,
    duplicates: summary.duplicates ?? null,
    noted,
    matte: summary.matte,
  });
}

/** What a person is told of the pictures that are open: as read, and once they are decoded, as they are. */
export function readingWarnings(state: Pick<StudioState, 'source' | 'dataset' | 'renewed'>): readonly ReadingWarning[] {
  return (state.dataset ? state.renewed : null)?.warnings ?? state.source?.reading.warnings ?? none;
}
const none: readonly ReadingWarning[] = [];

/** True where something about the pictures stops training. */
export const isBlocked = (state: Pick<StudioState, 'source' | 'dataset' | 'renewed'>): boolean =>
  readingWarnings(state).some(({ blocking }) => blocking);

/** True where the CLIP chosen is the user's own and its files are there. */
export function hasOwnClip({ clip }: Pick<StudioState, 'clip'>): boolean {
  return clip.kind === 'files' && clip.files.length > 0;
}

/** States in which leaving the page loses work that is going on. */
export function isRunning(session: SessionState): boolean {
  return session === 'preparing' || session === 'training' || session === 'paused';
}

/** True when the networks of a run exist, so that they can be exported. */
export function hasNetworks({ session, run }: Pick<StudioState, 'session' | 'run'>): boolean {
  const begun = run.latest !== null || run.samplesRevision > 0;
  return begun && ['training', 'paused', 'finished', 'stopped', 'failed'].includes(session);
}

/** True when leaving the page would lose a run that is going on, or one that was not exported. */
export function wouldLoseWork(state: Pick<StudioState, 'session' | 'run'>): boolean {
  if (isRunning(state.session)) return true;
  return hasNetworks(state) && state.run.exportedKimg !== (state.run.latest?.kimg ?? 0);
}

/** True once CLIP has looked at all pictures in a run that is still there: words can then be compared with them. */
export function canAskClip({ run, session }: Pick<StudioState, 'run' | 'session'>): boolean {
  const stillThere = ['preparing', 'training', 'paused', 'finished', 'stopped', 'failed'].includes(session);
  return run.phases.features === 'done' && stillThere;
}

/** The chosen CLIP as the session takes it. */
export function toClipSource(clip: ClipSelection): ClipSource {
  return clip.kind === 'manifest'
    ? clip
    : {
        kind: 'files',
        files: clip.files.map((file, i) => ({ name: clip.paths?.[i] ?? (file.webkitRelativePath || file.name), file })),
      };
}

/** The file behind an image of the data set, for thumbnails of real pictures. */
export function imageFile(
  { source, decoded }: Pick<StudioState, 'source' | 'decoded'>,
  image: ImageIndex,
): File | undefined {
  return source ? fileOfImage(source.files, source.reading.items, decoded, image)?.file : undefined;
}
