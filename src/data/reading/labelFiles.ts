/**
 * Files that give labels to the pictures beside them: which they are, and what they say. Tables (CSV, TSV, lists), JSON
 * and JSON lines, one small file for each picture (`0001.cls`, `0001.json`, as in WebDataset), what tools for annotation
 * write (annotationTools.ts), and lists of class names for labels that are numbers (classLists.ts). Formats that are not
 * read are named.
 */
import { boxesRow, cvatRows, isXml, labelMeRow } from './annotationTools';
import {
  isClassList,
  lineKeyed,
  listsClasses,
  namesInCard,
  namesInLabelMap,
  namesInLines,
  namesInTable,
} from './classLists';
import { isSplitName } from './folderNames';
import { holdsNames, readJsonLabels, type JsonReading } from './jsonLabels';
import { folderOf, type LabelFile } from './labelFile';
import type { PathIndex } from './pathIndex';
import { readPictureList } from './pictureLists';
import { RowsRefused, rowLimits, rowsOfText } from './rows';
import { labelOf, readTable, type LabelRow, type TableReading } from './tableLabels';
import { decodeText } from './textEncoding';

const tables = /\.(?:csv|tsv|tab|txt|lst|list|dat)$/i;
const jsons = /\.(?:json|jsonl|ndjson)$/i;
const cards = /(?:^|\/)(?:readme\.md|data(?:set)?\.ya?ml)$/i;
const sidecars = /\.(?:cls|class|label)$/i;
/** CVAT writes one file for all pictures. */
const isCvat = (path: string): boolean => /(?:^|\/)annotations[^/]*\.xml$/i.test(path);
const nameLists = /\.(?:names|pbtxt)$/i;
export const isLabelFile = (path: string): boolean =>
  tables.test(path) || jsons.test(path) || cards.test(path) || isSidecar(path) || isXml(path) || nameLists.test(path);
/** "train", "labels": a table, perhaps, whose ending was lost. */
export const hasNoEnding = (path: string): boolean => /(?:^|\/)[^./]+$/.test(path);
/** One file for one picture: read in numbers, so it has to be small. */
export const isSidecar = (path: string): boolean => sidecars.test(path) || (isXml(path) && !isCvat(path));

export const MAX_SIDECAR_BYTES = 64 * 2 ** 10;

const nothing = (path: string, problem: string | null = null): LabelFile => ({ path, problem, rows: [], names: null });

/** A label file of one picture is called as the picture is. */
function readSidecar(path: string, text: string): LabelFile {
  const label = labelOf(text.trim().split(/\r\n?|\n/)[0] ?? '');
  return { ...nothing(path), rows: [{ key: path.replace(/\.[^.]*$/, ''), label }] };
}

function parseJson(path: string, text: string): unknown {
  if (!/\.(?:jsonl|ndjson)$/i.test(path)) return JSON.parse(text) as unknown;
  return text
    .split(/\r\n?|\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);
}

function readJson(path: string, text: string, index: PathIndex): LabelFile {
  let json: unknown;
  try {
    json = parseJson(path, text);
  } catch {
    return nothing(path, 'it is no whole JSON');
  }
  const own = labelMeRow(json, path.replace(/\.[^.]*$/, ''));
  if (own) return { ...nothing(path), rows: [own] };
  const named = readJsonLabels(json, isClassList(path) || holdsNames(json));
  const names = named.kind === 'names' ? named.names : null;
  const found = names ? readJsonLabels(json, false) : named;
  const labels = readRecords(path, json, found, index);
  if (!names) return labels;
  // A list of names and what they are of may lie in one file.
  return labels.rows.length > 0 ? { ...labels, names } : { ...nothing(path), names };
}

/** What a table says of pictures: labels, traits, or columns that may be either. */
function labelsOf(path: string, table: TableReading): LabelFile | null {
  const traits = 'traits' in table ? table.traits : undefined;
  if (!table.rows && !traits) return null;
  return { ...nothing(path), rows: table.rows ?? [], ...(traits ? { traits } : {}) };
}

/** What a JSON says of pictures. */
function readRecords(path: string, json: unknown, found: JsonReading, index: PathIndex): LabelFile {
  if (found.kind === 'table') {
    const table = readTable(found.table, index, folderOf(path));
    const labeled = labelsOf(path, table);
    if (labeled) return labeled;
    return otherJson(path, json) ?? nothing(path, table.problem);
  }
  if (found.kind === 'rows' && found.rows.some(({ key }) => index.find(key, folderOf(path)) !== null))
    return { ...nothing(path), rows: found.rows };
  return otherJson(path, json) ?? nothing(path, found.kind === 'none' ? found.why : null);
}

