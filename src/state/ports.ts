/**
 * What the store needs from the world, as interfaces: the training session, the reading of dropped folders, the list of
 * CLIP models and the saving of a file. The store talks to nothing else, so that tests and the scripted session of the
 * browser tests drive it without a worker, a GPU or React.
 */
import type { FileFacts } from '../data/facts';
import type { FolderReading, InterpretOptions } from '../data/interpret';
import type { KeptSet } from '../data/pictureShelf';
import type { DroppedFile, DropSource } from '../data/readDrop';
import type { TextEncoding } from '../data/reading/encodings';
import type { CutFiles } from '../data/sheets/cutGrids';
import type { CutNote } from '../data/sheets/cutNote';
import type { CellLayout } from '../data/sheets/cellLayout';
import type { CellOffer } from '../data/sheets/offerCells';
import type { KeptReadings } from './keptReadings';
import type { UnfinishedReading } from './unfinishedReading';
import type { KeptRun, KeptTimeline } from '../session/saving/shelfRunStore';
import type { RunRecord } from '../session/saving/runRecord';
import type { TimelineEntry } from '../session/saving/timelineShelf';
import type { SessionPort } from '../session/protocol/client';
import type { TilePacker } from './sampleHistory';

/** An evaluation network as the user chooses from it. */
export interface EvaluationChoice {
  id: string;
  name: string;
  note: string;
  /** Bytes of its file; 0 where there is none to fetch. */
  bytes: number;
  /** True where its file can be had from here; else only the user's own file will do. */
  available: boolean;
  /** SHA-256 of its file; empty where there is none. */
  hash: string;
  /** Name of the pictures that it learnt from, where that is known. */
  trainedOn?: string | undefined;
}

/** Something that was left out while a drop was read, with a plain reason. */
export interface Skipped {
  path: string;
  reason: string;
}

export interface ReadProgress {
  /** Number of files found so far. */
  found: (count: number) => void;
  skipped: (skipped: Skipped) => void;
  /** Told of the encoding that names in an archive were decoded in. */
  decoded: (encoding: TextEncoding) => void;
  /** Told of each sheet of sprites that became pictures. */
  cut: (note: CutNote) => void;
  /** Told of the files as they lie there, archives unopened. */
  listed: (files: readonly DroppedFile[]) => void;
  /** Of names in archives, where a person said it. */
  encoding: TextEncoding | undefined;
  signal: AbortSignal;
}

/** An entry of the CLIP list as the user chooses from it. */
export interface ClipChoice {
  id: string;
  name: string;
  /** What it is good for, one short sentence. */
  description: string;
  /** What else there is to know. */
  more?: string | undefined;
  /** SHA-256 of the file that holds its image tower. */
  hash: string;
  /** Name of the pictures that its image tower learnt from, where that is known. */
  trainedOn?: string | undefined;
  /** Id of the listed CLIP that judges samples in its place; absent where it judges them itself. */
  critic?: string | undefined;
  /** True where it comes with the studio and needs no download. */
  embedded: boolean;
  /** True where it knows so little that another one is offered for real work. */
  standIn?: boolean | undefined;
  /** Bytes of all its files. */
  bytes: number;
  licence: string;
}

/** Something that the studio keeps in this browser. */
export interface StorageItem {
  /**
   * `model:` and the id of a listed CLIP, `file:` and a checksum, `features:` and the beginning of a CLIP's hash, `run:` and its id,
   * `labels:` and the id of a data set, `pictures:` and the id of a set, or `folder:` and the id of one on the disk.
   */
  id: string;
  kind: 'model' | 'features' | 'run' | 'labels' | 'pictures';
  name: string;
  bytes: number;
  /** Milliseconds since the epoch. */
  used: number;
  /** False for a download that has not ended. */
  complete: boolean;
  /** A session holds this run, of this page (as long as that is open) or of another. */
  held?: boolean;
}

export interface StorageReport {
  items: StorageItem[];
  /** What the whole site uses and may use, in bytes; null where the browser does not tell. */
  usedBytes: number | null;
  quotaBytes: number | null;
  /** True where the browser deletes nothing of its own accord. */
  persistent: boolean;
}

export interface StoragePort {
  report(): Promise<StorageReport>;
  remove(id: string): Promise<void>;
  /** Asks the browser to keep everything; true where it agreed. */
  persist(): Promise<boolean>;
}

