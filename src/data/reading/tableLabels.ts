/**
 * Which column of a table names pictures and which says their class. Headers are taken by what they are usually called
 * ("file_name", "label", ...), but contents decide: the file column is the one whose fields are pictures that are
 * there. Columns of nothing but 0 and 1, one for each class, count as a label, too; where most pictures have several of
 * them, they are traits (traits.ts), and where some have, they may be taken for either.
 */
import { folded, isSplitName, shownName } from './folderNames';
import { labelsInNames } from './nameLabels';
import type { PathIndex } from './pathIndex';
import { isFileHeader, isOtherHeader, labelRank } from './tableHeaders';
import { readTraits, type TraitTable } from './traits';

/** A label of a picture by what the file calls it; null for one that it says to have none. */
export interface LabelRow {
  key: string;
  label: string | null;
  /** True where it shows several classes at once, and has no label for that reason. */
  several?: boolean;
}

export type TableReading =
  /** `traits`: columns that were taken for classes, though some pictures have several of them: one may be chosen, too. */
  | { rows: LabelRow[]; problem: null; traits?: TraitTable }
  | { rows: null; problem: string | null }
  /** Columns that a person may choose from. */
  | { rows: null; problem: null; traits: TraitTable };

const noLabel = /^(?:|\?|-1|-1\.0|null|none|nan|n\/?a|unknown|un-?label+ed|no[ _-]label|undefined|nil|-)$/i;

/** A label as a table writes it: null for the many ways to say that there is none. */
export const labelOf = (field: string): string | null => {
  const name = shownName(field);
  return noLabel.test(name) ? null : /^-?\d+\.0+$/.test(name) ? name.replace(/\.0+$/, '') : name;
};

const SAMPLE = 300;

function sampleOf(rows: readonly string[][]): string[][] {
  const step = Math.max(1, Math.floor(rows.length / SAMPLE));
  return rows.filter((_, index) => index % step === 0).slice(0, SAMPLE);
}

/** Share of the rows whose field in this column is a picture. */
function hits(rows: readonly string[][], column: number, index: PathIndex, folder: string): number {
  const found = rows.filter((row) => {
    const field = row[column];
    return field !== undefined && field !== '' && index.find(field, folder) !== null;
  }).length;
  return rows.length === 0 ? 0 : found / rows.length;
}

const isSet = (field: string | undefined): boolean => Number(field) === 1;

/** One column for each class: 1 where a picture is of it; 0, -1 or nothing where it is not, or nobody knows. */
function oneHot(header: readonly string[], body: readonly string[][], file: number): number[] | null {
  const columns = header.flatMap((name, column) => {
    if (column === file || isOtherHeader(name)) return [];
    const fields = body.map((row) => row[column] ?? '');
    if (!fields.every((field) => /^(?:-?[01](?:\.0+)?)?$/.test(field))) return [];
    // 1 and -1 are traits that a picture has or has not; a rare -1 is a doubt.
    const not = fields.filter((field) => field.startsWith('-1')).length;
    if (not > fields.filter((field) => !/^-?1/.test(field)).length) return [];
    return fields.every((field) => /^[01]/.test(field)) || fields.some(isSet) ? [column] : [];
  });
  return columns.length >= 2 ? columns : null;
}

/** Whether most pictures are of one class only: else the columns are traits, not classes. */
function mostAreOfOne(body: readonly string[][], columns: readonly number[]): boolean {
  const counts = body.map((row) => columns.filter((column) => isSet(row[column])).length);
  return counts.filter((count) => count === 1).length >= counts.filter((count) => count > 1).length;
}

const fieldsOf = (body: readonly string[][], column: number): string[] =>
  body.map((row) => row[column] ?? '').filter((field) => field !== '');
const isNumber = (field: string): boolean => field !== '' && !Number.isNaN(Number(field));

/**
 * The only column whose fields repeat, where no header says which it is. Words come before numbers, and words that tell
 * pictures apart before a word that is said of all; a number that is said of all may have a meaning.
 */
function onlyRepeating(body: readonly string[][], columns: readonly number[]): number | null {
  const distinct = (column: number): number => new Set(fieldsOf(body, column)).size;
  const repeating = columns.filter((column) => {
    const fields = fieldsOf(body, column);
    const few = fields.length > 0 && distinct(column) * 2 <= Math.max(2, fields.length);
    return few && fields.every((field) => field.length < 100);
  });
  const words = repeating.filter((column) => !fieldsOf(body, column).every(isNumber));
  const telling = words.filter((column) => distinct(column) > 1);
  for (const some of [words, telling, repeating]) if (some.length === 1) return some[0] ?? null;
  return null;
}

/** Each another one, of several words. */
function areCaptions(fields: readonly string[]): boolean {
  const words = fields.reduce((sum, field) => sum + field.split(/\s+/).length, 0);
  return fields.length >= 5 && new Set(fields).size === fields.length && words >= 3 * fields.length;
}

function labelColumn(header: readonly string[] | null, body: readonly string[][], file: number): number | null {
  const width = Math.max(...body.map((row) => row.length), header?.length ?? 0);
  const nameOf = (column: number): string => header?.[column] ?? '';
  const all = Array.from({ length: width }, (_, column) => column).filter((column) => column !== file);
  if (header) {
    const rankOf = (column: number): number => labelRank(nameOf(column)) ?? Infinity;
    const named = all
      .filter((column) => rankOf(column) < Infinity && fieldsOf(body, column).length > 0)
      .toSorted((a, b) => rankOf(a) - rankOf(b));
    // A column in which all pictures are the same tells nothing apart.
    const telling = named.find((column) => new Set(fieldsOf(body, column)).size > 1);
    if (named[0] !== undefined) return telling ?? named[0];
  }
  const others = all.filter(
    (column) => !isOtherHeader(nameOf(column)) && !fieldsOf(body, column).every((field) => isSplitName(field)),
  );
  const [second] = others;
  if (others.length === 1 && second !== undefined && body.every((row) => (row[second] ?? '').length < 100))
    return areCaptions(fieldsOf(body, second)) ? null : second;
  return onlyRepeating(body, others);
}

