/**
 * Reads a folder's paths, and what is known of its files (facts.ts), as a partly labeled data set. Pure: pictures are
 * not looked at, so that the page can show how a drop was understood before anything is decoded. Labels come from label
 * files where there are any, else from folders (reading/layout.ts says which folders are classes), and from file names
 * or from one of the traits in a table where a person asked for that. A person's corrections come before all. Never
 * throws: what stands in the way of training is a warning with `blocking` set, which `blockingError` turns into a
 * `StudioError`.
 */
import { UNLABELED } from '../shared/domain';
import { StudioError } from '../shared/errors';
import { fileIndex, type FileIndex } from '../shared/indices';
import { ignoreReason, pathReason } from './pictureNames';
import { isClassList } from './reading/classLists';
import { joinClasses, type JoinedClasses } from './reading/classNames';
import { labelsFromFiles } from './reading/fileLabels';
import type { LabelFile } from './reading/labelFile';
import { folderTree, readLayout, type Corrections, type FolderRole, type LayoutReading } from './reading/layout';
import { maskFiles } from './reading/maskFiles';
import { labelsInNames, type NameLabels } from './reading/nameLabels';
import { labelByTrait, offerTraits, unusedTraits } from './reading/offerTraits';
import { withoutLoneLists } from './reading/pictureLists';
import type { TextEncoding } from './reading/encodings';
import { sentenceOf, warningsOf, type ReadingNotes } from './readingWarnings';
import type { ReadingWarning } from './warningWords';
import { MAX_PATH } from './safePath';
import type { CutNote } from './sheets/cutNote';
import type { CellOffer } from './sheets/offerCells';

/** How the folders were understood. `splits`: train/test folders were looked through and merged. */
export type FolderLayout = 'empty' | 'flat' | 'folders' | 'splits';

/** Where labels come from. `auto`: label files, else folders. */
export type LabelsFrom = 'auto' | 'folders' | 'names';

/** A folder, or the pictures directly in it ('<path>/*'), and what it was taken for. */
export interface ReadFolderGroup {
  path: string;
  role: Exclude<FolderRole, { as: 'through' }>;
  count: number;
}

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
  /** What each folder was taken for, to be corrected. */
  groups: ReadFolderGroup[];
  /** Labels that are in file names and were not taken; null where there are none. */
  offer: { classes: string[]; labeled: number } | null;
  /** What counts and warnings after decoding are made with. */
  notes: ReadingNotes;
}

export interface InterpretOptions {
  /** For each path: null for a picture, or why it is none; without it, names decide. */
  verdicts?: readonly (string | null)[];
  labelFiles?: readonly LabelFile[];
  /** What was left out before. */
  skipped?: readonly { path: string; reason: string }[];
  corrections?: Corrections;
  labelsFrom?: LabelsFrom;
  /** The trait that a person chose of those that tables tell of: the only source of labels, if a table has it. */
  trait?: string | undefined;
  /** Encodings that names in archives were decoded in. */
  decoded?: readonly TextEncoding[];
  /** Sheets of sprites that became pictures. */
  cut?: readonly CutNote[];
  /** Pictures that may be sheets of many. */
  sheets?: CellOffer | null;
}

const MAX_DEPTH = 64;
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

interface Sorted {
  indices: FileIndex[];
  folders: string[][];
  ignored: FolderReading['ignored'];
}

/** Pictures and the rest. What hides everything, hides nothing: hidden names count below the shared folders only. */
function sortOut(paths: readonly string[], { verdicts, labelFiles = [], skipped = [] }: InterpretOptions): Sorted {
  const isPicture = (at: number, path: string): boolean =>
    verdicts ? verdicts[at] === null : ignoreReason(path, Infinity) === null;
  const shared = sharedDepth(paths.flatMap((path, at) => (isPicture(at, path) ? [foldersOf(path)] : [])));
  const used = new Map(labelFiles.map((file) => [file.path, file]));
  const sort = (hidden: boolean): Sorted => {
    const sorted: Sorted = { indices: [], folders: [], ignored: [...skipped] };
    paths.forEach((path, at) => {
      const reason = reasonOf(path, at, hidden);
      if (reason !== null) {
        if (reason !== '') sorted.ignored.push({ path: path.slice(0, 1000), reason });
        return;
      }
      sorted.indices.push(fileIndex(at));
      sorted.folders.push(foldersOf(path));
    });
    return sorted;
  };
  /** Null for a picture, '' for a file that is used otherwise. */
  const reasonOf = (path: string, at: number, hidden: boolean): string | null => {
    if (path.length > MAX_PATH) return 'its name is longer than a name can be';
    const depth = path.split('/').length;
    if (depth > MAX_DEPTH) return 'nested too deeply';
    const byPath = pathReason(path, shared);
    if (byPath !== null && !(hidden && byPath === 'hidden')) return byPath;
    const labels = used.get(path);
    if (labels?.problem) return `gives no labels: ${labels.problem}`;
    if (labels && (labels.rows.length > 0 || labels.names)) return '';
    if (labels?.traits) return `gives no labels${unusedTraits(labels.traits)}`;
    return verdicts ? (verdicts[at] ?? null) : ignoreReason(path, Infinity);
  };
  const sorted = sort(false);
  return sorted.indices.length === 0 && paths.some(isPictureAt(isPicture)) ? sort(true) : sorted;
}

