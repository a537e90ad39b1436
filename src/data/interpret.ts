/**
 * Reads a folder's paths as a partly labeled data set. Pure: it looks at names only, never at bytes, so that the page
 * can show how a drop was understood before anything is decoded. Layout: `<class>/**\/picture`; pictures at the root
 * and those under `unlabeled`, `_unlabeled` or `unknown` (any case) have no label; folders that all pictures share are
 * stripped; `train`/`test` splits are merged. Never throws: what stands in the way of training is a warning with
 * `blocking` set, which `blockingError` turns into a `StudioError`.
 */
import { UNLABELED } from '../shared/domain';
import { StudioError } from '../shared/errors';
import { fileIndex, type FileIndex } from '../shared/indices';
import { ignoreReason } from './pictureNames';
import { sentenceOf, warningsOf, type ReadingWarning } from './readingWarnings';

/** How the folders were understood. `splits`: train/test folders were looked through and merged. */
export type FolderLayout = 'empty' | 'flat' | 'folders' | 'splits';

export interface FolderReading {
  /** Class names in natural order ("img2" before "img10"). */
  classes: string[];
  /** One entry for each picture, in the order of the paths: position in `paths`, and position in `classes` or -1. */
  items: { index: FileIndex; label: number }[];
  /** Everything that is left out, with a plain reason. */
  ignored: { path: string; reason: string }[];
  layout: FolderLayout;
  /** The folders that were stripped from every path, '/'-separated, '' if none. */
  root: string;
  labeledPerClass: number[];
  unlabeledCount: number;
  /** E.g. "4 classes, 312 labeled, 5,410 unlabeled". */
  sentence: string;
  warnings: ReadingWarning[];
}

const UNLABELED_FOLDERS = new Set(['unlabeled', '_unlabeled', 'unlabelled', '_unlabelled', 'unknown']);
const SPLIT_FOLDERS = new Set(['train', 'training', 'test', 'testing', 'val', 'valid', 'validation', 'dev', 'eval']);
const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/**
 * Natural order of names; names equal but for case or accents are ordered by code units, so that the order never
 * depends on the input.
 */
export function compareNames(a: string, b: string): number {
  return natural.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Folders of a path, without empty and '.' segments; the last one, the file's name, is left off. */
function foldersOf(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  segments.pop();
  return segments;
}

/** Number of leading folders that every path shares. */
function sharedDepth(all: readonly string[][]): number {
  const first = all[0] ?? [];
  let depth = first.length;
  for (const folders of all) {
    if (folders.length < depth) depth = folders.length;
    for (let i = 0; i < depth; i += 1) {
      if (folders[i] !== first[i]) depth = i;
    }
  }
  return depth;
}

const isUnlabeledFolder = (name: string | undefined): boolean =>
  name !== undefined && UNLABELED_FOLDERS.has(name.trim().toLowerCase());
const isSplitFolder = (name: string | undefined): boolean =>
  name !== undefined && SPLIT_FOLDERS.has(name.trim().toLowerCase());

/**
 * How many leading folders are not part of the meaning. If all pictures lie in one single folder, that folder names
 * their class where it was found inside a dropped folder, and is the data set itself where it was dropped alone.
 */
function rootDepth(all: readonly string[][]): number {
  const shared = sharedDepth(all);
  const single = all.every((folders) => folders.length === shared);
  return single && shared >= 2 ? shared - 1 : shared;
}

/** True where the first folders below the root are nothing but splits of the same classes, each with folders inside. */
function isSplit(all: readonly string[][], depth: number): boolean {
  let found = false;
  for (const folders of all) {
    const first = folders[depth];
    if (first === undefined || isUnlabeledFolder(first)) continue;
    if (!isSplitFolder(first) || folders.length < depth + 2) return false;
    found = true;
  }
  return found;
}

/** Name of the class that a picture lies in, or null for a picture without a label. */
function classOf(folders: string[], depth: number, split: boolean): string | null {
  const first = folders[depth];
  if (first === undefined || isUnlabeledFolder(first)) return null;
  const name = split ? folders[depth + 1] : first;
  return name === undefined || isUnlabeledFolder(name) ? null : name;
}

function labelItems(
  indices: readonly FileIndex[],
  names: readonly (string | null)[],
): Pick<FolderReading, 'classes' | 'items' | 'labeledPerClass' | 'unlabeledCount'> {
  const classes = [...new Set(names.filter((name) => name !== null))].toSorted(compareNames);
  const positions = new Map(classes.map((name, position) => [name, position]));
  const labeledPerClass = classes.map(() => 0);
  let unlabeledCount = 0;
  const items = indices.map((index, i) => {
    const name = names[i] ?? null;
    const label = name === null ? UNLABELED : (positions.get(name) ?? UNLABELED);
    if (label === UNLABELED) unlabeledCount += 1;
    else labeledPerClass[label] = (labeledPerClass[label] ?? 0) + 1;
    return { index, label };
  });
  return { classes, items, labeledPerClass, unlabeledCount };
}

/**
 * Interprets the paths of a dropped folder ('/'-separated, relative, as `readDrop` gives them; a path that ends in '/'
 * is an empty folder). 100,000 paths take a fraction of a second.
 */
export function interpretFolder(paths: readonly string[]): FolderReading {
  const ignored: FolderReading['ignored'] = [];
  const indices: FileIndex[] = [];
  const folders: string[][] = [];
  paths.forEach((path, index) => {
    const reason = ignoreReason(path);
    if (reason !== null) {
      ignored.push({ path, reason });
      return;
    }
    indices.push(fileIndex(index));
    folders.push(foldersOf(path));
  });

  const depth = rootDepth(folders);
  const split = isSplit(folders, depth);
  const labeled = labelItems(
    indices,
    folders.map((each) => classOf(each, depth, split)),
  );
  const layout: FolderLayout =
    indices.length === 0 ? 'empty' : labeled.classes.length === 0 ? 'flat' : split ? 'splits' : 'folders';
  const root = (folders[0] ?? []).slice(0, depth).join('/');
  const counted = { ...labeled, ignored, layout };
  return { ...counted, root, sentence: sentenceOf(counted), warnings: warningsOf(counted) };
}

/** The first thing that makes training impossible, as an error to show; null where training can go ahead. */
export function blockingError(reading: FolderReading): StudioError | null {
  const warning = reading.warnings.find((each) => each.blocking);
  if (warning === undefined) return null;
  const code = warning.code === 'folder-empty' || warning.code === 'no-labels' ? warning.code : 'too-few-images';
  return new StudioError({ code, what: warning.text, why: warning.why, action: warning.action });
}