/** The runs that are kept in this browser. */
export interface RunsPort {
  /** Newest first, those among them that were just deleted. */
  all(): Promise<KeptRun[]>;
  /** Calls `changed` whenever the list has changed, in this tab or another; the result ends that. */
  watch(changed: () => void): () => void;
  /** Null where it is gone. */
  record(id: string): Promise<RunRecord | null>;
  rename(id: string, name: string): Promise<void>;
  /** Marks a run as deleted at a moment, milliseconds since the epoch; null takes that back. */
  mark(id: string, deletedAt: number | null): Promise<void>;
  /** What its timeline showed when it was saved; null where it is gone. */
  timeline(id: string): Promise<KeptTimeline | null>;
  /** Has `entries` kept as its timeline. Rejects where there is no room. */
  keepTimeline(id: string, entries: readonly TimelineEntry[]): Promise<void>;
}

/** Pictures of earlier visits, where the browser has room for them. */
export interface PicturesPort {
  /** The newest first; empty where there is no such storage. */
  list(): Promise<KeptSet[]>;
  /** False where there was no room. */
  keep(set: Omit<KeptSet, 'files' | 'bytes'>, files: readonly DroppedFile[], signal: AbortSignal): Promise<boolean>;
  /** As they were dropped; null where they are gone. */
  files(id: string): Promise<DroppedFile[] | null>;
}

/** A folder on the disk that was dropped or picked, and can be read again without a drop. */
export interface HeldFolder {
  id: string;
  name: string;
  /** Of the data set; null where its reading did not come to its end. */
  pictures: number | null;
  /** Milliseconds since the epoch. */
  savedAt: number;
}

/** Pictures that can be opened without a drop: copies in the browser, or a folder on the disk. */
export interface KeptChoice extends HeldFolder {
  place: 'browser' | 'disk';
}

/** Folders on the disk that the browser keeps hold of, where it does: elsewhere there are none. */
export interface DiskPort {
  /** Of what was dropped or picked, in the same task as that; null where the browser gives no hold of it. */
  hold(source: DropSource): Promise<readonly FileSystemHandle[] | null>;
  /** The newest first. */
  list(): Promise<HeldFolder[]>;
  /** Older ones make room. */
  keep(folder: HeldFolder, handles: readonly FileSystemHandle[]): Promise<void>;
  /** Asks the person for leave to read it, so in the course of a press. */
  open(id: string): Promise<readonly FileSystemHandle[] | 'refused' | 'gone'>;
  remove(id: string): Promise<void>;
}

/** Sheets of many pictures, where no atlas says how they are to be cut. */
export interface SheetsPort {
  /** What few and large pictures may be cut into; null where there are none. */
  offer(files: readonly DroppedFile[], verdicts: FileFacts['verdicts'], signal: AbortSignal): Promise<CellOffer | null>;
  /** Cuts the files of these paths. */
  cut(
    files: readonly DroppedFile[],
    facts: FileFacts,
    sheets: readonly string[],
    cell: CellLayout,
    signal: AbortSignal,
  ): Promise<CutFiles>;
}

export interface StudioPorts {
  createSession(): SessionPort;
  /** Lists the files of a drop. Called in the same task as the drop event. */
  readDrop(source: DropSource, progress: ReadProgress): Promise<DroppedFile[]>;
  /** Looks at the files whose names do not tell what they are, and into label files. */
  factsOf(files: readonly DroppedFile[], signal: AbortSignal): Promise<FileFacts>;
  interpretFolder(paths: readonly string[], options: InterpretOptions): FolderReading | Promise<FolderReading>;
  sheets: SheetsPort;
  /** Corrections of readings, for the next drop of the same folder. */
  keptReadings: KeptReadings;
  /** What was being read when the page was reloaded. */
  unfinishedReading: UnfinishedReading;
  loadSample(onProgress: (doneBytes: number, totalBytes: number) => void): Promise<DroppedFile[]>;
  listClipModels(): Promise<ClipChoice[]>;
  listEvaluationNetworks(): Promise<EvaluationChoice[]>;
  storage: StoragePort;
  pictures: PicturesPort;
  disk: DiskPort;
  /** Small things that are remembered, as localStorage; null where the browser forbids it. */
  memory: Pick<Storage, 'getItem' | 'setItem'> | null;
  /** Packs grids that are no longer the newest; null keeps them as they are. */
  packer: TilePacker | null;
  runs: RunsPort;
  /** Offers bytes to the user as a download. */
  saveFile(name: string, contents: Blob): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `flush` soon, at most once a frame; returns a function that cancels it. */
  schedule(flush: () => void): () => void;
}