/** A page about the data set, which nobody expects to be a picture. */
const isCard = (path: string): boolean => /\.(?:md|ya?ml)$/i.test(path);

const isPictureAt =
  (isPicture: (at: number, path: string) => boolean) =>
  (path: string, at: number): boolean =>
    isPicture(at, path);

/** What a level's folders were, in a word. */
function layoutOf(sorted: Sorted, classes: number, layout: LayoutReading): FolderLayout {
  if (sorted.indices.length === 0) return 'empty';
  if (classes === 0) return 'flat';
  return layout.through.some(({ kind }) => kind !== 'shard') ? 'splits' : 'folders';
}

function countsOf(
  indices: readonly FileIndex[],
  names: readonly (string | null)[],
  joined: JoinedClasses,
): Pick<FolderReading, 'classes' | 'items' | 'labeledPerClass' | 'unlabeledCount'> {
  const { classes } = joined;
  const labeledPerClass = classes.map(() => 0);
  let unlabeledCount = 0;
  const items = indices.map((index, at) => {
    const name = names[at] ?? null;
    const label = name === null ? UNLABELED : (joined.indexOf.get(name) ?? UNLABELED);
    if (label === UNLABELED) unlabeledCount += 1;
    else labeledPerClass[label] = (labeledPerClass[label] ?? 0) + 1;
    return { index, label };
  });
  return { classes, items, labeledPerClass, unlabeledCount };
}

export function interpretFolder(paths: readonly string[], given: InterpretOptions = {}): FolderReading {
  const found = withoutLoneLists(given.labelFiles ?? []);
  const traits = offerTraits(found, given.trait);
  const trait = traits?.chosen ?? null;
  const options = { ...given, labelFiles: trait === null ? found : labelByTrait(found, trait) };
  const sorted = sortOut(paths, options);
  const fileNames = sorted.indices.map((index) => (paths[index] ?? '').split('/').pop() ?? '');
  const layout = readLayout(folderTree(sorted.folders, fileNames), options.corrections);

  const byFolder: (string | null)[] = sorted.indices.map(() => null);
  const left = new Set<number>();
  for (const { role, pictures } of layout.groups) {
    for (const picture of pictures) {
      if (role.as === 'class') byFolder[picture] = role.name;
      else if (role.as === 'ignored') left.add(picture);
    }
  }
  const masks = new Set(layout.masks);
  for (const { path, role, pictures } of layout.groups) {
    if (role.as !== 'ignored') continue;
    const reason = masks.has(path) ? 'lies in a folder of masks beside the pictures' : 'left out by you';
    for (const picture of pictures) sorted.ignored.push({ path: paths[sorted.indices[picture] ?? 0] ?? '', reason });
  }

  const maskAt = maskFiles(fileNames.map((name, at) => ({ folder: sorted.folders[at]?.join('/') ?? '', name })));
  for (const at of maskAt) {
    if (left.has(at)) continue;
    left.add(at);
    sorted.ignored.push({ path: paths[sorted.indices[at] ?? 0] ?? '', reason: 'a mask of the picture beside it' });
  }

  const { labelsFrom: from = 'auto', corrections = {} } = options;
  const labelsFrom = trait === null ? from : 'auto';
  const giving = trait === null ? options.labelFiles : options.labelFiles.filter((file) => file.traits);
  const said = labelsFrom === 'auto' ? labelsFromFiles(paths, sorted.indices, byFolder, giving, left) : null;
  const names = said?.labels ?? byFolder;
  for (const each of said?.useless ?? [])
    sorted.ignored.push({ path: each, reason: 'gives no labels: its rows name no picture that is here' });
  sorted.ignored.push(...unusedLists(paths, options, new Set(said?.notes.namesFrom)));
  // One folder that holds everything says nothing that names could contradict.
  const alone = !said?.notes.sources.length && new Set(names.filter((name) => name !== null)).size === 1;
  const isOpen = (at: number): boolean => (alone || names[at] === null) && !left.has(at);
  const inNames = labelsInNames(fileNames.filter((_, at) => isOpen(at)));
  if (labelsFrom === 'names' && inNames) {
    let next = 0;
    names.forEach((_, at) => {
      if (isOpen(at)) names[at] = inNames.labels[next++] ?? null;
    });
  }

  correctFiles(paths, sorted, corrections, names, left);

  const kept = sorted.indices.map((_, at) => at).filter((at) => !left.has(at));
  const keptNames = kept.map((at) => names[at] ?? null);
  const parents = kept.map((at) => sorted.folders[at]?.slice(0, -1).join('/') ?? '');
  const joined = joinClasses(keptNames, parents, compareNames);
  const counted = countsOf(
    kept.map((at) => sorted.indices[at] ?? fileIndex(0)),
    keptNames,
    joined,
  );
  const offer =
    labelsFrom === 'names' || trait !== null
      ? null
      : offerOf(fileNames, left, counted, alone ? inNames : null, said !== null);
  const notes: ReadingNotes = {
    through: layout.through.map(({ name, kind, flat }) => ({ name, kind, flat })),
    masks: layout.masks,
    inside: layout.inside,
    maskFiles: maskAt.size,
    caseJoined: joined.joined,
    decoded: options.decoded ?? [],
    cut: options.cut ?? [],
    sheets: options.sheets ?? null,
    files: said?.notes ?? null,
    offer,
    traits,
  };
  const result = {
    ...counted,
    ignored: sorted.ignored,
    layout: layoutOf(sorted, counted.classes.length, layout),
    root: (sorted.folders[0] ?? []).slice(0, rootDepth(layout, sorted)).join('/'),
    groups: layout.groups.map(({ path, role, pictures }) => ({ path, role, count: pictures.length })),
    offer,
    notes,
  };
  return { ...result, sentence: sentenceOf(result), warnings: warningsOf(result) };
}

