/**
 * What label files say, laid over what folders say. A picture that a file names has the file's label, or none where it
 * says so. One that no file names keeps its folder's label where files and folders speak of the same classes, and has
 * none otherwise: its folder is then no class.
 */
import type { FileIndex } from '../../shared/indices';
import { folded, partIn } from './folderNames';
import type { LabelFile } from './labelFile';
import { PathIndex } from './pathIndex';

export interface FileLabelNotes {
  /** Files that gave labels. */
  sources: string[];
  labeled: number;
  /** Rows that name no picture, or several alike. */
  unmatched: number;
  ambiguous: number;
  /** Pictures in which boxes show another class than other label files say: these were believed. */
  boxed: number;
  /** Pictures to which rows give different labels: they have none. */
  contradicting: string[];
  /** Pictures whose folder says another class; the file was believed. */
  otherwise: number;
  /** Pictures that show several classes at once: they have no label. */
  several: number;
  /** Files that class names came from, where labels are numbers or short names. */
  namesFrom: string[];
}

export interface FileLabels {
  /** Null where no file gives labels. */
  labels: (string | null)[];
  /** Files with rows of which none names a picture. */
  useless: string[];
  notes: FileLabelNotes;
}

/** Forms for answers to a competition: their labels mean nothing. */
const isForm = (path: string): boolean => /sample[_ -]?submission|submission[_ -]?(?:format|sample)/i.test(path);

/** Names for class numbers, from lists that know at least four fifths of the values. */
function renaming(
  files: readonly LabelFile[],
  values: ReadonlySet<string>,
): { from: string; names: Map<string, string> } | null {
  if (values.size === 0) return null;
  for (const { path, names: listed, form } of files) {
    if (!listed) continue;
    const names = form === 'lines' && countsFromOne(values, listed.size) ? fromOne(listed) : listed;
    const known = [...values].filter((value) => names.has(value)).length;
    const same = [...values].filter((value) => names.get(value) === value).length;
    if (known * 5 >= values.size * 4 && same < known) return { from: path, names };
  }
  return null;
}

/** Whether labels are numbers of lines, as MATLAB counts them: the last line's is there, and none is 0. */
const countsFromOne = (values: ReadonlySet<string>, lines: number): boolean =>
  values.has(String(lines)) && [...values].every((value) => /^[1-9]\d*$/.test(value) && Number(value) <= lines);

const fromOne = (names: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...names].map(([number, name]) => [String(Number(number) + 1), name]));

/** From a label to what it means. */
interface Renaming {
  from: string[];
  nameOf: (label: string) => string;
}

/** Names may have names in turn: a picture's number, its class's number, its class. */
function renamings(files: readonly LabelFile[], values: ReadonlySet<string>): Renaming {
  const steps: NonNullable<ReturnType<typeof renaming>>[] = [];
  let left = files;
  let known = values;
  for (let step = renaming(left, known); step && steps.length < 3; step = renaming(left, known)) {
    const { from, names } = step;
    steps.push(step);
    left = left.filter(({ path }) => path !== from);
    known = new Set([...known].map((value) => names.get(value) ?? value));
  }
  return {
    from: steps.map(({ from }) => from),
    nameOf: (label) => steps.reduce((name, { names }) => names.get(name) ?? name, label),
  };
}

