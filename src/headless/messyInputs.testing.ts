/**
 * Data sets in the shapes in which people have them, written to a folder for tests: splits, shards, archives, label
 * files, old encodings, links, duplicates, pictures under odd names. Pictures are 8 x 8 and all different.
 */
import { BlobWriter, Uint8ArrayReader, ZipWriter, configure } from '@zip.js/zip.js';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bitmap } from '../data/importers/bitmap';
import { tarOf } from '../data/importers/tar.testing';

configure({ useWebWorkers: false });

let drawn = 0;
/** A picture that is like no other. */
export function freshPicture(): Uint8Array<ArrayBuffer> {
  drawn += 1;
  const seed = drawn;
  return bitmap({ width: 8, height: 8, channels: 3, at: (x, y, c) => (x * 31 + y * 17 + c * 7 + seed * 13) & 255 });
}

export type Contents = { [path: string]: Uint8Array | string | { link: string } };

/** So many pictures in a folder. */
export const some = (folder: string, count: number, ending = '.png'): Contents =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/${i}${ending}`, freshPicture()]));

export function write(root: string, contents: Contents): string {
  for (const [path, content] of Object.entries(contents)) {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, place);
    else writeFileSync(place, content);
  }
  return root;
}

export async function zipped(contents: Contents, password?: string): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ZipWriter(new BlobWriter(), password === undefined ? {} : { password });
  for (const [path, content] of Object.entries(contents))
    await writer.add(
      path,
      new Uint8ArrayReader(typeof content === 'string' ? Buffer.from(content) : (content as Uint8Array)),
    );
  return new Uint8Array(await (await writer.close()).arrayBuffer());
}

/** A zip as old programs wrote it: names as these bytes, not marked as Unicode, nothing compressed. */
export function oldZip(entries: readonly { name: Uint8Array; content: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x504b0304);
    const record = new DataView(new ArrayBuffer(46));
    record.setUint32(0, 0x504b0102);
    record.setUint32(42, offset, true);
    for (const [view, at] of [
      [local, 14],
      [record, 16],
    ] as const) {
      view.setUint32(at, crc32(content), true);
      view.setUint32(at + 4, content.length, true);
      view.setUint32(at + 8, content.length, true);
      view.setUint16(at + 12, name.length, true);
    }
    parts.push(new Uint8Array(local.buffer), name, content);
    central.push(new Uint8Array(record.buffer), name);
    offset += 30 + name.length + content.length;
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x504b0506);
  end.setUint16(8, entries.length, true);
  end.setUint16(10, entries.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, offset, true);
  return new Uint8Array(Buffer.concat([...parts, ...central, new Uint8Array(end.buffer)]));
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Names in Shift-JIS: cat, dog and table (whose second byte is a back-slash). */
const japanese = { 猫: [0x94, 0x4c], 犬: [0x8c, 0xa2], 表: [0x95, 0x5c] };
export const shiftJisZip = (): Uint8Array<ArrayBuffer> =>
  oldZip(
    Object.values(japanese).flatMap((bytes) =>
      [0, 1, 2].map((i) => ({
        name: Uint8Array.from(Buffer.concat([Buffer.from('set/'), Buffer.from(bytes), Buffer.from(`/${i}.png`)])),
        content: freshPicture(),
      })),
    ),
  );

const idx = (sides: number[], values: ArrayLike<number>): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4 + 4 * sides.length + values.length));
  view.setUint8(2, 8);
  view.setUint8(3, sides.length);
  sides.forEach((side, i) => view.setUint32(4 + 4 * i, side));
  new Uint8Array(view.buffer).set(Array.from(values), 4 + 4 * sides.length);
  return new Uint8Array(view.buffer);
};
const noise = (length: number): Uint8Array => {
  drawn += 1;
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i + drawn * 10_007, 2_654_435_761) >>> 23) & 255);
};

/** MNIST's files, gzipped: three pictures of classes 7, 2, 7. */
export const mnist = (): Contents => ({
  'train-images-idx3-ubyte.gz': gzipSync(idx([3, 8, 8], noise(192))),
  'train-labels-idx1-ubyte.gz': gzipSync(idx([3], [7, 2, 7])),
});

/** CIFAR-10's binary: a cat and a dog. */
export const cifar = (): Contents => ({
  'data_batch_1.bin': Buffer.concat([Buffer.from([3]), noise(3072), Buffer.from([5]), noise(3072)]),
});

/** STL-10's binaries: a bird and a car. */
export const stl10 = (): Contents => ({
  'train_X.bin': noise(2 * 3 * 96 * 96),
  'train_y.bin': Uint8Array.from([1, 2]),
  'class_names.txt': 'bird\ncar\n',
});

function npy(descr: string, shape: number[], values: Uint8Array): Uint8Array {
  const literal = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  return Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, literal.length, 0]),
    Buffer.from(literal),
    values,
  ]);
}

/** As MedMNIST's: pictures and labels of two parts; the label -1 is none. */
export const medMnist = (): Promise<Uint8Array<ArrayBuffer>> =>
  zipped({
    'train_images.npy': npy('|u1', [3, 8, 8], noise(192)),
    'train_labels.npy': npy('|i1', [3, 1], Uint8Array.from([0, 1, 255])),
    'val_images.npy': npy('|u1', [2, 8, 8, 3], noise(384)),
    'val_labels.npy': npy('|u1', [2], Uint8Array.from([1, 0])),
  });

/** As scikit-learn names arrays: pictures, numbers of classes, their names. */
export const namedArrays = (): Promise<Uint8Array<ArrayBuffer>> =>
  zipped({
    'images.npy': npy('|u1', [2, 8, 8], noise(128)),
    'target.npy': npy('|u1', [2], Uint8Array.from([0, 1])),
    'target_names.npy': npy('|S3', [2], Buffer.from('catdog')),
  });

/** A shard of a WebDataset, with names for its numbers. */
export const webDataset = (): Contents => ({
  'shard-000000.tar': tarOf({
    '000.bmp': freshPicture(),
    '000.cls': '1',
    '001.bmp': freshPicture(),
    '001.cls': '0',
    '002.bmp': freshPicture(),
    '002.json': '{"label": 1, "text": "a dog"}',
  }),
  'classes.txt': 'cat\ndog\n',
});