/** @param folder where the table lies */
export function readTable(rows: readonly string[][], index: PathIndex, folder: string): TableReading {
  const [first] = rows;
  if (!first || rows.length < 1) return { rows: null, problem: null };
  const sample = sampleOf(rows.length > 1 ? rows.slice(1) : rows);
  const width = Math.max(first.length, ...sample.map((row) => row.length));
  let file = -1;
  let best = 0;
  for (let column = 0; column < Math.min(width, 64); column += 1) {
    const share = hits(sample, column, index, folder) + (isFileHeader(first[column] ?? '') ? 0.01 : 0);
    if (share > Math.max(best, 0.02)) [file, best] = [column, share];
  }
  if (file < 0) return { rows: null, problem: null };
  const headed = index.find(first[file] ?? '', folder) === null;
  const header = headed ? first : null;
  const body = headed ? rows.slice(1) : rows;
  const hot = header && oneHot(header, sampleOf(body), file);
  const column = labelColumn(header, sampleOf(body), file);
  const named = header !== null && column !== null && labelRank(header[column] ?? '') !== null;
  const traitsOf = () => readTraits(rows, sampleOf(body), file, (key) => index.find(key, folder) !== null);
  if (header && hot && !named && mostAreOfOne(sampleOf(body), hot)) {
    const labeled = hotRows(header, body, file, hot);
    const traits = labeled.some(({ several }) => several) ? traitsOf() : null;
    return { rows: labeled, problem: null, ...(traits ? { traits } : {}) };
  }
  const traits = header && !named ? traitsOf() : null;
  if (traits) return { rows: null, problem: null, traits };
  if (column === null) {
    const byName = numbersOfNames(body, file);
    if (byName) return { rows: byName, problem: null };
    const names = header
      ? `; its columns are ${header
          .filter((name) => name !== '')
          .slice(0, 8)
          .join(', ')}`
      : '';
    return { rows: null, problem: width > 1 ? `none of its columns is known as the label${names}` : null };
  }
  // ImageNet's form: a class, then a box.
  const boxed = /^prediction[ _-]?string$/i.test((header?.[column] ?? '').trim());
  const several = severalIn(
    body.map((row) => row[column] ?? ''),
    /s$/i.test(header?.[column]?.trim() ?? ''),
  );
  const labeled = body.flatMap((row): LabelRow[] => {
    const key = row[file] ?? '';
    const field = row[column] ?? '';
    if (key === '') return [];
    if (!boxed && several(field)) return [{ key, label: null, several: true }];
    return [{ key, label: labelOf(boxed ? (field.split(/\s/)[0] ?? '') : field) }];
  });
  if (!header && isMembership(labeled, body, column))
    return { rows: null, problem: 'it says of one class alone which pictures are of it' };
  return { rows: labeled, problem: null };
}

/**
 * Rows of several numbers, of which one tells pictures apart just as their names do ("beagle_12 5 2 3", in which 5 is all
 * beagles and nothing else): what two sources say alike is their class. Null where nothing agrees.
 */
function numbersOfNames(body: readonly string[][], file: number): LabelRow[] | null {
  const named = labelsInNames(body.map((row) => (row[file] ?? '').split(/[/\\]/).pop() ?? ''));
  if (!named || named.labeled < body.length) return null;
  const labels = named.labels.map((label) => folded(label ?? ''));
  const agrees = (column: number): boolean => {
    const pairs = new Set(body.map((row, at) => `${row[column] ?? ''}\0${labels[at] ?? ''}`));
    const numbers = new Set(fieldsOf(body, column));
    return [...numbers].every(isNumber) && pairs.size === numbers.size && pairs.size === named.classes.length;
  };
  if (!(body[0] ?? []).some((_, column) => column !== file && agrees(column))) return null;
  return body.map((row, at) => ({ key: row[file] ?? '', label: named.labels[at] ?? null }));
}

/** A list for one class, as Pascal VOC has them: 1 for its pictures, -1 for the others, 0 for doubtful ones. */
function isMembership(rows: readonly LabelRow[], body: readonly string[][], column: number): boolean {
  const fields = fieldsOf(body, column);
  return rows.length > 0 && fields.includes('-1') && fields.every((field) => ['1', '0', '-1'].includes(field));
}

/**
 * Which fields hold several labels: "Effusion|Mass", or "scab rust" where "scab" and "rust" are labels of other
 * pictures. @param listed whether the column's name is in the plural
 */
function severalIn(fields: readonly string[], listed: boolean): (field: string) => boolean {
  const alone = new Set(fields);
  const all = (parts: readonly string[]): boolean =>
    parts.length > 1 && parts.every((part) => part.trim() !== '' && alone.has(part.trim()));
  return (field) =>
    /^[^|]+(?:\|[^|]+)+$/.test(field) || all(field.split(/[,;]/)) || (listed && all(field.split(/\s+/)));
}

/** A picture of several classes at once has no label here. */
function hotRows(
  header: readonly string[],
  body: readonly string[][],
  file: number,
  columns: readonly number[],
): LabelRow[] {
  return body.flatMap((row) => {
    const set = columns.filter((column) => isSet(row[column]));
    const [only] = set;
    const label = set.length === 1 && only !== undefined ? labelOf(header[only] ?? '') : null;
    const key = row[file] ?? '';
    return key === '' ? [] : [{ key, label, ...(set.length > 1 ? { several: true } : {}) }];
  });
}
