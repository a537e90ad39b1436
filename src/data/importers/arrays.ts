/**
 * Data sets that are arrays: MNIST's idx files, CIFAR's and STL-10's binaries, NumPy arrays (.npy, and .npz, which is a zip of them).
 * Pictures and labels lie in two arrays; which belong together is told by their names and lengths. Each picture becomes
 * a small bitmap in a folder named after its class, so that everything behind this sees a folder of pictures.
 */
import { npyNumber, npyText, readNpyHeader } from '../../formats/npyReader';
import { Breather } from '../breathe';
import { nameOf, prefixOf } from '../pathParts';
import type { WalkSink } from '../walkTree';
import { bitmap, type PixelPlanes } from './bitmap';
import type { PathFile } from './expand';

export const arrayLimits = { pictures: 1_000_000, pixelBytes: 2 * 2 ** 30, fileBytes: 2 * 2 ** 30 };

/** Pictures of one array; `planes` of a picture are read when it is made. */
interface Stack {
  path: string;
  count: number;
  pixelBytes: number;
  picture(index: number): PixelPlanes;
}

interface Labels {
  path: string;
  /** Null for a picture without a label. */
  values: (string | null)[];
  /** Number of the first class; absent: 0. */
  from?: number;
}

class ArrayRefused extends Error {
  override readonly name = 'ArrayRefused';
}

/** @throws ArrayRefused */
async function contentOf(file: File): Promise<DataView> {
  if (file.size > arrayLimits.fileBytes)
    throw new ArrayRefused(`larger than ${arrayLimits.fileBytes / 2 ** 30} GiB; save it in parts`);
  return new DataView(await file.arrayBuffer());
}

function checked(stack: Stack): Stack {
  if (stack.count > arrayLimits.pictures || stack.count * stack.pixelBytes > arrayLimits.pixelBytes)
    throw new ArrayRefused('more pictures than can be held here; save a part of them');
  return stack;
}

const isIdx = (path: string): boolean => /idx[1-4][-_.]?ubyte$|\.idx[1-4]?$/i.test(path);
/** STL-10's binaries: 96 x 96 in colour, and classes from 1 on. */
const stlBytes = 3 * 96 * 96;
const isStl = (path: string, size: number): boolean =>
  size > 0 && (/(?:^|[/_])x\.bin$/i.test(path) ? size % stlBytes === 0 : /(?:^|[/_])y\.bin$/i.test(path));
const isCifar = (path: string, size: number): boolean =>
  /(?:data_batch_\d+|test_batch|train|test)\.bin$/i.test(path) && (size % 3073 === 0 || size % 3074 === 0) && size > 0;
export const isArrayFile = (path: string, size: number): boolean =>
  isIdx(path) || /\.npy$/i.test(path) || isCifar(path, size) || isStl(path, size);

/** MNIST's format: 0, 0, type 8 (bytes), number of sides, the sides, the values. */
function readIdx(path: string, view: DataView): Stack | Labels {
  if (view.byteLength < 8 || view.getUint16(0) !== 0) throw new ArrayRefused('damaged: it is no idx file');
  if (view.getUint8(2) !== 8) throw new ArrayRefused('an idx file of other values than bytes, which is not read here');
  const sides = Array.from({ length: view.getUint8(3) }, (_, i) => view.getUint32(4 + 4 * i));
  const begin = 4 + 4 * sides.length;
  const [count = 0, height = 1, width = 1, depth = 1] = sides;
  if (begin + count * height * width * depth > view.byteLength) throw new ArrayRefused('cut off before its end');
  if (sides.length === 1)
    return { path, values: Array.from({ length: count }, (_, i) => String(view.getUint8(begin + i))) };
  if (sides.length === 2 || (depth !== 1 && depth !== 3)) throw new ArrayRefused('its arrays are no pictures');
  const pixelBytes = height * width * depth;
  return checked({
    path,
    count,
    pixelBytes,
    picture: (index) => ({
      width,
      height,
      channels: depth === 3 ? 3 : 1,
      at: (x, y, channel) => view.getUint8(begin + index * pixelBytes + (y * width + x) * depth + channel),
    }),
  });
}

const cifar10 = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

/** Label bytes (one, or coarse and fine), then 32 x 32 in planes of red, green and blue. */
function readCifar(path: string, view: DataView): { stack: Stack; labels: Labels } {
  const head = view.byteLength % 3073 === 0 ? 1 : 2;
  const each = 3072 + head;
  const count = view.byteLength / each;
  const values = Array.from({ length: count }, (_, i) => {
    const label = view.getUint8(i * each + head - 1);
    return (head === 1 ? cifar10[label] : undefined) ?? String(label);
  });
  const picture = (index: number): PixelPlanes => ({
    width: 32,
    height: 32,
    channels: 3,
    at: (x, y, channel) => view.getUint8(index * each + head + channel * 1024 + y * 32 + x),
  });
  return { stack: checked({ path, count, pixelBytes: 3072, picture }), labels: { path, values } };
}