/**
 * Labels in names that are worth a question: where there are no others, where all lie in one folder, or where label files
 * say less, of fewer pictures, than the names do.
 */
function offerOf(
  fileNames: readonly string[],
  left: ReadonlySet<number>,
  { classes, labeledPerClass }: Pick<FolderReading, 'classes' | 'labeledPerClass'>,
  alone: NameLabels | null,
  fromFiles: boolean,
): FolderReading['offer'] {
  const all = classes.length === 0 || fromFiles ? labelsInNames(fileNames.filter((_, at) => !left.has(at))) : null;
  const labeled = labeledPerClass.reduce((sum, count) => sum + count, 0);
  const more = all && all.classes.length > classes.length && all.labeled > labeled ? all : null;
  const found = alone ?? more;
  return found && { classes: found.classes, labeled: found.labeled };
}

/** Lists of names that nothing uses; a file that is not called like one is what its content says. */
function unusedLists(
  paths: readonly string[],
  { labelFiles = [], verdicts }: InterpretOptions,
  used: ReadonlySet<string>,
): FolderReading['ignored'] {
  const unused = labelFiles.filter(
    ({ path, names, rows, problem }) => names && rows.length === 0 && !problem && !used.has(path) && !isCard(path),
  );
  const place = new Map(unused.length > 0 ? paths.map((path, at) => [path, at]) : []);
  return unused.map(({ path }) => {
    if (isClassList(path)) return { path, reason: 'a list of names that no label or folder uses' };
    return { path, reason: verdicts?.[place.get(path) ?? -1] ?? 'not a picture' };
  });
}

/** What a person said of single pictures, by their paths; it counts before all else. */
function correctFiles(
  paths: readonly string[],
  sorted: Sorted,
  corrections: Corrections,
  names: (string | null)[],
  left: Set<number>,
): void {
  sorted.indices.forEach((index, at) => {
    const path = paths[index] ?? '';
    const said = Object.hasOwn(corrections, path) ? corrections[path] : undefined;
    if (!said || left.has(at)) return;
    if (said.as === 'class') names[at] = said.name;
    else if (said.as === 'unlabeled') names[at] = null;
    else if (said.as === 'ignored') {
      left.add(at);
      sorted.ignored.push({ path, reason: 'left out by you' });
    }
  });
}

/** Leading folders that all pictures share and that name no class. */
function rootDepth(layout: LayoutReading, { folders }: Sorted): number {
  const shared = sharedDepth(folders);
  const [only] = layout.groups;
  if (layout.groups.length !== 1 || only?.role.as !== 'class') return shared;
  return Math.min(shared, only.path.split('/').length - 1);
}

/** The first thing that makes training impossible, as an error to show; null where training can go ahead. */
export function blockingError(reading: Pick<FolderReading, 'warnings'>): StudioError | null {
  const warning = reading.warnings.find((each) => each.blocking);
  if (warning === undefined) return null;
  const code = warning.code === 'folder-empty' || warning.code === 'no-labels' ? warning.code : 'too-few-images';
  return new StudioError({ code, what: warning.text, why: warning.why, action: warning.action });
}
