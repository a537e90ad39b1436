/**
 * From whatever a person hands over (dropped folders, a picked folder, chosen files, a path on the terminal; archives
 * and arrays among them) to a flat list of files with their paths. Files stay handles to the disk, so 100,000 of them
 * cost little; the page stays responsive, progress is reported, and the whole can be aborted. The list is sorted by
 * path, so that the same folder always gives the same order.
 */
import { StudioError } from '../shared/errors';
import { untilAborted } from '../shared/untilAborted';
import { Breather } from './breathe';
import { sortInTurns } from './sortInTurns';
import type { TextEncoding } from './reading/encodings';
import type { CutNote } from './sheets/cutNote';
import type { SheetCutter } from './sheets/sheetWork';
import { nodeOfEntry, nodeOfHandle, walkTree, type Skipped, type TreeNode, type WalkSink } from './walkTree';

export interface DroppedFile {
  /** Path inside what was dropped, '/'-separated, beginning with the dropped folder's name. */
  path: string;
  file: File;
}

/** What was listed before, to be opened anew. */
export interface Listed {
  listed: readonly DroppedFile[];
}

/** Folders and files that the browser kept hold of (diskHandles.ts). */
export interface Held {
  handles: readonly FileSystemHandle[];
}

export type DropSource = DataTransferItemList | FileSystemDirectoryHandle | FileList | readonly File[] | Listed | Held;

export interface ReadDropOptions {
  signal?: AbortSignal;
  /**
   * Told of everything that is left out while reading: empty and hidden folders, what cannot be read, damaged parts of
   * an archive.
   */
  onSkipped?: (skipped: Skipped) => void;
  /** Of names in archives that are not Unicode; without it, what they look like. */
  encoding?: TextEncoding | undefined;
  /** Told of the encoding that such names were decoded in. */
  onDecoded?: (encoding: TextEncoding) => void;
  /** Cuts sheets of sprites that have an atlas beside them; without it they are pictures like others. */
  cutter?: SheetCutter | undefined;
  /** Told of each sheet that was cut. */
  onCut?: (note: CutNote) => void;
  /** Told of the files as they lie there, archives unopened: `Listed`, once more, with another encoding. */
  onListed?: (files: readonly DroppedFile[]) => void;
}

/** Far above what can be trained on here; a drop this large is a whole disk by mistake. */
export const MAX_FILES = 1_000_000;
const PROGRESS_EVERY = 100;

/** Collects what is found, counts aloud and stops at the limit. */
class Collector implements WalkSink {
  readonly files: DroppedFile[] = [];
  readonly signal: AbortSignal | undefined;
  readonly encoding: TextEncoding | undefined;

  constructor(
    private readonly onProgress: (found: number) => void,
    private readonly options: ReadDropOptions,
  ) {
    this.signal = options.signal;
    this.encoding = options.encoding;
  }

  file(path: string, file: File): void {
    if (this.files.length >= MAX_FILES) throw tooManyFiles();
    this.files.push({ path, file });
    if (this.files.length % PROGRESS_EVERY === 0) this.onProgress(this.files.length);
  }

  skipped(skipped: Skipped): void {
    this.options.onSkipped?.(skipped);
  }

  decoded(encoding: TextEncoding): void {
    this.options.onDecoded?.(encoding);
  }

  cut(note: CutNote): void {
    this.options.onCut?.(note);
  }
}

/**
 * Everything that the source offers right now. The items of a drop are gone after the first await, so this must not
 * wait.
 */
function rootsOf(source: DropSource): { nodes: TreeNode[]; files: readonly DroppedFile[] } {
  if ('listed' in source) return { nodes: [], files: source.listed };
  if ('handles' in source) return { nodes: source.handles.map(nodeOfHandle), files: [] };
  if ('kind' in source) return { nodes: [nodeOfHandle(source)], files: [] };
  const nodes: TreeNode[] = [];
  const files: DroppedFile[] = [];
  for (const each of Array.from<DataTransferItem | File>(source)) {
    if (each instanceof File) {
      files.push({ path: each.webkitRelativePath || each.name, file: each });
    } else if (each.kind === 'file') {
      const entry = each.webkitGetAsEntry();
      const file = entry === null ? each.getAsFile() : null;
      if (entry !== null) nodes.push(nodeOfEntry(entry));
      else if (file !== null) files.push({ path: file.name, file });
    }
  }
  return { nodes, files };
}

/**
 * Lists the files of a drop. `onProgress` gets the number found so far, every now and then and at the end. Must be
 * called in the same task as the drop event. Archives are opened, those inside of folders and of other archives, too;
 * what cannot be opened is skipped with its reason. Throws `StudioError` `too-many-images` (over a million files), or
 * the signal's reason.
 */
export async function readDrop(
  source: DropSource,
  onProgress: (found: number) => void = () => undefined,
  options: ReadDropOptions = {},
): Promise<DroppedFile[]> {
  const { nodes, files } = rootsOf(source);
  return readNodes(nodes, files, onProgress, options);
}

/** The same for what has been made nodes already: a folder of the terminal. */
export async function readNodes(
  nodes: readonly TreeNode[],
  files: readonly DroppedFile[],
  onProgress: (found: number) => void = () => undefined,
  options: ReadDropOptions = {},
): Promise<DroppedFile[]> {
  options.signal?.throwIfAborted();
  const met = new Collector(onProgress, options);
  await walkTree(nodes, met);
  const breather = new Breather();
  for (const { path, file } of files) {
    await breather.breathe();
    options.signal?.throwIfAborted();
    met.file(path, file);
  }
  options.onListed?.(met.files);
  // What opens archives comes once the browser's list of the drop has been read.
  const { openAll } = await import('./importers/openAll');
  const expanded = new Collector(() => undefined, options);
  const { cutter } = options;
  const opening = openAll(met.files, expanded, new Collector(() => undefined, options), cutter);
  const found = await untilAborted(opening, options.signal).finally(() => cutter?.close());
  options.signal?.throwIfAborted();
  onProgress(found.length);
  return sortInTurns(found, (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function tooManyFiles(): StudioError {
  return new StudioError({
    code: 'too-many-images',
    what: `There are more than ${MAX_FILES.toLocaleString('en-US')} files in what you dropped.`,
    why: 'That is more than can be held here, and often a whole disk by mistake.',
    action: 'Drop the folder with the pictures only, or a part of it.',
  });
}
