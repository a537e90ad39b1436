/**
 * Labels in JSON: StyleGAN's `dataset.json` (`labels` as pairs, a map or null), COCO (`images`, `annotations`,
 * `categories`), lists of records, maps from file to label, and maps from class to files. Records become a table, so
 * that their fields are understood as columns are.
 */
import { isRecord, type JsonRecord } from '../../shared/record';
import { rowOf, viaRows } from './annotationTools';
import { labelOf, type LabelRow } from './tableLabels';

export type JsonReading =
  | { kind: 'rows'; rows: LabelRow[] }
  /** First row: names of the fields. */
  | { kind: 'table'; table: string[][] }
  /** Names of classes by number or short name. */
  | { kind: 'names'; names: Map<string, string> }
  | { kind: 'none'; why: string | null };

const isText = (value: unknown): value is string => typeof value === 'string';
const isScalar = (value: unknown): value is string | number | null =>
  value === null || isText(value) || typeof value === 'number';
const text = (value: unknown): string => (isText(value) || typeof value === 'number' ? String(value) : '');
const none = (why: string | null = null): JsonReading => ({ kind: 'none', why });
const namesAPicture = (key: string): boolean => /\.[a-z0-9_]{2,9}$/i.test(key) || key.includes('/');

/** Pairs [file, label], as StyleGAN writes them; null without a label. */
function pairs(list: readonly unknown[]): LabelRow[] | null {
  const rows: LabelRow[] = [];
  for (const each of list) {
    if (!Array.isArray(each) || each.length < 2 || !isText(each[0])) return null;
    // A list in place of a number is a one-hot or a continuous label; only the first can be a class.
    const label: unknown = each[1];
    const hot = Array.isArray(label) ? label.indexOf(1) : null;
    rows.push({ key: each[0], label: labelOf(hot === null ? text(label) : hot < 0 ? '' : String(hot)) });
  }
  return rows;
}

function scalarMap(map: JsonRecord): LabelRow[] | null {
  const entries = Object.entries(map);
  if (entries.length === 0 || !entries.every(([, label]) => isScalar(label))) return null;
  return entries.map(([key, label]) => ({ key, label: labelOf(text(label)) }));
}

function filesByClass(map: JsonRecord): LabelRow[] | null {
  const rows: LabelRow[] = [];
  for (const [label, files] of Object.entries(map)) {
    if (!Array.isArray(files) || !files.every(isText)) return null;
    for (const key of files) rows.push({ key, label: labelOf(label) });
  }
  return rows.length > 0 ? rows : null;
}

/** Fields of all records as columns; `{label: {name}}` counts as label. */
function tableOf(list: readonly unknown[]): string[][] | null {
  if (list.length === 0 || !list.every(isRecord)) return null;
  const names = [...new Set(list.slice(0, 1000).flatMap((each) => Object.keys(each)))].slice(0, 200);
  const field = (value: unknown): string => {
    if (Array.isArray(value)) return [...new Set(value.slice(0, 1000).map(field))].join('|');
    if (typeof value === 'boolean') return String(value);
    if (!isRecord(value)) return text(value);
    const { name, displayName, label, path, file_name: file, category, categories } = value;
    return field(name ?? displayName ?? label ?? path ?? file ?? category ?? categories);
  };
  return [names, ...list.map((each) => names.map((name) => field(each[name])))];
}

/** A picture whose annotations agree on one category is of it; of several, of none. */
function coco(json: JsonRecord): LabelRow[] | null {
  const { images, annotations, categories } = json;
  if (!Array.isArray(images) || !Array.isArray(annotations)) return null;
  const names = new Map<string, string>();
  if (Array.isArray(categories))
    for (const each of categories) if (isRecord(each)) names.set(text(each['id']), text(each['name']));
  const categoryOf = new Map<string, Set<string>>();
  for (const each of annotations) {
    if (!isRecord(each)) continue;
    const image = text(each['image_id']);
    const category = text(each['category_id'] ?? each['category'] ?? each['label']);
    const set = categoryOf.get(image) ?? new Set();
    set.add(names.get(category) ?? category);
    categoryOf.set(image, set);
  }
  return images.flatMap((each) => {
    if (!isRecord(each)) return [];
    const key = text(each['file_name'] ?? each['filename'] ?? each['path'] ?? each['coco_url']);
    return key === '' ? [] : [rowOf(key, categoryOf.get(text(each['id'])) ?? new Set())];
  });
}

