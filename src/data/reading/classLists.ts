/**
 * Names of classes for labels that are numbers or short names, in the many forms in which they lie beside pictures: a
 * line a class, tables of two columns, data cards of Hugging Face and YOLO, label maps of TensorFlow. Each gives a map
 * from what labels say to what they mean; whether it fits is judged where labels are known (fileLabels.ts).
 */

const called =
  /(?:^|[/_.-])(?:class(?:es)?(?:[_-]?(?:names?|list|labels?|ind(?:ex|ices)|map|dict|id|descriptions?))?|labels?(?:[_-]?(?:names?|map|list))?|names|categor(?:y|ies)|categories[_-]names|id2label|cat[_-]to[_-]name|words|synsets?(?:[_-](?:words|mapping))?|obj|index[_-]to[_-]name|idx2label|wnids?)(?:\.names|\.meta)?\.(?:txt|json|names|csv|tsv|pbtxt)$/i;

/** Whether a file is called like a list of classes. */
export const isClassList = (path: string): boolean => called.test(path);

/** Longest name of a class, and most classes, that a list may have. */
const [longest, most] = [300, 200_000];

/** A line a class, by position; or a number or short name before each. */
export function namesInLines(text: string): Map<string, string> | null {
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.length > most || lines.some((line) => line.length > longest)) return null;
  const keyed = lines.map((line) => /^\s*(\d+|n\d{8})[\s,;:]+(\S.*?)\s*$/.exec(line));
  if (keyed.every((parts) => parts !== null)) return new Map(keyed.map((parts) => [parts[1] ?? '', parts[2] ?? '']));
  if (lines.some((line) => /[,;\t]/.test(line))) return null;
  return new Map(lines.map((line, index) => [String(index), line.trim()]));
}

/** Whether the lines begin with numbers or short names of their own. */
export const lineKeyed = (text: string): boolean => /^\s*(?:\d+|n\d{8})[\s,;:]+\S/.test(text);

const idHeader = /^(?:(?:class|label|category|target|item)[ _-]?)?(?:ids?|idx|index|no|num(?:ber)?|code|key|value)$/i;
const nameHeader =
  /^(?:(?:class|label|category|target|display|item|english|readable)[ _-]?)?(?:names?|label|title|desc(?:ription)?|text|meaning)$/i;

const classIdHeader = /^(?:class|label|category|target)[ _-]?(?:ids?|idx|index|no|num(?:ber)?|code|key|value)$/i;
/** Whether a header speaks of classes alone: "class_id,class_name", but not "id,label". */
export const listsClasses = (header: readonly string[]): boolean =>
  namesHeader(header) !== null && header.some((each) => classIdHeader.test(each.trim()));

/** Columns of a table's header that hold a class's number or short name, and its name; null where it has none such. */
export function namesHeader(header: readonly string[]): { id: number; name: number } | null {
  const id = header.findIndex((each) => idHeader.test(each.trim()));
  const name = header.findIndex((each, column) => column !== id && nameHeader.test(each.trim()));
  return id >= 0 && name >= 0 ? { id, name } : null;
}

/** Two columns, or those that the header names: each class once, by what labels say. */
export function namesInTable(rows: readonly (readonly string[])[]): Map<string, string> | null {
  if (rows.length < 2 || rows.length > most) return null;
  const [header = []] = rows;
  const columns = namesHeader(header);
  if (!columns && rows.some(({ length }) => length !== 2)) return null;
  const { id, name } = columns ?? { id: 0, name: 1 };
  const names = new Map<string, string>();
  for (const row of columns ? rows.slice(1) : rows) {
    const [key = '', value = ''] = [row[id]?.trim(), row[name]?.trim()];
    if (key === '' || value === '' || value.length > longest || names.has(key)) return null;
    names.set(key, value);
  }
  return names;
}

/** Names in a data card: Hugging Face's `class_label: names:`, YOLO's `names:`; nothing else of YAML is read. */
export function namesInCard(text: string): Map<string, string> | null {
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

/** TensorFlow's label map: `item { id: 1 name: 'cat' }`. */
export function namesInLabelMap(text: string): Map<string, string> | null {
  const names = new Map<string, string>();
  for (const item of text
    .slice(0, 1_000_000)
    .split(/\bitem\s*\{/)
    .slice(1)) {
    const id = /\bid\s*:\s*(\d{1,9})/.exec(item)?.[1];
    const name = (
      /\bdisplay_name\s*:\s*["']([^"'\n]{1,300})/.exec(item) ?? /\bname\s*:\s*["']([^"'\n]{1,300})/.exec(item)
    )?.[1];
    if (id !== undefined && name !== undefined) names.set(id, name);
  }
  return names.size > 0 ? names : null;
}
