/**
 * Which column of a table names pictures and which says their class. Headers are taken by what they are usually called
 * ("file_name", "label", ...), but contents decide: the file column is the one whose fields are pictures that are
 * there. Columns of nothing but 0 and 1, one for each class, count as a label, too.
 */
import { shownName } from './folderNames';
import type { PathIndex } from './pathIndex';

/** A label of a picture by what the file calls it; null for one that it says to have none. */
export interface LabelRow {
  key: string;
  label: string | null;
}

export type TableReading = { rows: LabelRow[]; problem: null } | { rows: null; problem: string | null };

const fileHeaders =
  /^(?:file[ _-]?names?|files?|(?:image|img|picture|photo|pic)s?(?:[ _-]?(?:file|name|file[ _-]?name|path|id|link|url))?|paths?|file[ _-]?path|(?:rel|relative)[ _-]?path|filepaths?|fname|ids?|key|uid|uuid|name)$/i;
/** In the order of preference: words before numbers. */
const labelHeaders = [
  /^(?:label|class|category|species|breed|target|object)[ _-]?(?:name|names|text|str|string|title)s?$/i,
  /^(?:text|readable|human)[ _-]?labels?$/i,
  /^(?:labels?|class|class(?:es|_?label)|classification|categor(?:y|ies)|species|breed|diagnosis|dx|ground[ _-]?truth|gt|truth|true[ _-]?(?:class|label)|cls|tags?|annotation)$/i,
  /^(?:target|y|kind|type|group|sub[ _-]?category|article[ _-]?type|genre|style|variety|disease|condition|finding|choices?|character|letter|digit|emotion|expression|annotations?)$/i,
  /^(?:class|category|label|target)[ _-]?(?:id|idx|index|no|number|code)s?$/i,
];

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

/** One column for each class, 1 where a picture is of it. */
function oneHot(header: readonly string[], body: readonly string[][], file: number): number[] | null {
  const columns = header.flatMap((_, column) => {
    if (column === file) return [];
    return body.every((row) => /^[01](?:\.0+)?$/.test(row[column] ?? '')) ? [column] : [];
  });
  return columns.length >= 2 ? columns : null;
}

/** The only column whose fields repeat, where no header says which it is. */
function onlyRepeating(body: readonly string[][], columns: readonly number[]): number | null {
  const repeating = columns.filter((column) => {
    const fields = body.map((row) => row[column] ?? '').filter((field) => field !== '');
    const distinct = new Set(fields).size;
    return distinct >= 1 && distinct * 2 <= Math.max(2, fields.length) && fields.every((field) => field.length < 100);
  });
  const [only] = repeating;
  return repeating.length === 1 && only !== undefined ? only : null;
}

function labelColumn(header: readonly string[] | null, body: readonly string[][], file: number): number | null {
  const width = Math.max(...body.map((row) => row.length), header?.length ?? 0);
  const others = Array.from({ length: width }, (_, column) => column).filter((column) => column !== file);
  if (header) {
    for (const pattern of labelHeaders) {
      const column = others.find((each) => pattern.test((header[each] ?? '').trim()));
      if (column !== undefined && body.some((row) => (row[column] ?? '').length > 0)) return column;
    }
  }
  const [second] = others;
  if (others.length === 1 && second !== undefined && body.every((row) => (row[second] ?? '').length < 100))
    return second;
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
    const share = hits(sample, column, index, folder) + (fileHeaders.test(first[column] ?? '') ? 0.01 : 0);
    if (share > Math.max(best, 0.02)) [file, best] = [column, share];
  }
  if (file < 0) return { rows: null, problem: null };
  const headed = index.find(first[file] ?? '', folder) === null;
  const header = headed ? first : null;
  const body = headed ? rows.slice(1) : rows;
  const hot = header && oneHot(header, sampleOf(body), file);
  const column = labelColumn(header, sampleOf(body), file);
  const named =
    header !== null && column !== null && labelHeaders.some((each) => each.test((header[column] ?? '').trim()));
  if (header && hot && !named) return { rows: hotRows(header, body, file, hot), problem: null };
  if (column === null) {
    const names = header ? `; its columns are ${header.slice(0, 8).join(', ')}` : '';
    return { rows: null, problem: width > 1 ? `none of its columns is known as the label${names}` : null };
  }
  // ImageNet's form: a class, then a box.
  const boxed = /^prediction[ _-]?string$/i.test((header?.[column] ?? '').trim());
  return {
    rows: body.flatMap((row) => {
      const key = row[file] ?? '';
      const field = row[column] ?? '';
      return key === '' ? [] : [{ key, label: labelOf(boxed ? (field.split(/\s/)[0] ?? '') : field) }];
    }),
    problem: null,
  };
}

/** A picture of several classes at once has no label here. */
function hotRows(
  header: readonly string[],
  body: readonly string[][],
  file: number,
  columns: readonly number[],
): LabelRow[] {
  return body.flatMap((row) => {
    const set = columns.filter((column) => Number(row[column]) === 1);
    const [only] = set;
    const label = set.length === 1 && only !== undefined ? labelOf(header[only] ?? '') : null;
    const key = row[file] ?? '';
    return key === '' ? [] : [{ key, label }];
  });
}
