/**
 * Readers of what strangers made, each with sound inputs to begin from and with what must hold whatever becomes of them:
 * nothing but a `StudioError` (or the reader's own refusal) is thrown, and what is read stays within bounds. Inputs are
 * mutated by mutate.ts; `npm run fuzz -- NAME` runs one, fuzz.test.ts a little of each.
 */
import { BlobWriter, TextReader, ZipWriter, configure } from '@zip.js/zip.js';
import { StudioError } from '../../shared/errors';
import { joinedBytes } from '../../shared/joined';
import { takeOrientation } from '../decoding/exif';
import { takePngColor } from '../decoding/pngColor';
import { readArrays } from '../importers/arrays';
import { bitmap } from '../importers/bitmap';
import { Budget } from '../importers/budget';
import { Expander } from '../importers/expand';
import { readGzip } from '../importers/readGzip';
import { readTar } from '../importers/readTar';
import { tarOf } from '../importers/tar.testing';
import { interpretFolder } from '../interpret';
import { readZip } from '../readZip';
import { readLabelFile } from '../reading/labelFiles';
import { PathIndex } from '../reading/pathIndex';
import { decodeAs, detectEncoding } from '../reading/textEncoding';
import { cellSizeOf, gridCells, gridOf } from '../sheets/grid';
import { mayBeAtlas, readAtlases } from '../sheets/readAtlases';
import { sheetPixels } from '../sheets/sheet.testing';
import { sheetWork } from '../sheets/sheetWork';
import { headReason, inspectPicture, pictureKind } from '../sniff';
import type { WalkSink } from '../walkTree';
import { zipLimits } from '../zipLimits';

export interface FuzzTarget {
  /** Sound inputs. */
  seeds: () => Promise<Uint8Array<ArrayBuffer>[]>;
  /** @throws where something that must hold does not */
  check: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | void;
}

configure({ useWebWorkers: false });
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Small enough that breaking them is an error of ours, not of the machine. */
const limits = { ...zipLimits, entries: 1000, fileBytes: 2 ** 20, innerBytes: 2 ** 20, totalBytes: 2 ** 22 };

/** A sink that holds readers to their limits. */
function strictSink(): WalkSink & { files: { path: string; file: File }[] } {
  const files: { path: string; file: File }[] = [];
  return {
    files,
    signal: undefined,
    file(path, file) {
      if (path.startsWith('/') || path.split('/').includes('..')) throw new Error(`A path leads out: ${path}`);
      if (file.size > 2 ** 26) throw new Error(`${file.size} bytes were let through.`);
      files.push({ path, file });
      if (files.length > 2000) throw new Error('More files than the limit.');
    },
    skipped({ path, reason }) {
      if (reason === '' || path.length > 5000) throw new Error('Something is left out without a reason, or at length.');
    },
  };
}

/** Failures that are told to a person are as good as success. */
async function orRefused(work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
  }
}

async function zipSeed(level: number): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new ZipWriter(new BlobWriter(), { level });
  await writer.add('set/cat/1.png', new TextReader('a picture '.repeat(20)));
  await writer.add('set/dög/2.png', new TextReader('another'));
  return new Uint8Array(await (await writer.close()).arrayBuffer());
}

const gzip = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  );

const bmp = bitmap({ width: 5, height: 4, channels: 3, at: (x, y, c) => (x * 40 + y * 9 + c) & 255 });
/** 1 x 1 pixel of each kind; enough for what reads structure. */
const pictures = [
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAABGdBTUEAAYagMeiWXwAAAA1JREFUeNpj+M/AwAAABQABAP7z2wAAAABJRU5ErkJggg==',
  'R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==',
  '/9j/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z',
  'UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=',
].map((text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0)));
/** 4 x 2 grey pixels of 16 bits, little-endian, uncompressed. */
const tiff = (() => {
  const entries = [
    [256, 4, 4],
    [257, 4, 2],
    [258, 3, 16],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, 2],
    [279, 4, 16],
  ];
  const view = new DataView(new ArrayBuffer(24 + 2 + entries.length * 12 + 4));
  view.setUint32(0, 0x49492a00);
  view.setUint32(4, 24, true);
  for (let i = 0; i < 8; i += 1) view.setUint16(8 + 2 * i, i * 8000, true);
  view.setUint16(24, entries.length, true);
  entries.forEach(([tag = 0, type = 0, value = 0], i) => {
    view.setUint16(26 + 12 * i, tag, true);
    view.setUint16(28 + 12 * i, type, true);
    view.setUint32(30 + 12 * i, 1, true);
    view.setUint32(34 + 12 * i, value, true);
  });
  return new Uint8Array(view.buffer);
})();