/** What a JSON may be whose records name no pictures. */
function otherJson(path: string, json: unknown): LabelFile | null {
  const own = readOwnJson(path, json);
  if (own) return own;
  const names = readJsonLabels(json, true);
  return names.kind === 'names' ? { ...nothing(path), names: names.names } : null;
}

/** A JSON of one picture, as WebDataset keeps it: "0001.json" beside "0001.jpg". */
function readOwnJson(path: string, json: unknown): LabelFile | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null;
  const record = json as Record<string, unknown>;
  for (const key of ['class_name', 'label_name', 'class', 'label', 'category', 'cls']) {
    const value = record[key];
    if (typeof value === 'string' || typeof value === 'number')
      return { ...nothing(path), rows: [{ key: path.replace(/\.[^.]*$/, ''), label: labelOf(String(value)) }] };
  }
  return null;
}

/** Never throws: what cannot be read is a problem, named. */
export function readLabelFile(path: string, bytes: Uint8Array, index: PathIndex): LabelFile {
  if (bytes.length > rowLimits.bytes) return nothing(path, `it is larger than ${rowLimits.bytes / 2 ** 20} MiB`);
  const text = decodeText(bytes).replace(/^\ufeff/, '');
  if (text.includes('\0')) return nothing(path);
  if (sidecars.test(path)) return readSidecar(path, text);
  if (cards.test(path)) return { ...nothing(path), names: namesInCard(text) };
  if (jsons.test(path)) return readJson(path, text, index);
  if (isXml(path)) {
    const row = boxesRow(path, text);
    return row ? { ...nothing(path), rows: [row], form: 'boxes' } : { ...nothing(path), rows: cvatRows(text) ?? [] };
  }
  if (/\.pbtxt$/i.test(path)) return { ...nothing(path), names: namesInLabelMap(text) };
  const boxes = /\.txt$/i.test(path) ? boxesRow(path, text) : null;
  if (boxes && index.find(boxes.key, folderOf(path)) !== null)
    return { ...nothing(path), rows: [boxes], form: 'boxes' };
  return readRows(path, text, index);
}

/** A table or a list. */
function readRows(path: string, text: string, index: PathIndex): LabelFile {
  // "0 cat" in a list of classes is a name, though there may be a picture called 0.
  const keyed = /class|categor|words|synset|names|idx|id2/i.test(path) && isClassList(path);
  const listed = keyed && lineKeyed(text) ? namesInLines(text) : null;
  if (listed) return { ...nothing(path), names: listed };
  let rows: string[][];
  try {
    rows = rowsOfText(text);
  } catch (error) {
    if (!(error instanceof RowsRefused)) throw error;
    return nothing(path, error.message);
  }
  if (isClassList(path) && listsClasses(rows[0] ?? [])) {
    const names = namesInTable(rows);
    if (names) return { ...nothing(path), names };
  }
  if ((rows[0] ?? []).some((each) => /^(?:pixels?|px)[ _-]?[\dx]*$/i.test(each)))
    return nothing(
      path,
      'it holds pictures as numbers, which are not read here; save them as PNG, or as arrays in .npz',
    );
  const list = isClassList(path) ? null : readPictureList(path, rows, index);
  if (list) return { ...nothing(path), ...list };
  const table = readTable(rows, index, folderOf(path));
  if (table.rows && tellsParts(path, table.rows))
    return nothing(path, 'it says which part of the data set a picture is in, not its class');
  const labeled = labelsOf(path, table);
  if (labeled) return labeled;
  const lines = isClassList(path) ? namesInLines(text) : null;
  if (lines) return { ...nothing(path), names: lines, ...(lineKeyed(text) ? {} : { form: 'lines' }) };
  const names = partsOf.test(path) || table.problem !== null ? null : namesInTable(rows);
  return { ...nothing(path, names || hasNoEnding(path) ? null : table.problem), names };
}

const partsOf = /(?:split|partition|folds?)[^/]*$/i;

/** "train_test_split.txt", "list_eval_partition.csv": a number or a part's name for each picture. */
function tellsParts(path: string, rows: readonly LabelRow[]): boolean {
  return (
    partsOf.test(path) && rows.every(({ label }) => label === null || /^\d{1,2}$/.test(label) || isSplitName(label))
  );
}
