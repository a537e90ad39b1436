/**
 * Labels to take away: a table with a line a picture, or a zip of the pictures in a folder for each class, which can be
 * dropped here again (or anywhere that takes folders for classes).
 */
import { downloadZip } from 'client-zip';
import { fileOfItem, itemOfImage } from '../data/imageMap';
import { writeCsv } from '../formats/csv';
import { IGNORED } from '../lcp/labels/labelBook';
import { UNLABELED } from '../shared/domain';
import { imageIndex } from '../shared/indices';
import type { StudioState } from './studioState';

export interface LabelExport {
  kind: 'csv' | 'folders';
  /** Labels that were inferred, too, from this confidence on; null: none of them. */
  inferredFrom: number | null;
}

interface Line {
  path: string;
  file: File;
  /** Null without a label. */
  label: string | null;
  from: 'given' | 'fixed' | 'inferred' | 'none' | 'ignored';
  confidence: number | null;
}

type Labeled = Pick<StudioState, 'labeling' | 'source' | 'decoded'>;

/** Every picture with its label, in the order of the pictures. */
export function labelLines({ labeling, source, decoded }: Labeled, inferredFrom: number | null): Line[] {
  const { labels, guesses } = labeling;
  if (!labels || !source) return [];
  const { book } = labels;
  return Array.from(book.given, (_, image) => {
    const item = itemOfImage(decoded, imageIndex(image));
    const found = item === undefined ? undefined : fileOfItem(source.files, source.reading.items, item);
    if (!found) throw new RangeError(`picture ${image} has no file`);
    const standing = book.standing(image);
    const label = book.at(image);
    const base = { path: found.path, file: found.file };
    if (standing !== 'none') {
      const name = label === IGNORED ? null : (book.classes[label] ?? null);
      return { ...base, label: name, from: standing, confidence: name === null ? null : 1 };
    }
    const confidence = guesses?.guesses.confidence[image] ?? 0;
    const guess = guesses?.guesses.inferred[image] ?? UNLABELED;
    if (inferredFrom === null || guess < 0 || confidence < inferredFrom)
      return { ...base, label: null, from: 'none', confidence: null };
    return { ...base, label: book.classes[guess] ?? null, from: 'inferred', confidence };
  });
}

/** A file name and its contents, for the browser to save. */
export async function exportLabels(
  state: Labeled,
  { kind, inferredFrom }: LabelExport,
  date: Date,
): Promise<{ name: string; contents: Blob }> {
  const lines = labelLines(state, inferredFrom);
  const day = date.toISOString().slice(0, 10);
  if (kind === 'csv')
    return { name: `labels-${day}.csv`, contents: new Blob([labelTable(lines)], { type: 'text/csv' }) };
  const entries = sortedEntries(lines).map(({ name, file }) => ({
    name,
    input: file,
    lastModified: new Date(file.lastModified),
  }));
  return { name: `sorted-${day}.zip`, contents: await downloadZip(entries).blob() };
}

/** `path,label,source,confidence`; what is left out says so as its source. */
export function labelTable(lines: readonly Line[]): string {
  return writeCsv(
    ['path', 'label', 'source', 'confidence'],
    lines.map(({ path, label, from, confidence }) => [
      path,
      label,
      from,
      confidence === null ? null : Number(confidence.toFixed(4)),
    ]),
  );
}

/** A folder for each class and one for pictures without a label; pictures that are left out stay out. */
export function sortedEntries(lines: readonly Line[]): { name: string; file: File }[] {
  const taken = new Set<string>();
  return lines
    .filter(({ from }) => from !== 'ignored')
    .map(({ path, file, label }) => {
      const folder = label === null ? 'unlabeled' : folderName(label);
      return { name: freeName(folder, path.split('/').at(-1) ?? 'picture', taken), file };
    });
}

/** A class's name as a folder of any file system. */
function folderName(label: string): string {
  const name = [...label].map((c) => (c < ' ' || '<>:"/\\|?*'.includes(c) ? '_' : c)).join('');
  return name.replace(/^\.+|[. ]+$/g, '_') || '_';
}

/** Files of one name from different folders are numbered. */
function freeName(folder: string, file: string, taken: Set<string>): string {
  const dot = file.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [file.slice(0, dot), file.slice(dot)] : [file, ''];
  let name = `${folder}/${file}`;
  for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${folder}/${stem} (${number})${ending}`;
  taken.add(name.toLowerCase());
  return name;
}
