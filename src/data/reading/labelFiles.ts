/**
 * Files that give labels to the pictures beside them: which they are, and what they say. Tables (CSV, TSV, lists), JSON
 * and JSON lines, one small file for each picture (`0001.cls`, `0001.json`, as in WebDataset; boxes of YOLO and Pascal
 * VOC), and lists of class names for labels that are numbers (`classes.txt`, a data card). Formats that are not read are
 * named.
 */
import { readJsonLabels } from './jsonLabels';
import type { PathIndex } from './pathIndex';
import { RowsRefused, rowLimits, rowsOfText } from './rows';
import { labelOf, readTable, type LabelRow } from './tableLabels';
import { decodeText } from './textEncoding';

export interface LabelFile {
  path: string;
  /** Why it gives no labels; null where it does, or is not meant to. */
  problem: string | null;
  rows: LabelRow[];
  names: Map<string, string> | null;
}

const tables = /\.(?:csv|tsv|tab|txt|lst|list|dat)$/i;
const jsons = /\.(?:json|jsonl|ndjson)$/i;
const cards = /(?:^|\/)(?:readme\.md|data(?:set)?\.ya?ml)$/i;
const sidecars = /\.(?:cls|class|label)$/i;
const boxesXml = /\.xml$/i;
const classLists =
  /(?:^|[/_.-])(?:class(?:es)?(?:[_-]?(?:names?|list|labels?|ind(?:ex|ices)|map|dict|id))?|labels?(?:[_-]?(?:names?|map|list))?|names|categor(?:y|ies)|categories[_-]names|id2label|cat[_-]to[_-]name|words|synsets?(?:[_-](?:words|mapping))?|obj|index[_-]to[_-]name|idx2label|wnids?)(?:\.names|\.meta)?\.(?:txt|json|names|csv|tsv)$/i;

export const isLabelFile = (path: string): boolean =>
  tables.test(path) || jsons.test(path) || cards.test(path) || isSidecar(path) || /\.names$/i.test(path);
/** "train", "labels": a table, perhaps, whose ending was lost. */
export const hasNoEnding = (path: string): boolean => /(?:^|\/)[^./]+$/.test(path);
/** One file for one picture: read in numbers, so it has to be small. */
export const isSidecar = (path: string): boolean => sidecars.test(path) || boxesXml.test(path);

export const MAX_SIDECAR_BYTES = 64 * 2 ** 10;

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const nothing = (path: string, problem: string | null = null): LabelFile => ({ path, problem, rows: [], names: null });

/** A label file of one picture is called as the picture is. */
function readSidecar(path: string, text: string): LabelFile {
  const label = labelOf(text.trim().split(/\r\n?|\n/)[0] ?? '');
  return { ...nothing(path), rows: [{ key: path.replace(/\.[^.]*$/, ''), label }] };
}

/**
 * Boxes of the objects in one picture: YOLO's lines "class x y width height", Pascal VOC's XML. A picture whose objects
 * are all of one class is of it; of several, of none. Null where the text is something else.
 */
function readBoxes(path: string, text: string): LabelFile | null {
  const classes = new Set<string>();
  if (boxesXml.test(path)) {
    if (!/<annotation[\s>]/.test(text)) return null;
    for (const object of text.split('<object>').slice(1)) {
      const name = /<name>([^<]{1,300})<\/name>/.exec(object)?.[1];
      if (name !== undefined) classes.add(name);
    }
  } else {
    for (const line of text.split(/\r\n?|\n/)) {
      if (line.trim() === '') continue;
      const box = /^\s*(\d{1,6})(?:\s+-?\d*\.?\d+(?:e-?\d+)?){4,}\s*$/i.exec(line);
      if (!box) return null;
      classes.add(box[1] ?? '');
    }
  }
  if (classes.size === 0) return null;
  const [first = ''] = classes;
  const key = path
    .replace(/\.[^.]*$/, '')
    .replace(/(^|\/)(?:labels|annotations)(?=\/)(?!.*\/(?:labels|annotations)\/)/i, '$1images');
  return { ...nothing(path), rows: [{ key, label: classes.size === 1 ? labelOf(first) : null }] };
}

