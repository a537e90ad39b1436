/**
 * Labels as tools for annotation keep them, one object or tag a shape: LabelMe, VGG Image Annotator (VIA), CVAT, YOLO's
 * lines, Pascal VOC's XML. A picture whose shapes are all of one class is of it; of several, of none.
 */
import { xmlText } from '../../formats/xmlText';
import { isRecord, type JsonRecord } from '../../shared/record';
import { labelOf, type LabelRow } from './tableLabels';

const recordsIn = (value: unknown): JsonRecord[] =>
  Array.isArray(value) ? value.filter(isRecord) : isRecord(value) ? Object.values(value).filter(isRecord) : [];

/** The row of a picture in which these classes were found. */
export function rowOf(key: string, classes: ReadonlySet<string>): LabelRow {
  const [first = ''] = classes;
  return classes.size > 1 ? { key, label: null, several: true } : { key, label: labelOf(first) };
}

/** LabelMe: one JSON for a picture. Null for something else. @param own the picture that is called as the file is */
export function labelMeRow(json: unknown, own: string): LabelRow | null {
  if (!isRecord(json) || !Array.isArray(json['shapes'])) return null;
  const { shapes, flags, imagePath } = json;
  const classes = new Set(recordsIn(shapes).flatMap(({ label }) => (typeof label === 'string' ? [label] : [])));
  // A picture as a whole is classified by a flag.
  if (classes.size === 0 && isRecord(flags))
    for (const [name, set] of Object.entries(flags)) if (set === true) classes.add(name);
  if (classes.size === 0) return null;
  const folder = own.slice(0, own.lastIndexOf('/') + 1);
  const name = typeof imagePath === 'string' ? imagePath.replaceAll('\\', '/').split('/').pop() : undefined;
  return rowOf(name ? `${folder}${name}` : own, classes);
}

/** A project of VIA: pictures with regions, whose class is the one attribute that they have. Null for something else. */
export function viaRows(json: unknown): LabelRow[] | null {
  const images = isRecord(json) ? recordsIn(json['_via_img_metadata'] ?? json) : [];
  if (
    images.length === 0 ||
    !images.every(({ filename, regions }) => typeof filename === 'string' && regions !== undefined)
  )
    return null;
  const wordsOf = (attributes: unknown): string[] =>
    isRecord(attributes)
      ? (Object.values(attributes).filter((value) => typeof value === 'string' && value !== '') as string[])
      : [];
  return images.map(({ filename, regions, file_attributes: ofFile }) => {
    const shapes = recordsIn(regions).flatMap(({ region_attributes: attributes }) => wordsOf(attributes).slice(0, 1));
    return rowOf(String(filename), new Set(shapes.length > 0 ? shapes : wordsOf(ofFile).slice(0, 1)));
  });
}

/** CVAT for images: `<image name="…"><tag label="…">`. Null for something else. */
export function cvatRows(text: string): LabelRow[] | null {
  if (!/<annotations[\s>]/.test(text.slice(0, 1000))) return null;
  const rows = text
    .split('<image ')
    .slice(1)
    .flatMap((image) => {
      const name = /^[^<>]*?\bname="([^"]{1,4096})"/.exec(image)?.[1];
      if (name === undefined) return [];
      const shapes = [
        ...image.matchAll(
          /<(?:tag|box|polygon|polyline|points|mask|ellipse|cuboid|skeleton) [^<>]*?\blabel="([^"]{1,300})"/g,
        ),
      ];
      return [rowOf(xmlText(name), new Set(shapes.map(([, label = '']) => xmlText(label))))];
    });
  return rows.length > 0 ? rows : null;
}

/** Whether a file is XML by its name. */
export const isXml = (path: string): boolean => /\.xml$/i.test(path);

/** Boxes of one picture: YOLO's lines "class x y width height", Pascal VOC's XML. Null for something else. */
export function boxesRow(path: string, text: string): LabelRow | null {
  const classes = new Set<string>();
  if (isXml(path)) {
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
  const key = path
    .replace(/\.[^.]*$/, '')
    .replace(/(^|\/)(?:labels|annotations)(?=\/)(?!.*\/(?:labels|annotations)\/)/i, '$1images');
  return rowOf(key, classes);
}