/** Planes of red, green and blue, each column by column; or a byte a label. */
function readStl(path: string, view: DataView): Stack | Labels {
  if (/y\.bin$/i.test(path)) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    return { path, values: Array.from(bytes, (label) => (label === 0 ? null : String(label))), from: 1 };
  }
  const picture = (index: number): PixelPlanes => ({
    width: 96,
    height: 96,
    channels: 3,
    at: (x, y, channel) => view.getUint8(index * stlBytes + channel * 96 * 96 + x * 96 + y),
  });
  return checked({ path, count: view.byteLength / stlBytes, pixelBytes: stlBytes, picture });
}

/** Grey [N, H, W], or [N, H, W, C] and [N, C, H, W] with 1, 3 or 4 channels. */
function pictureSides(shape: readonly number[]): { h: number; w: number; c: number; first: boolean } | null {
  const [, a = 0, b = 0, c = 0] = shape;
  const channels = [1, 3, 4];
  const sane = (h: number, w: number): boolean => h >= 4 && w >= 4 && h <= 8192 && w <= 8192;
  if (shape.length === 3) return sane(a, b) ? { h: a, w: b, c: 1, first: false } : null;
  if (shape.length !== 4) return null;
  if (channels.includes(c) && sane(a, b)) return { h: a, w: b, c, first: false };
  return channels.includes(a) && sane(b, c) ? { h: b, w: c, c: a, first: true } : null;
}

const noLabelAt = (value: string): string | null => (value === '-1' || value === '' ? null : value);

function npyLabels(path: string, header: ReturnType<typeof readNpyHeader>, values: DataView): Labels {
  const [count = 0, wide = 1] = header.shape;
  const isText = /^[US]/.test(header.kind);
  const one = (index: number): string =>
    isText ? npyText(header, values, index) : String(npyNumber(header, values, index)).replace(/\.0$/, '');
  if (wide === 1) return { path, values: Array.from({ length: count }, (_, i) => noLabelAt(one(i))) };
  // One column for each class.
  return {
    path,
    values: Array.from({ length: count }, (_, i) => {
      const row = Array.from({ length: wide }, (__, k) => npyNumber(header, values, i * wide + k));
      const set = row.flatMap((value, k) => (value === 1 ? [k] : []));
      return set.length === 1 ? String(set[0]) : null;
    }),
  };
}

function readNpy(path: string, view: DataView): Stack | Labels {
  const bytes = new Uint8Array(view.buffer);
  const header = readNpyHeader(bytes);
  const items = header.shape.reduce((product, side) => product * side, 1);
  if (!Number.isSafeInteger(items * header.bytesEach) || header.offset + items * header.bytesEach > view.byteLength)
    throw new ArrayRefused('cut off before its end');
  const values = new DataView(view.buffer, header.offset);
  const [count = 0] = header.shape;
  const sides = pictureSides(header.shape);
  if (sides === null) {
    if (header.shape.length === 1 || (header.shape.length === 2 && (header.shape[1] ?? 0) <= 1000))
      return npyLabels(path, header, values);
    throw new ArrayRefused('its arrays are no pictures');
  }
  if (header.fortran) throw new ArrayRefused('an array in Fortran order; save it with numpy.ascontiguousarray');
  const { h, w, c, first } = sides;
  const each = h * w * c;
  const scale = scaleOf(header, values, Math.min(items, each * 64));
  const picture = (index: number): PixelPlanes => ({
    width: w,
    height: h,
    channels: c === 3 ? 3 : c === 4 ? 4 : 1,
    at: (x, y, channel) => {
      const place = first ? (channel * h + y) * w + x : (y * w + x) * c + channel;
      return scale(npyNumber(header, values, index * each + place));
    },
  });
  return checked({ path, count, pixelBytes: each, picture });
}

/** To 0..255: bytes as they are, 16 bit by their high byte, fractions from 0..1 or -1..1 by what the first show. */
function scaleOf(header: ReturnType<typeof readNpyHeader>, values: DataView, items: number): (value: number) => number {
  const clip = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
  if (header.kind === 'u1') return (value) => value;
  if (header.kind === 'b1') return (value) => value * 255;
  if (header.kind === 'u2') return (value) => clip(value / 257);
  if (!header.kind.startsWith('f')) return clip;
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < items; i += 1) {
    const value = npyNumber(header, values, i);
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (most > 1.5) return clip;
  return least < -0.01 ? (value) => clip((value + 1) * 127.5) : (value) => clip(value * 255);
}

