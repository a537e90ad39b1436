/**
 * TIFF files before their decoder sees them, which follows any address that a file gives: in circles, and as far as it
 * says. The directory of the first picture is checked, and written anew with nothing but what a picture needs.
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
  /** First value, where it is a number. */
  value: number;
}

const damaged = (): Error => new Error('The TIFF file is damaged.');

function readEntries(view: DataView, directory: number, little: boolean): { entries: Entry[]; next: number } {
  const count = view.getUint16(directory, little);
  if (count > MAX_ENTRIES) throw damaged();
  const entries: Entry[] = [];
  for (let i = 0; i < count; i += 1) {
    const at = directory + 2 + 12 * i;
    const tag = view.getUint16(at, little);
    if (!needed.has(tag)) continue;
    const type = view.getUint16(at + 2, little);
    const values = view.getUint32(at + 4, little);
    const bytes = values * (sizes[type] ?? NaN);
    const place = bytes <= 4 ? at + 8 : view.getUint32(at + 8, little);
    if (!(bytes > 0) || values > MAX_VALUES || place + bytes > view.byteLength) throw damaged();
    const value = type === 3 ? view.getUint16(place, little) : type === 4 ? view.getUint32(place, little) : 0;
    entries.push({ tag, at, value });
  }
  return { entries, next: view.getUint32(directory + 2 + 12 * count, little) };
}

/** A picture that can be unpacked within bounds. */
function checkShape(entries: readonly Entry[]): void {
  const of = (tag: number, otherwise: number): number => entries.find((each) => each.tag === tag)?.value ?? otherwise;
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
 * Directories in the file's order, each with whether it is of a reduced copy of another picture.
 * @throws RangeError, Error where the chain makes no sense, once it is come to
 */
function* directories(
  view: DataView,
  little: boolean,
): Generator<{ entries: Entry[]; reduced: boolean; last: boolean }> {
  const seen = new Set<number>();
  let directory = view.getUint32(4, little);
  do {
    if (directory === 0 || seen.has(directory) || seen.size > MAX_PAGES) throw damaged();
    seen.add(directory);
    const { entries, next } = readEntries(view, directory, little);
    const reduced = entries.some(({ tag, value }) => tag === 254 && (value & 1) === 1);
    yield { entries, reduced, last: next === 0 };
    directory = next;
  } while (directory !== 0);
}

function open(bytes: Uint8Array): { view: DataView; little: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { view, little: view.getUint16(0) === 0x4949 };
}

/**
 * The file with one directory, that of its first picture that is no thumbnail.
 * @throws RangeError, Error where its structure makes no sense
 */
export function soundTiff(bytes: Uint8Array): ArrayBuffer {
  const { view, little } = open(bytes);
  for (const { entries, reduced, last } of directories(view, little)) {
    if (reduced && !last) continue;
    checkShape(entries);
    return withDirectory(bytes, entries, little);
  }
  throw damaged();
}

/** Whether it holds more than one picture, thumbnails aside; what cannot be read counts for nothing. */
export function hasSecondPage(bytes: Uint8Array): boolean {
  const { view, little } = open(bytes);
  let pages = 0;
  try {
    for (const { reduced } of directories(view, little)) {
      if (!reduced) pages += 1;
      if (pages > 1) return true;
    }
  } catch {
    // It leads beyond the end, or in circles.
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
