/**
 * TIFF files before their decoder sees them, which follows any address that a file gives: in circles, and as far as it
 * says. The directory of the picture that stands for the file, the first that is no thumbnail, is checked, and written
 * anew with nothing but what a picture needs.
 */

/** Bytes of a value of each type. */
const sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
/** Tags of the picture itself: its shape, its samples, where its strips or tiles lie, how they are compressed. */
const needed = new Set([
  254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339, 347, 512,
  513, 514, 519, 520, 521, 529, 530, 531, 532,
]);
const MAX_PAGES = 1000;
const MAX_ENTRIES = 1000;
const MAX_VALUES = 4_000_000;
/** Of the unpacked samples. */
const MAX_BYTES = 2 ** 30;

interface Entry {
  tag: number;
  at: number;
  /** Where its values lie, and how long they are; NaN where they are of no known type. */
  place: number;
  count: number;
  bytes: number;
  /** First value, where it is a number that is there. */
  value: number;
}

const damaged = (): Error => new Error('The TIFF file is damaged.');

function readEntry(view: DataView, at: number, little: boolean): Entry {
  const type = view.getUint16(at + 2, little);
  const count = view.getUint32(at + 4, little);
  const bytes = count * (sizes[type] ?? NaN);
  const place = bytes <= 4 ? at + 8 : view.getUint32(at + 8, little);
  const there = place + bytes <= view.byteLength;
  const value =
    there && type === 3 ? view.getUint16(place, little) : there && type === 4 ? view.getUint32(place, little) : 0;
  return { tag: view.getUint16(at, little), at, place, count, bytes, value };
}

const first = (entries: readonly Entry[], tag: number, otherwise: number): number =>
  entries.find((each) => each.tag === tag)?.value ?? otherwise;

/** A picture that can be unpacked within bounds. */
function checkShape(entries: readonly Entry[], length: number): void {
  const of = (tag: number, otherwise: number): number => first(entries, tag, otherwise);
  if (entries.some(({ place, count, bytes }) => !(bytes > 0) || count > MAX_VALUES || place + bytes > length))
    throw damaged();
  const [width, height, samples, bits] = [of(256, 0), of(257, 0), of(277, 1), of(258, 1)];
  const [tileWidth, tileHeight] = [of(322, 1), of(323, 1)];
  const unpacked = (w: number, h: number): number => (w * h * samples * bits) / 8;
  if (width < 1 || height < 1 || samples < 1 || samples > 16 || bits < 1 || bits > 64) throw damaged();
  if (
    tileWidth < 1 ||
    tileHeight < 1 ||
    unpacked(width, height) > MAX_BYTES ||
    unpacked(tileWidth, tileHeight) > MAX_BYTES
  )
    throw damaged();
  const tiles = Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight);
  if (entries.some(({ tag }) => tag === 322) && tiles > MAX_VALUES) throw damaged();
  if (!entries.some(({ tag }) => tag === 273 || tag === 324 || tag === 513)) throw damaged();
}

/**
 * Directories in the file's order, each with whether it is of a reduced copy of another picture. Ends where the chain
 * makes no sense. @throws RangeError where it leads beyond the bytes, once that is come to
 */
function* directories(view: DataView): Generator<{ entries: Entry[]; reduced: boolean; last: boolean }> {
  const little = littleEndian(view);
  const seen = new Set<number>();
  let directory = view.getUint32(4, little);
  while (directory !== 0 && !seen.has(directory) && seen.size <= MAX_PAGES) {
    seen.add(directory);
    const count = view.getUint16(directory, little);
    if (count > MAX_ENTRIES) return;
    const entries: Entry[] = [];
    for (let at = directory + 2; at < directory + 2 + 12 * count; at += 12)
      if (needed.has(view.getUint16(at, little))) entries.push(readEntry(view, at, little));
    const next = view.getUint32(directory + 2 + 12 * count, little);
    yield { entries, reduced: (first(entries, 254, 0) & 1) === 1, last: next === 0 };
    directory = next;
  }
}

const littleEndian = (view: DataView): boolean => view.getUint16(0) === 0x4949;
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What stands for the file: its first picture that is no thumbnail; null where there is none. @throws RangeError */
function firstPicture(view: DataView): Entry[] | null {
  for (const { entries, reduced, last } of directories(view)) if (!reduced || last) return entries;
  return null;
}

/**
 * Size of the picture that stands for the file, 0 where it does not say; null where there is none. The beginning of a
 * file is enough. @throws RangeError where its directory lies beyond the bytes
 */
export function tiffSize(view: DataView): { width: number; height: number } | null {
  const entries = firstPicture(view);
  return entries && { width: first(entries, 256, 0), height: first(entries, 257, 0) };
}

/**
 * The file with one directory, that of the picture that stands for it.
 * @throws RangeError, Error where its structure makes no sense
 */
export function soundTiff(bytes: Uint8Array): ArrayBuffer {
  const view = viewOf(bytes);
  const entries = firstPicture(view);
  if (entries === null) throw damaged();
  checkShape(entries, bytes.length);
  return withDirectory(bytes, entries, littleEndian(view));
}

/** Whether it holds more than one picture, thumbnails aside; what cannot be read counts for nothing. */
export function hasSecondPage(bytes: Uint8Array): boolean {
  let pages = 0;
  try {
    for (const { reduced } of directories(viewOf(bytes))) {
      if (!reduced) pages += 1;
      if (pages > 1) return true;
    }
  } catch {
    // It leads beyond the end.
  }
  return false;
}

function withDirectory(bytes: Uint8Array, entries: readonly Entry[], little: boolean): ArrayBuffer {
  const begin = bytes.length + (bytes.length % 2);
  const out = new Uint8Array(begin + 2 + entries.length * 12 + 4);
  out.set(bytes);
  const view = new DataView(out.buffer);
  view.setUint32(4, begin, little);
  view.setUint16(begin, entries.length, little);
  entries.forEach(({ at }, i) => out.set(bytes.subarray(at, at + 12), begin + 2 + 12 * i));
  return out.buffer;
}