const npySeed = (): Uint8Array<ArrayBuffer> => {
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4, 4), }\n";
  const bytes = new Uint8Array(10 + header.length + 32);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  bytes.set(utf8(header), 10);
  return bytes;
};
const idxSeed = Uint8Array.from([
  0,
  0,
  8,
  3,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  4,
  0,
  0,
  0,
  4,
  ...Array.from({ length: 32 }, (_, i) => i),
]);

const paths = ['set/cat/1.png', 'set/cat/2.png', 'set/dog/1.png', 'set/3.png'];
const index = new PathIndex(paths);

/** Labels of a file are laid over folders without a word being lost. */
function checkLabels(path: string, bytes: Uint8Array): void {
  const file = readLabelFile(path, bytes, index);
  const reading = interpretFolder([...paths, path], {
    verdicts: [null, null, null, null, 'not a picture'],
    labelFiles: [file],
    trait: file.traits?.names[0],
  });
  const total = reading.labeledPerClass.reduce((sum, count) => sum + count, reading.unlabeledCount);
  if (total !== paths.length) throw new Error(`${total} pictures are counted of ${paths.length}.`);
}

/** Cuts bitmaps as they are made here: no decoder is under test. */
const plainCutter = sheetWork({
  raw: async () => ({ width: 5, height: 4, data: Uint8Array.from({ length: 80 }, (_, i) => (i * 37) & 255) }),
  heif: () => Promise.reject(new Error('no HEIC here')),
});

function inspectSound(png: Uint8Array): void {
  const { reason } = inspectPicture(png);
  if (reason !== null) throw new Error(`What was cut is no picture: ${reason}`);
}

