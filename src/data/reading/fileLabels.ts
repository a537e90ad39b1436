/**
 * What label files say, laid over what folders say. A picture that a file names has the file's label, or none where it
 * says so. One that no file names keeps its folder's label where files and folders speak of the same classes, and has
 * none otherwise: its folder is then no class.
 */
import type { FileIndex } from '../../shared/indices';
import { folded } from './folderNames';
import type { LabelFile } from './labelFiles';
import { PathIndex } from './pathIndex';

export interface FileLabelNotes {
  /** Files that gave labels. */
  sources: string[];
  labeled: number;
  /** Rows that name no picture, or several alike. */
  unmatched: number;
  ambiguous: number;
  /** Pictures to which rows give different labels: they have none. */
  contradicting: string[];
  /** Pictures whose folder says another class; the file was believed. */
  otherwise: number;
  /** The file that class names came from, where labels are numbers or short names. */
  namesFrom: string | null;
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
  for (const { path, names } of files) {
    if (!names) continue;
    const known = [...values].filter((value) => names.has(value)).length;
    const same = [...values].filter((value) => names.get(value) === value).length;
    if (known * 5 >= values.size * 4 && same < known) return { from: path, names };
  }
  return null;
}

/** Fills `labels`, one entry for each picture. */
function takeRows(
  files: readonly LabelFile[],
  index: PathIndex,
  pictureAt: ReadonlyMap<number, number>,
  paths: readonly string[],
): { said: Map<number, string | null>; notes: Omit<FileLabelNotes, 'otherwise' | 'namesFrom'>; useless: string[] } {
  const said = new Map<number, string | null>();
  const contradicting = new Set<number>();
  const notes = { sources: [] as string[], labeled: 0, unmatched: 0, ambiguous: 0, contradicting: [] as string[] };
  const useless: string[] = [];
  for (const { path, rows } of files) {
    if (rows.length === 0) continue;
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    let matched = 0;
    let unmatched = 0;
    for (const { key, label } of isForm(path) ? [] : rows) {
      const found = index.find(key, folder);
      if (found === 'ambiguous') notes.ambiguous += 1;
      else if (found === null) unmatched += 1;
      else {
        const picture = pictureAt.get(found.index);
        if (picture === undefined) continue;
        matched += 1;
        const before = said.get(picture);
        if (before && label !== null && folded(before) !== folded(label)) contradicting.add(picture);
        if (!before) said.set(picture, label);
      }
    }
    if (matched === 0) useless.push(path);
    else {
      notes.sources.push(path);
      notes.unmatched += unmatched;
    }
  }
  for (const picture of contradicting) said.set(picture, null);
  notes.contradicting = [...contradicting].map((picture) => paths[[...pictureAt.keys()][picture] ?? 0] ?? '');
  return { said, notes, useless };
}

export function labelsFromFiles(
  paths: readonly string[],
  pictures: readonly FileIndex[],
  byFolder: readonly (string | null)[],
  files: readonly LabelFile[],
): FileLabels | null {
  if (!files.some(({ rows, names }) => rows.length > 0 || names)) return null;
  const pictureAt = new Map<number, number>(pictures.map((index, at) => [index, at]));
  const index = new PathIndex(paths.map((path, at) => (pictureAt.has(at) ? path : null)));
  const { said, notes, useless } = takeRows(files, index, pictureAt, paths);
  const values = new Set([...said.values()].flatMap((label) => (label === null ? [] : [label])));
  const own = renaming(files, values);
  for (const [picture, label] of said) if (label !== null) said.set(picture, own?.names.get(label) ?? label);
  // Names may be meant for folders, too: "n01440764", or "12".
  const folderValues = new Set(byFolder.flatMap((name) => (name === null ? [] : [name])));
  const theirs = renaming(files, folderValues);
  const folderLabel = byFolder.map((name) => (name === null ? null : (theirs?.names.get(name) ?? name)));
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
  const namesFrom = (own ?? (agree ? theirs : null))?.from ?? null;
  return { labels, useless, notes: { ...notes, labeled, otherwise, namesFrom } };
}