/** What is left of a name when the words for pictures and for labels are gone: "train" of "train_labels". */
const pairName = (path: string): string =>
  nameOf(path)
    .toLowerCase()
    .replace(/\.(?:npy|gz)$|[-_.]?idx[1-4]?[-_.]?(?:ubyte)?$/g, '')
    .replaceAll(/images?|imgs?|pictures?|labels?|targets?|classes|class|data|arr|(?:^|_)[xy](?=_|\d|$)/g, '')
    .replaceAll(/[^a-z\d]/g, '');

function labelsFor(stack: Stack, labels: readonly Labels[]): Labels | null {
  const near = labels.filter(
    (each) => prefixOf(each.path) === prefixOf(stack.path) && each.values.length === stack.count,
  );
  return (
    near.find((each) => pairName(each.path) === pairName(stack.path)) ?? (near.length === 1 ? (near[0] ?? null) : null)
  );
}

/** Names of the classes, and the file that they are from. */
interface Names {
  path: string;
  names: string[];
}

/** Such a file beside (CIFAR's `batches.meta.txt`), or an array (scikit-learn's `target_names`). */
async function namesBeside(
  files: readonly PathFile[],
  arrays: readonly Labels[],
  folder: string,
): Promise<Names | null> {
  const array = arrays.find(({ path }) => prefixOf(path) === folder && /names[^/]*\.npy$/i.test(path));
  if (array) return { path: array.path, names: array.values.map((value) => value ?? '') };
  const list = files.find(
    ({ path, file }) =>
      prefixOf(path) === folder &&
      /(?:batches\.meta|fine_label_names|class_names|classes)\.txt$/.test(path) &&
      file.size < 65_536,
  );
  const lines = list ? (await list.file.text()).split(/\r?\n/).filter((line) => line.trim() !== '') : [];
  return list && lines.length > 0 ? { path: list.path, names: lines.map((line) => line.trim()) } : null;
}

async function emit(stack: Stack, labels: Labels | null, names: string[] | null, sink: WalkSink): Promise<void> {
  const breather = new Breather();
  const stem = nameOf(stack.path).replace(/\.[^.]*$/, '');
  for (let index = 0; index < stack.count; index += 1) {
    await breather.breathe();
    sink.signal?.throwIfAborted();
    const value = labels?.values[index] ?? null;
    const named = names?.[Number(value) - (labels?.from ?? 0)];
    const label = value === null ? 'unlabeled' : (named || value).replaceAll('/', '-');
    const name = `${stem}-${String(index).padStart(6, '0')}.bmp`;
    const file = new File([bitmap(stack.picture(index))], name);
    sink.file(`${prefixOf(stack.path)}${label}/${name}`, file);
  }
}

/**
 * Turns the arrays among the files into pictures for the sink.
 * @returns the files that are no arrays
 */
export async function readArrays(files: readonly PathFile[], sink: WalkSink): Promise<PathFile[]> {
  const stacks: { stack: Stack; own: Labels | null }[] = [];
  const labels: Labels[] = [];
  const rest: PathFile[] = [];
  for (const each of files) {
    const { path, file } = each;
    if (!isArrayFile(path, file.size)) {
      rest.push(each);
      continue;
    }
    try {
      const view = await contentOf(file);
      if (isCifar(path, file.size)) {
        const read = readCifar(path, view);
        stacks.push({ stack: read.stack, own: read.labels });
        continue;
      }
      const read = isIdx(path)
        ? readIdx(path, view)
        : isStl(path, file.size)
          ? readStl(path, view)
          : readNpy(path, view);
      if ('picture' in read) stacks.push({ stack: read, own: null });
      else labels.push(read);
    } catch (error) {
      sink.signal?.throwIfAborted();
      const reason = error instanceof ArrayRefused || error instanceof RangeError ? error.message : 'could not be read';
      sink.skipped({ path, reason });
    }
  }
  const used = new Set<string>();
  for (const { stack, own } of stacks) {
    const found = own ?? labelsFor(stack, labels);
    const names = found && (await namesBeside(files, labels, prefixOf(stack.path)));
    for (const each of [found, names]) if (each) used.add(each.path);
    await emit(stack, found, names?.names ?? null, sink);
  }
  for (const each of labels)
    if (!used.has(each.path))
      sink.skipped({ path: each.path, reason: 'an array of labels, with no array of as many pictures beside it' });
  return rest.filter(({ path }) => !used.has(path));
}