/** Tasks of Label Studio: a choice that all annotations of a picture share; of several, none. */
function labelStudio(tasks: readonly unknown[]): LabelRow[] | null {
  const list = (value: unknown): JsonRecord[] => (Array.isArray(value) ? value.filter(isRecord) : []);
  const rows = list(tasks).flatMap((task) => {
    const { data, annotations } = task;
    if (!isRecord(data) || !Array.isArray(annotations)) return [];
    const key = Object.values(data).find((value): value is string => isText(value) && namesAPicture(value));
    if (key === undefined) return [];
    const choices = list(annotations)
      .flatMap(({ result }) => list(result))
      .flatMap(({ value }) => (isRecord(value) && Array.isArray(value['choices']) ? value['choices'].map(text) : []));
    return [rowOf(key, new Set(choices))];
  });
  return rows.some(({ label }) => label !== null) ? rows : null;
}

const nameKeys = ['id2label', 'names', 'classes', 'class_names', 'categories'];
/** Whether it has a list of class names beside other things. */
export const holdsNames = (json: unknown): boolean =>
  isRecord(json) && nameKeys.some((key) => key !== 'categories' && classNames(json[key]) !== null);

/** "0": "cat", or "cat": 0, or n01440764: "tench"; also under `id2label` and other usual keys. */
function classNames(json: unknown): Map<string, string> | null {
  if (Array.isArray(json))
    return json.length > 0 && json.every(isText) && !json.some(namesAPicture)
      ? new Map(json.map((name, index) => [String(index), name]))
      : null;
  if (!isRecord(json)) return null;
  for (const key of nameKeys) if (json[key] !== undefined) return classNames(json[key]);
  const entries = Object.entries(json);
  if (entries.length === 0 || entries.some(([key]) => namesAPicture(key))) return null;
  if (entries.every(([, value]) => isText(value))) return new Map(entries.map(([key, name]) => [key, text(name)]));
  if (entries.every(([, value]) => Number.isInteger(value)))
    return new Map(entries.map(([name, index]) => [text(index), name]));
  return null;
}

/** A name for each number, no two alike: of classes, though there may be pictures that are called by numbers. */
function numberedNames(json: JsonRecord): boolean {
  const entries = Object.entries(json);
  const distinct = new Set(entries.map(([, name]) => name)).size === entries.length;
  return entries.length > 1 && distinct && entries.every(([key, name]) => /^\d+$/.test(key) && isText(name));
}

/** @param isClassList whether the file is called like a list of classes */
export function readJsonLabels(json: unknown, isClassList: boolean): JsonReading {
  if (isClassList || (isRecord(json) && numberedNames(json))) {
    const names = classNames(json);
    if (names) return { kind: 'names', names };
  }
  if (Array.isArray(json)) {
    const rows = labelStudio(json) ?? pairs(json);
    if (rows && rows.length > 0) return { kind: 'rows', rows };
    const table = tableOf(json);
    return table ? { kind: 'table', table } : none();
  }
  if (!isRecord(json)) return none();
  if ('labels' in json) {
    const { labels } = json;
    if (labels === null) return none('its "labels" are null: it gives no labels');
    const rows = Array.isArray(labels) ? (pairs(labels) ?? []) : isRecord(labels) ? scalarMap(labels) : null;
    if (rows && rows.length > 0) return { kind: 'rows', rows };
  }
  const found = coco(json) ?? viaRows(json);
  if (found) return { kind: 'rows', rows: found };
  for (const key of ['annotations', 'images', 'data', 'items', 'samples', 'rows', 'files', 'records']) {
    const list = json[key];
    if (!Array.isArray(list)) continue;
    const table = tableOf(list);
    if (table) return { kind: 'table', table };
  }
  const rows = scalarMap(json) ?? filesByClass(json);
  if (rows) return { kind: 'rows', rows };
  const entries = Object.entries(json);
  if (entries.length > 0 && entries.every(([, value]) => isRecord(value)))
    return {
      kind: 'table',
      table: tableOf(entries.map(([key, value]) => ({ file_name: key, ...(value as JsonRecord) }))) ?? [],
    };
  return none();
}