/** What rows say of each picture, by its position. */
function takeRows(
  files: readonly LabelFile[],
  index: PathIndex,
  pictureAt: ReadonlyMap<number, number>,
  paths: readonly string[],
): {
  said: Map<number, string | null>;
  notes: Omit<FileLabelNotes, 'otherwise' | 'several' | 'namesFrom'>;
  several: ReadonlySet<number>;
  useless: string[];
} {
  const said = new Map<number, string | null>();
  const contradicting = new Set<number>();
  const several = new Set<number>();
  const notes = {
    sources: [] as string[],
    labeled: 0,
    unmatched: 0,
    ambiguous: 0,
    boxed: 0,
    contradicting: [] as string[],
  };
  const useless: string[] = [];
  /** What is labeled as a whole. */
  const whole = new Set<number>();
  const isBoxes = ({ form }: LabelFile): boolean => form === 'boxes';
  // What says something of the whole picture comes first.
  for (const file of [...files.filter((each) => !isBoxes(each)), ...files.filter(isBoxes)]) {
    const { path, rows } = file;
    if (rows.length === 0) continue;
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const part = partIn(path);
    let matched = 0;
    let unmatched = 0;
    for (const { key, label, several: many } of isForm(path) ? [] : rows) {
      const plain = index.find(key, folder);
      const found = plain === 'ambiguous' && part !== null ? index.find(`${part}/${key}`, folder) : plain;
      if (found === 'ambiguous') notes.ambiguous += 1;
      else if (found === null) unmatched += 1;
      else {
        const picture = pictureAt.get(found.index);
        if (picture === undefined) continue;
        matched += 1;
        const before = said.get(picture);
        if (!isBoxes(file)) whole.add(picture);
        else if (before && whole.has(picture)) {
          if (label === null || folded(before) !== folded(label)) notes.boxed += 1;
          continue;
        }
        if (before && label !== null && folded(before) !== folded(label)) contradicting.add(picture);
        if (!before) said.set(picture, label);
        if (many) several.add(picture);
      }
    }
    if (matched === 0) useless.push(path);
    else {
      notes.sources.push(path);
      notes.unmatched += unmatched;
    }
  }
  for (const picture of contradicting) said.set(picture, null);
  const fileOf = new Map([...pictureAt].map(([file, picture]) => [picture, file]));
  notes.contradicting = [...contradicting].map((picture) => paths[fileOf.get(picture) ?? 0] ?? '');
  return { said, notes, useless, several };
}

/** @param left pictures that are left out, such as masks: no row means them */
export function labelsFromFiles(
  paths: readonly string[],
  pictures: readonly FileIndex[],
  byFolder: readonly (string | null)[],
  files: readonly LabelFile[],
  left: ReadonlySet<number>,
): FileLabels | null {
  if (!files.some(({ rows, names }) => rows.length > 0 || names)) return null;
  const pictureAt = new Map<number, number>(
    pictures.flatMap((index, at): [number, number][] => (left.has(at) ? [] : [[index, at]])),
  );
  const index = new PathIndex(paths.map((path, at) => (pictureAt.has(at) ? path : null)));
  const { said, notes, useless, several } = takeRows(files, index, pictureAt, paths);
  const values = new Set([...said.values()].flatMap((label) => (label === null ? [] : [label])));
  const own = renamings(files, values);
  for (const [picture, label] of said) if (label !== null) said.set(picture, own.nameOf(label));
  // Names may be meant for folders, too: "n01440764", or "12".
  const folderValues = new Set(byFolder.flatMap((name) => (name === null ? [] : [name])));
  const theirs = renamings(files, folderValues);
  const folderLabel = byFolder.map((name) => (name === null ? null : theirs.nameOf(name)));
  const spoken = new Set([...said.values()].flatMap((label) => (label === null ? [] : [folded(label)])));
  const agree = spoken.size === 0 || folderLabel.some((name) => name !== null && spoken.has(folded(name)));
  let otherwise = 0;
  const labels = folderLabel.map((name, at) => {
    const label = said.get(at);
    if (label === undefined) return agree ? name : null;
    if (agree && label !== null && name !== null && folded(label) !== folded(name)) otherwise += 1;
    return label;
  });
  const labeled = [...said.values()].filter((label) => label !== null).length;
  const namesFrom = own.from.length > 0 ? own.from : agree ? theirs.from : [];
  const unsaid = [...several].filter((picture) => said.get(picture) === null).length;
  return { labels, useless, notes: { ...notes, labeled, otherwise, several: unsaid, namesFrom } };
}
