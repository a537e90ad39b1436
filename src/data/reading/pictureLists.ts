/**
 * Lists of nothing but pictures, a line each: one that is called after a class ("cat.txt", "dog_train.txt") gives it to
 * them where another class has such a list beside it. A list alone may be of anything ("favourites.txt").
 */
import { stemOf } from '../pathParts';
import { folded, isSplitName, isUnlabeledName, isWrapperName, shownName, splitRemainder } from './folderNames';
import { folderOf, type LabelFile } from './labelFile';
import type { PathIndex } from './pathIndex';
import type { LabelRow } from './tableLabels';

const ofNothing =
  /^(?:(?:file|image|img|picture|photo|sample|name)?[ _-]?(?:list|index|paths?|names?|ids?)s?|items?|selected|readme)$/i;

/** Lines that are looked at. */
const looked = 300;
/** The file column of a list is all that it has, and most of it is here. */
function listsPictures(rows: readonly (readonly string[])[], index: PathIndex, folder: string): boolean {
  const some = rows.slice(0, looked);
  const here = some.filter(([key = '']) => index.find(key, folder) !== null).length;
  return here * 10 >= some.length * 9 && rows.every((row) => row.slice(1).every((field) => field === ''));
}

/** Null where it is no list of pictures. */
export function readPictureList(
  path: string,
  rows: readonly (readonly string[])[],
  index: PathIndex,
): Pick<LabelFile, 'problem' | 'rows' | 'form'> | null {
  if (rows.length === 0 || !listsPictures(rows, index, folderOf(path))) return null;
  const stem = stemOf(path);
  if (isSplitName(stem))
    return { problem: 'it says which part of the data set a picture is in, not its class', rows: [] };
  if (isWrapperName(stem) || ofNothing.test(stem)) return { problem: noLabels, rows: [] };
  const label = isUnlabeledName(stem) ? null : splitRemainder(stem) || shownName(stem);
  return { problem: null, rows: rows.map(([key = '']): LabelRow => ({ key, label })), form: 'pictures' };
}

const noLabels = 'it lists pictures, and says nothing of them';

/** Leaves out lists that stand alone. */
export function withoutLoneLists(files: readonly LabelFile[]): readonly LabelFile[] {
  const lists = files.filter(({ form }) => form === 'pictures');
  if (lists.length === 0) return files;
  const classes = new Map<string, Set<string>>();
  for (const { path, rows } of lists) {
    const label = rows[0]?.label ?? null;
    const known = classes.get(folderOf(path)) ?? new Set();
    classes.set(folderOf(path), label === null ? known : known.add(folded(label)));
  }
  return files.map((file) =>
    file.form === 'pictures' && (classes.get(folderOf(file.path))?.size ?? 0) < 2
      ? { ...file, problem: noLabels, rows: [] }
      : file,
  );
}