/** A line a class, by position; or a number or short name before each. */
function namesInLines(text: string): Map<string, string> | null {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.some((line) => line.length > 300)) return null;
  const keyed = lines.map((line) => /^\s*(\d+|n\d{8})[\s,;:]+(\S.*?)\s*$/.exec(line));
  if (keyed.every((parts) => parts !== null)) return new Map(keyed.map((parts) => [parts[1] ?? '', parts[2] ?? '']));
  if (lines.some((line) => /[,;\t]/.test(line))) return null;
  return new Map(lines.map((line, index) => [String(index), line.trim()]));
}

/** Whether the lines begin with numbers or short names of their own. */
const lineKeyed = (text: string): boolean => /^\s*(?:\d+|n\d{8})[\s,;:]+\S/.test(text);

/** Names in a data card: Hugging Face's `class_label: names:`, YOLO's `names:`; nothing else of YAML is read. */
function namesInCard(text: string): Map<string, string> | null {
  const after = /^[ \t]*(?:-[ \t]*)?names:[ \t]*(\[[^\]]*\])?[ \t]*$/m.exec(text.slice(0, 1_000_000));
  if (!after) return null;
  const bare = (name: string): string => name.trim().replaceAll(/^['"]|['"]$/g, '');
  const inline = after[1];
  const list = inline
    ? inline.slice(1, -1).split(',').map(bare)
    : text
        .slice(after.index + after[0].length)
        .split(/\r?\n/)
        .slice(1);
  if (inline) return new Map(list.map((name, index) => [String(index), name]));
  const names = new Map<string, string>();
  for (const line of list) {
    const entry = /^(?:\s*-\s+|\s+-\s*|\s+['"]?(\d+)['"]?\s*:\s*)(.+?)\s*$/.exec(line);
    if (!entry) break;
    names.set(entry[1] ?? String(names.size), bare(entry[2] ?? ''));
  }
  return names.size > 0 ? names : null;
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
  const found = readJsonLabels(json, classLists.test(path));
  if (found.kind === 'names') return { ...nothing(path), names: found.names };
  if (found.kind === 'none') return readOwnJson(path, json) ?? nothing(path, found.why);
  if (found.kind === 'rows') {
    const known = found.rows.some(({ key }) => index.find(key, folderOf(path)) !== null);
    return known ? { ...nothing(path), rows: found.rows } : (readOwnJson(path, json) ?? nothing(path));
  }
  const { rows, problem } = readTable(found.table, index, folderOf(path));
  return { ...nothing(path, problem), rows: rows ?? [] };
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
  if (boxesXml.test(path)) return readBoxes(path, text) ?? nothing(path);
  const boxes = /\.txt$/i.test(path) ? readBoxes(path, text) : null;
  if (boxes && index.find(boxes.rows[0]?.key ?? '', folderOf(path)) !== null) return boxes;
  // "0 cat" in a list of classes is a name, though there may be a picture called 0.
  const keyed = /class|categor|words|synset|names|idx|id2/i.test(path) && classLists.test(path);
  const listed = keyed ? namesInLines(text) : null;
  if (listed && lineKeyed(text)) return { ...nothing(path), names: listed };
  let problem: string | null = null;
  try {
    const table = readTable(rowsOfText(text), index, folderOf(path));
    if (table.rows) return { ...nothing(path), rows: table.rows };
    ({ problem } = table);
  } catch (error) {
    if (!(error instanceof RowsRefused)) throw error;
    return nothing(path, error.message);
  }
  const names = classLists.test(path) ? namesInLines(text) : null;
  return { ...nothing(path, names || hasNoEnding(path) ? null : problem), names };
}