export const targets: Record<string, FuzzTarget> = {
  zip: {
    seeds: async () => [await zipSeed(0), await zipSeed(6)],
    check: (bytes) => orRefused(() => readZip(new Blob([bytes]), strictSink(), limits)),
  },
  tar: {
    seeds: async () => [
      tarOf({ 'set/cat/1.png': 'a picture', 'set/dog/2.png': 'b' }),
      tarOf({ ['n'.repeat(150)]: 'x' }),
    ],
    check: (bytes) => orRefused(() => readTar(new Blob([bytes]), strictSink(), new Budget(limits))),
  },
  gzip: {
    seeds: async () => [await gzip(utf8('text '.repeat(100)))],
    check: (bytes) => orRefused(() => readGzip(new File([bytes], 'x.gz'), strictSink(), new Budget(limits))),
  },
  archives: {
    seeds: async () => [await zipSeed(6), await gzip(tarOf({ 'a/1.png': 'x', 'b.csv': 'file,label\na/1.png,z\n' }))],
    check: (bytes) =>
      orRefused(() =>
        new Expander(strictSink(), new Budget(limits)).expand([{ path: 'set/x', file: new File([bytes], 'x') }]),
      ),
  },
  arrays: {
    seeds: async () => [npySeed(), idxSeed, new Uint8Array(3073), new Uint8Array(3 * 96 * 96)],
    check: async (bytes) => {
      for (const name of ['x_train.npy', 'train-images-idx3-ubyte', 'data_batch_1.bin', 'train_X.bin', 'y.bin'])
        await readArrays([{ path: `set/${name}`, file: new File([bytes], name) }], strictSink());
    },
  },
  csv: {
    seeds: async () => [
      utf8('file_name,label\ncat/1.png,cat\n"3.png","a, ""b"""\r\n'),
      utf8('\ufeffid;MEL;NV\n1;1.0;0.0\n3;0.0;1.0\n'),
      utf8('cat/1.png 0\ncat/2.png 1\n'),
      utf8('cat/1.png\n3.png\n'),
      utf8('1 2 1 1\n2 1 2 1\n3 1 1 3\n'),
      utf8('0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.2 0.2\n'),
      utf8('<annotation><object><name>cat</name></object></annotation>'),
      utf8('<annotations><image id="0" name="cat/1.png"><tag label="cat"></tag></image></annotations>'),
      utf8("item {\n id: 1\n name: 'cat'\n}\n"),
      utf8('class_id,class_name\n0,cat\n1,dog\n'),
      utf8('image,labels,split\ncat/1.png,a|b,train\n3.png,a,test\n'),
      utf8('3\nBald Young\ncat/1.png  1 -1\ncat/2.png -1 -1\n3.png  1  1\n'),
    ],
    check: (bytes) => {
      for (const name of [
        'metadata.csv',
        'classes.txt',
        'owl.txt',
        '1.cls',
        '1.txt',
        'annotations.xml',
        'map.pbtxt',
        'split.csv',
        'train',
      ])
        checkLabels(`set/${name}`, bytes);
    },
  },
  json: {
    seeds: async () => [
      utf8('{"labels":[["cat/1.png",0],["3.png",null]]}'),
      utf8(
        '{"images":[{"id":1,"file_name":"3.png"}],"annotations":[{"image_id":1,"category_id":2}],"categories":[{"id":2,"name":"z"}]}',
      ),
      utf8('[{"data":{"image":"/u/0a1b2c3d-3.png"},"annotations":[{"result":[{"value":{"choices":["a"]}}]}]}]'),
      utf8('{"flags":{"a":true},"shapes":[{"label":"a"},{"label":"b"}],"imagePath":"..\\\\3.png"}'),
      utf8('{"3.png9":{"filename":"3.png","size":9,"regions":[{"region_attributes":{"n":"a"}}],"file_attributes":{}}}'),
      utf8('{"0":"cat","1":"dog"}'),
      utf8('{"file_name":"3.png","label":"a"}\n{"file_name":"cat/1.png","label":"b"}\n'),
    ],
    check: (bytes) => {
      for (const name of ['dataset.json', 'metadata.jsonl', 'classes.json']) checkLabels(`set/${name}`, bytes);
    },
  },
  atlas: {
    seeds: async () => [
      utf8('{"frames":{"cat/1.png":{"frame":{"x":0,"y":0,"w":4,"h":2}},"b":{"frame":{"x":1,"y":0,"w":2,"h":2}}}}'),
      utf8(
        '{"frames":[{"filename":"a","frame":{"x":0,"y":0,"w":2,"h":3},"rotated":true,"spriteSourceSize":{"x":1,"y":1},"sourceSize":{"w":9,"h":8}}],"meta":{"image":"s.bmp","frameTags":[{"name":"t","from":0,"to":0}]}}',
      ),
      utf8('{"textures":[{"image":"s.bmp","frames":[{"filename":"../x","frame":{"x":0,"y":0,"w":5,"h":4}}]}]}'),
      utf8(
        '<TextureAtlas imagePath="s.bmp"><SubTexture name="a/b.png" x="0" y="0" width="2" height="3" rotated="true" frameX="-1" frameY="0" frameWidth="4" frameHeight="3"/></TextureAtlas>',
      ),
      utf8(
        's.bmp\nsize: 5,4\nformat: RGBA8888\nfilter: Nearest,Nearest\nrepeat: none\na/b\n  rotate: true\n  xy: 1, 1\n  size: 2, 3\n  orig: 4, 5\n  offset: 1, 1\n  index: 2\n\nt.png\nsize: 8,8\nc\n  xy: 0, 0\n  size: 1, 1\n',
      ),
      utf8('s.bmp\nsize:5,4\npma:true\na/b\nbounds:1,0,2,3\noffsets:1,1,4,5\nrotate:270\nc\nindex:1\nbounds:0,0,5,4\n'),
      utf8(
        '<plist version="1.0"><dict><key>frames</key><dict><key>a/b.png</key><dict><key>frame</key><string>{{0,0},{2,3}}</string><key>rotated</key><true/><key>sourceColorRect</key><string>{{1,1},{2,3}}</string><key>sourceSize</key><string>{4,5}</string></dict></dict><key>metadata</key><dict><key>realTextureFileName</key><string>s.bmp</string></dict></dict></plist>',
      ),
      utf8(
        '<plist><dict><key>frames</key><dict><key>a</key><dict><key>aliases</key><array/><key>spriteOffset</key><string>{0.5,-1}</string><key>spriteSourceSize</key><string>{4,5}</string><key>textureRect</key><string>{{1,0},{3,3}}</string><key>textureRotated</key><false/></dict></dict></dict></plist>',
      ),
    ],
    check: async (bytes) => {
      mayBeAtlas(bytes.subarray(0, 4096));
      const sink = strictSink();
      const sheet = { path: 'set/s.bmp', file: new File([bmp], 's.bmp') };
      const atlas = { path: 'set/s.atlas', file: new File([bytes], 's.atlas') };
      const rest = await readAtlases([sheet, atlas], new Set([atlas.file]), sink, plainCutter);
      // The sheet is a picture, or pictures were made of it or named as left out.
      if (!rest.includes(sheet) && rest.includes(atlas)) throw new Error('The sheet is gone.');
      for (const { file } of sink.files) inspectSound(new Uint8Array(await file.arrayBuffer()));
    },
  },
  grid: {
    // The first byte is the width.
    seeds: async () =>
      [sheetPixels(3, 4, 8), sheetPixels(3, 3, 9, { between: 2 }), sheetPixels(4, 3, 8, { between: 1, around: 2 })].map(
        ({ width, data }) => joinedBytes([Uint8Array.of(width), data]),
      ),
    check: (bytes) => {
      const width = Math.max(1, bytes[0] ?? 1);
      const height = Math.floor((bytes.length - 1) / (4 * width));
      if (height < 1) return;
      const layout = cellSizeOf({ width, height, data: bytes.slice(1, 1 + 4 * width * height) });
      if (!layout) return;
      const grid = gridOf({ width, height }, layout);
      const cells = gridCells(grid, layout);
      if (cells.length < 2) throw new Error('One cell is no sheet.');
      for (const { x, y } of cells)
        if (x + layout.width > width || y + layout.height > height) throw new Error('A cell leads out of the sheet.');
    },
  },
  names: {
    seeds: async () => [
      Uint8Array.from([0x94, 0x4c, 0x8c, 0xa2]),
      utf8('Größe'),
      Uint8Array.from([0xea, 0xee, 0xf8, 0xea]),
    ],
    check: (bytes) => {
      const text = decodeAs(bytes, detectEncoding([bytes]));
      if (typeof text !== 'string') throw new Error('No text came of it.');
    },
  },
  paths: {
    seeds: async () => [
      utf8('set/train/cat/1.png\nset/test/2.png\nset/unlabeled/3.png'),
      utf8('a\\b\\1.png\n/x/../y.png\n./.h/z.png'),
    ],
    check: (bytes) => {
      const list = new TextDecoder().decode(bytes).split('\n');
      const { items, ignored } = interpretFolder(list);
      if (items.length + ignored.length !== list.length) throw new Error('A path is neither read nor left out.');
    },
  },
  headers: {
    seeds: async () => [...pictures, bmp, tiff],
    check: (bytes) => {
      headReason(bytes.subarray(0, 1024));
      const inspection = inspectPicture(bytes);
      if (inspection.reason === '') throw new Error('It is refused without a reason.');
      takeOrientation(bytes, pictureKind(bytes) ?? 'png');
      if (pictureKind(bytes) === 'png') takePngColor(bytes);
    },
  },
  tiff: {
    seeds: async () => [tiff],
    check: async (bytes) => {
      if (inspectPicture(bytes).kind !== 'tiff') return;
      const { decodeTiff } = await import('../decoding/decodeTiff');
      try {
        const { width, height, data } = decodeTiff(bytes);
        if (data.length !== width * height * 4) throw new RangeError('unequal');
      } catch (error) {
        // Whatever its decoder throws is told as a damaged picture; only sizes are ours to hold.
        if (error instanceof RangeError && error.message === 'unequal') throw error;
      }
    },
  },
};
