/**
 * Data sets as people have them, read on the terminal and as a drop on the page; both have to give the same, and what
 * was expected. messyInputs.testing.ts makes them.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { factsOf } from '../data/facts';
import { tarOf } from '../data/importers/tar.testing';
import { interpretFolder } from '../data/interpret';
import { readDrop } from '../data/readDrop';
import type { TextEncoding } from '../data/reading/encodings';
import { sheetFile } from '../data/sheets/sheet.testing';
import type { Skipped } from '../data/walkTree';
import * as messy from './messyInputs.testing';
import { nodeSheets } from './nodeSheets';
import { readArguments, readReport } from './read';

const folder = mkdtempSync(join(tmpdir(), 'messy-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** One pixel, fully transparent. */
const clear = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADUlEQVQImWNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==',
  'base64',
);

const { some, freshPicture } = messy;
const place = (name: string): string => join(folder, name);

/** What the page makes of the same thing: files with the paths that a browser gives them. Links it cannot see. */
async function onThePage(
  path: string,
): Promise<{ classes: string[]; labeled: number[]; unlabeled: number; leftOut: string[] }> {
  const files = statSync(path).isFile()
    ? [new File([readFileSync(path)], basename(path))]
    : readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => {
          const full = join(entry.parentPath, entry.name);
          const file = new File([readFileSync(full)], entry.name);
          const value = `${basename(path)}/${relative(path, full)}`;
          return Object.defineProperty(file, 'webkitRelativePath', { value });
        });
  const skipped: Skipped[] = [];
  const decoded: TextEncoding[] = [];
  const found = await readDrop(files, undefined, {
    onSkipped: (each) => void skipped.push(each),
    onDecoded: (each) => void decoded.push(each),
    cutter: nodeSheets(),
  });
  const reading = interpretFolder(
    found.map((each) => each.path),
    { ...(await factsOf(found)), skipped, decoded },
  );
  return {
    classes: reading.classes,
    labeled: reading.labeledPerClass,
    unlabeled: reading.unlabeledCount,
    leftOut: reading.ignored.map((each) => each.path).toSorted(),
  };
}

interface Expected {
  labeled: Record<string, number>;
  unlabeled?: number;
  /** Codes of warnings, besides those about few pictures. */
  codes?: string[];
  /** Part of the reason of each file that is left out, by path. */
  leftOut?: Record<string, string>;
}

const csv = 'file_name,label\n0.png,dog\n1.png,cat\n2.png,\n';
const pictures = (): messy.Contents => Object.fromEntries([0, 1, 2, 3].map((i) => [`${i}.png`, freshPicture()]));
const twice = freshPicture();

const folders: [string, messy.Contents, Expected][] = [
  [
    'splits',
    { ...some('train/ok', 3), ...some('train/nok', 3), ...some('test', 3) },
    { labeled: { nok: 3, ok: 3 }, unlabeled: 3, codes: ['splits-merged'] },
  ],
  ['only-splits', { ...some('train', 3), ...some('test', 3) }, { labeled: {}, unlabeled: 6, codes: ['no-labels'] }],
  [
    'csv',
    { ...pictures(), 'metadata.csv': csv },
    { labeled: { cat: 1, dog: 1 }, unlabeled: 2, codes: ['labels-from-file'] },
  ],
  [
    'semicolons',
    { ...pictures(), 'labels.csv': `\ufeff${csv.replaceAll(',', ';').replaceAll('\n', '\r\n')}` },
    { labeled: { cat: 1, dog: 1 }, unlabeled: 2, codes: ['labels-from-file'] },
  ],
  [
    'jsonl',
    {
      ...some('train', 2),
      'train/metadata.jsonl': '{"file_name":"0.png","label":"a"}\n{"file_name":"1.png","label":"b"}\n',
    },
    { labeled: { a: 1, b: 1 }, codes: ['labels-from-file'] },
  ],
  [
    'coco',
    {
      ...some('images', 2),
      'annotations/all.json': JSON.stringify({
        images: [
          { id: 5, file_name: '0.png' },
          { id: 6, file_name: '1.png' },
        ],
        annotations: [
          { image_id: 5, category_id: 1 },
          { image_id: 6, category_id: 1 },
          { image_id: 6, category_id: 2 },
        ],
        categories: [
          { id: 1, name: 'owl' },
          { id: 2, name: 'hen' },
        ],
      }),
    },
    { labeled: { owl: 1 }, unlabeled: 1, codes: ['one-class', 'labels-from-file', 'labels-several'] },
  ],
  [
    'yolo',
    {
      ...some('images/train', 3),
      'labels/train/0.txt': '0 0.5 0.5 0.2 0.2\n0 0.1 0.1 0.2 0.2\n',
      'labels/train/1.txt': '1 0.5 0.5 0.2 0.2\n',
      'labels/train/2.txt': '0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n',
      'data.yaml': 'path: .\nnc: 2\nnames:\n- cat\n- dog\n',
    },
    { labeled: { cat: 1, dog: 1 }, unlabeled: 1, codes: ['labels-from-file', 'labels-several'] },
  ],
  [
    'pascal-voc',
    {
      ...some('JPEGImages', 2),
      'Annotations/0.xml':
        '<annotation><object><name>cat</name></object><object><name>cat</name></object></annotation>',
      'Annotations/1.xml': '<annotation><object><name>dog</name></object></annotation>',
      'notes.xml': '<x><name>no</name></x>',
    },
    { labeled: { cat: 1, dog: 1 }, codes: ['labels-from-file'], leftOut: { 'pascal-voc/notes.xml': 'text' } },
  ],
  [
    'label-studio',
    {
      ...some('images', 3),
      'project.json': JSON.stringify(
        ['cat', 'dog', null].map((choice, i) => ({
          data: { image: `/data/upload/1/0a1b2c3d-${i}.png` },
          annotations: choice === null ? [] : [{ result: [{ value: { choices: [choice] } }] }],
        })),
      ),
    },
    { labeled: { cat: 1, dog: 1 }, unlabeled: 1, codes: ['labels-from-file'] },
  ],
  [
    'table-without-ending',
    {
      ...some('train_images', 2),
      'test_images/t.png': freshPicture(),
      train: 'id,breed\n0,pug\n1,beagle\n',
      LICENSE: 'Free.\n',
    },
    {
      labeled: { beagle: 1, pug: 1 },
      unlabeled: 1,
      codes: ['labels-from-file'],
      leftOut: { 'table-without-ending/LICENSE': 'text' },
    },
  ],
  [
    'see-through',
    {
      ...some('cat', 3),
      ...some('dog', 3),
      'dog/x.png': clear,
    },
    { labeled: { cat: 3, dog: 4 }, codes: ['transparent'] },
  ],
  [
    'network-storage',
    { ...some('cat', 3), ...some('dog', 3), ...some('cat/@eaDir/0.png', 1) },
    { labeled: { cat: 3, dog: 3 }, leftOut: { 'network-storage/cat/@eaDir/': 'made by the system' } },
  ],
  [
    'phone',
    { ...some('DCIM/100APPLE', 3), 'DCIM/100APPLE/0.nef': 'MM\0*\0\0\0\x08raw' },
    { labeled: {}, unlabeled: 3, codes: ['no-labels'], leftOut: { 'phone/DCIM/100APPLE/0.nef': 'raw file' } },
  ],
  [
    'one-hot',
    { ...pictures(), 'truth.csv': 'image,MEL,NV\n0,1.0,0.0\n1,0.0,1.0\n2,0.0,0.0\n3,0.0,1.0\n' },
    { labeled: { MEL: 1, NV: 2 }, unlabeled: 1, codes: ['labels-from-file'] },
  ],
  [
    'list',
    {
      ...some('img', 2),
      'train.txt': 'C:\\data\\img\\0.jpg 0\nC:\\data\\img\\1.jpg 1\n',
      'class_names.txt': '0 cat\n1 dog\n',
    },
    { labeled: { cat: 1, dog: 1 }, codes: ['labels-from-file'] },
  ],
  [
    'names-for-folders',
    { ...some('n01440764', 3), ...some('n01443537', 3), 'words.txt': 'n01440764\ttench\nn01443537\tgoldfish\n' },
    { labeled: { goldfish: 3, tench: 3 }, codes: ['labels-from-file'] },
  ],
  [
    'truth-beside-folders',
    {
      ...some('cat', 3),
      ...some('dog', 3),
      ...some('unlabeled', 2),
      'labels.csv': 'path,class\nunlabeled/0.png,Cat\n',
    },
    { labeled: { cat: 4, dog: 3 }, unlabeled: 1, codes: ['case-joined', 'labels-from-file'] },
  ],
  [
    'in-names',
    {
      'cat.0.jpg': freshPicture(),
      'cat.1.jpg': freshPicture(),
      'dog.0.jpg': freshPicture(),
      'dog.1.jpg': freshPicture(),
    },
    { labeled: {}, unlabeled: 4, codes: ['labels-in-names', 'no-labels'] },
  ],
  [
    'odd-names',
    {
      ...some('cat', 3, '.jfif'),
      'dog/a.jpe': freshPicture(),
      'dog/no-ending': freshPicture(),
      'dog/c.jpg~': freshPicture(),
      'dog/b.jpg_large': freshPicture(),
      'dog/d.dat': freshPicture(),
    },
    { labeled: { cat: 3, dog: 5 } },
  ],
  [
    '.hidden',
    { ...some('cat', 3), ...some('dog', 3), '.thumbs/1.png': freshPicture() },
    { labeled: { cat: 3, dog: 3 }, leftOut: { '.hidden/.thumbs/': 'hidden' } },
  ],
  [
    'copies',
    { ...some('cat', 3), ...some('dog', 3), 'cat/same.png': twice, 'dog/same.png': twice, 'unlabeled/same.png': twice },
    { labeled: { cat: 4, dog: 4 }, unlabeled: 1, codes: ['duplicates', 'duplicates-contradict'] },
  ],
  [
    'unreadable',
    { ...some('dog', 3), 'cat/1.jpg': '\0\0\0\u0018ftypheic\0\0\0\0mif1heic', 'cat/2.jpg': '' },
    {
      labeled: { cat: 0, dog: 3 },
      codes: ['unreadable-class'],
      leftOut: { 'unreadable/cat/1.jpg': 'HEIC', 'unreadable/cat/2.jpg': 'empty' },
    },
  ],
  ['one-class', some('cat', 4), { labeled: { cat: 4 }, codes: ['one-class'] }],
  [
    'foreign',
    {
      ...some('cat', 3),
      'a.parquet': 'PAR1',
      'b.pkl': 'x',
      'c.7z': 'x',
      data_batch_1: Buffer.from([0x80, 2, 0x7d]),
      'x.h5': 'x',
    },
    {
      labeled: { cat: 3 },
      codes: ['one-class'],
      leftOut: {
        'foreign/a.parquet': 'CSV',
        'foreign/b.pkl': 'npz',
        'foreign/c.7z': 'unpack',
        'foreign/data_batch_1': 'pickle',
        'foreign/x.h5': 'npz',
      },
    },
  ],
  ['mnist', messy.mnist(), { labeled: { '2': 1, '7': 2 } }],
  ['cifar', messy.cifar(), { labeled: { cat: 1, dog: 1 } }],
  ['stl10', messy.stl10(), { labeled: { bird: 1, car: 1 } }],
  ['webdataset', messy.webDataset(), { labeled: { cat: 1, dog: 2 }, codes: ['labels-from-file', 'shards-joined'] }],
];

/** A sheet of six sprites in three columns. */
const sheet = await sheetFile(3, 2, 8);
const frameAt = (at: number) => ({ frame: { x: 8 * (at % 3), y: 8 * Math.floor(at / 3), w: 8, h: 8 } });
const frames = (names: string[]) => Object.fromEntries(names.map((name, at) => [name, frameAt(at)]));
const starling = ['hen_1', 'hen_2', 'owl_1', 'owl_2']
  .map((name, at) => ({ name, ...frameAt(at).frame }))
  .map(({ name, x, y }) => `<SubTexture name="${name}.png" x="${x}" y="${y}" width="8" height="8"/>`)
  .join('\n');
folders.push(
  [
    'sheet',
    {
      'sprites.png': sheet,
      'sprites.json': JSON.stringify({
        frames: frames(['cat/1.png', 'cat/2.png', 'cat/3.png', 'dog/1.png', 'dog/2.png', 'dog/3.png']),
        meta: { image: 'sprites.png' },
      }),
    },
    { labeled: { cat: 3, dog: 3 }, codes: ['sheets-cut'] },
  ],
  [
    'sheet-with-tags',
    {
      'hero.png': sheet,
      'hero.json': JSON.stringify({
        frames: [0, 1, 2, 3, 4, 5].map((at) => ({ filename: `hero ${at}.aseprite`, ...frameAt(at) })),
        meta: {
          image: 'hero.png',
          frameTags: [
            { name: 'run', from: 0, to: 2 },
            { name: 'rest', from: 3, to: 4 },
          ],
        },
      }),
    },
    { labeled: { rest: 2, run: 3 }, unlabeled: 1, codes: ['sheets-cut'] },
  ],
  [
    'sheet-with-names',
    { 'birds.png': sheet, 'birds.xml': `<TextureAtlas imagePath="birds.png">${starling}</TextureAtlas>` },
    { labeled: {}, unlabeled: 4, codes: ['labels-in-names', 'no-labels', 'sheets-cut'] },
  ],
);

/** Oxford's pets: breeds in names and as numbers in lists; cat or dog in boxes of some; masks beside them. */
const breeds = ['Abyssinian', 'Bengal', 'american_bulldog'];
const eachPet = <T>(of: (pet: string, breed: number, i: number) => T): T[] =>
  breeds.flatMap((name, breed) => [1, 2, 3, 4].map((i) => of(`${name}_${i}`, breed, i)));
const petPictures: messy.Contents = Object.fromEntries(
  eachPet((pet) => [
    [`images/${pet}.jpg`, freshPicture()],
    [`annotations/trimaps/${pet}.png`, freshPicture()],
  ]).flat(),
);
const petBoxes: messy.Contents = Object.fromEntries(
  eachPet((pet, breed, i): [string, string][] =>
    i > 2
      ? []
      : [
          [
            `annotations/xmls/${pet}.xml`,
            `<annotation><object><name>${breed < 2 ? 'cat' : 'dog'}</name></object></annotation>`,
          ],
        ],
  ).flat(),
);
const petRows = (wanted: (i: number) => boolean): string =>
  eachPet((pet, breed, i) => (wanted(i) ? `${pet} ${breed + 1} ${breed < 2 ? 1 : 2} ${(breed % 2) + 1}\n` : '')).join(
    '',
  );
folders.push(
  [
    'pets',
    {
      ...petPictures,
      ...petBoxes,
      'annotations/list.txt': `#Image CLASS-ID SPECIES BREED ID\n#ID: 1:37 Class ids\n${petRows(() => true)}`,
      'annotations/trainval.txt': petRows((i) => i < 3),
      'annotations/test.txt': petRows((i) => i > 2),
    },
    {
      labeled: { Abyssinian: 4, 'american bulldog': 4, Bengal: 4 },
      codes: ['labels-from-file', 'masks-left-out'],
      leftOut: Object.fromEntries(eachPet((pet) => [`pets/annotations/trimaps/${pet}.png`, 'masks'])),
    },
  ],
  [
    'pets-in-boxes',
    { ...petPictures, ...petBoxes },
    {
      labeled: { cat: 4, dog: 2 },
      unlabeled: 6,
      codes: ['labels-from-file', 'labels-in-names', 'masks-left-out'],
      leftOut: Object.fromEntries(eachPet((pet) => [`pets-in-boxes/annotations/trimaps/${pet}.png`, 'masks'])),
    },
  ],
);

const archives = async (): Promise<[string, messy.Contents | Uint8Array, Expected][]> => [
  [
    'stylegan.zip',
    await messy.zipped({
      '00000/img0.png': freshPicture(),
      '00000/img1.png': freshPicture(),
      '00001/img2.png': freshPicture(),
      'dataset.json': '{"labels":[["00000/img0.png",0],["00000/img1.png",1],["00001/img2.png",null]]}',
    }),
    { labeled: { '0': 1, '1': 1 }, unlabeled: 1, codes: ['labels-from-file', 'shards-joined'] },
  ],
  [
    'two-zips',
    {
      'train.zip': await messy.zipped({ ...some('train/cat', 3), ...some('train/dog', 3) }),
      'test.zip': await messy.zipped({ ...some('test/cat', 1), ...some('test/dog', 1) }),
    },
    { labeled: { cat: 4, dog: 4 }, codes: ['splits-merged'] },
  ],
  ['old-names.zip', messy.shiftJisZip(), { labeled: { 犬: 3, 猫: 3, 表: 3 }, codes: ['names-decoded'] }],
  [
    'backslashes.zip',
    messy.oldZip(
      ['cat', 'dog'].flatMap((name) =>
        [0, 1, 2].map((i) => ({ name: Buffer.from(`set\\${name}\\${i}.png`), content: freshPicture() })),
      ),
    ),
    { labeled: { cat: 3, dog: 3 } },
  ],
  [
    'nested.zip',
    await messy.zipped({ 'inner.zip': await messy.zipped({ ...some('cat', 3), ...some('dog', 3) }) }),
    { labeled: { cat: 3, dog: 3 } },
  ],
  [
    'locked.zip',
    await messy.zipped(some('cat', 2), 'secret'),
    {
      labeled: {},
      codes: ['folder-empty'],
      leftOut: { 'locked/cat/0.png': 'password', 'locked/cat/1.png': 'password' },
    },
  ],
  [
    'pets.tar.gz',
    gzipSync(tarOf({ ...some('pets/cat', 3), ...some('pets/dog', 3) } as Record<string, Uint8Array>)),
    { labeled: { cat: 3, dog: 3 } },
  ],
  ['sklearn.npz', await messy.namedArrays(), { labeled: { cat: 1, dog: 1 } }],
  ['medmnist.npz', await messy.medMnist(), { labeled: { '0': 2, '1': 2 }, unlabeled: 1 }],
  [
    'broken.zip',
    (await messy.zipped(some('cat', 2))).slice(0, 200),
    { labeled: {}, codes: ['folder-empty'], leftOut: { 'broken.zip': 'damaged' } },
  ],
];

async function check(path: string, { labeled, unlabeled = 0, codes = [], leftOut = {} }: Expected): Promise<void> {
  const report = await readReport(path);
  expect(report.labeledPerClass).toEqual(labeled);
  expect(report.classes).toEqual(
    Object.keys(labeled).toSorted((a, b) => report.classes.indexOf(a) - report.classes.indexOf(b)),
  );
  expect(report.unlabeled).toBe(unlabeled);
  const told = report.warnings.map(({ code }) => code).filter((code) => !['few-images', 'small-class'].includes(code));
  expect(told.toSorted()).toEqual(codes.toSorted());
  expect(report.leftOut.map((each) => each.path).toSorted()).toEqual(Object.keys(leftOut).toSorted());
  for (const each of report.leftOut) expect(each.reason).toContain(leftOut[each.path]);
}

describe('folders', () => {
  it.each(folders)('%s', async (name, contents, expected) => {
    const path = messy.write(place(name), contents);
    await check(path, expected);
    // The page sees the same, but for what only decoding tells and for folders that the disk's walk does not enter.
    const page = await onThePage(path);
    expect(page.classes).toEqual(
      Object.keys(expected.labeled).toSorted((a, b) => page.classes.indexOf(a) - page.classes.indexOf(b)),
    );
    expect(page.unlabeled).toBe(expected.unlabeled ?? 0);
  });
});

it('archives', async () => {
  for (const [name, contents, expected] of await archives()) {
    const path = place(name);
    messy.write(
      ...(contents instanceof Uint8Array ? ([folder, { [name]: contents }] as const) : ([path, contents] as const)),
    );
    await check(path, expected);
    const page = await onThePage(path);
    expect([page.unlabeled, page.leftOut]).toEqual([
      expected.unlabeled ?? 0,
      Object.keys(expected.leftOut ?? {}).toSorted(),
    ]);
  }
});

it('says what transparent parts are laid over, as it was asked for', async () => {
  const set = messy.write(join(folder, 'clear parts'), {
    ...messy.some('cat', 3),
    ...messy.some('dog', 3),
    'dog/x.png': clear,
  });
  const told = async (...args: string[]) => {
    const { reading } = readArguments([set, ...args]);
    return (await readReport(set, reading)).warnings.find(({ code }) => code === 'transparent')?.text;
  };
  expect(await told()).toContain('laid over white.');
  expect(await told('--matte', 'black')).toContain('laid over black.');
  expect(await told('--matte', '#AABB01')).toContain('laid over #aabb01.');
  expect(() => readArguments([set, '--matte', 'puce'])).toThrow('--matte takes white, grey, black or a colour');
});

it('links are followed inside of the folder, circles cut, and the rest named', async () => {
  const path = messy.write(place('links'), {
    'blobs/c0': freshPicture(),
    'real/0.png': freshPicture(),
    'set/cat/0.png': { link: '../../blobs/c0' },
    'set/dog': { link: '../real' },
    'set/bird/0.png': freshPicture(),
    'set/bird/loop': { link: '..' },
    'set/bird/out.png': { link: '/etc/hostname' },
    'set/bird/lost.png': { link: 'nothing' },
    'set/owl': '../real-owl',
    'real-owl/0.png': freshPicture(),
  });
  const report = await readReport(path);
  expect(report.labeledPerClass).toEqual({ bird: 1, cat: 1, dog: 1, owl: 1 });
  const reasons = Object.fromEntries(report.leftOut.map((each) => [each.path.replace('links/', ''), each.reason]));
  expect(reasons).toMatchObject({
    'blobs/c0': expect.stringContaining('set/cat/0.png'),
    real: expect.stringContaining('set/dog'),
    'real-owl': expect.stringContaining('set/owl'),
    'set/bird/loop': expect.stringContaining('leads back'),
    'set/bird/out.png': expect.stringContaining('leads out'),
    'set/bird/lost.png': expect.stringContaining('nowhere'),
  });
});

it('leaves copies out where asked: one of each stays, without a label where the labels contradict', async () => {
  const [alone, alike] = [freshPicture(), freshPicture()];
  const path = messy.write(place('leave-out'), {
    'cat/0.png': alone,
    'cat/same.png': twice,
    'dog/same.png': twice,
    'dog/a.png': alike,
    'dog/b.png': alike,
    'unlabeled/same.png': twice,
  });
  const { reading } = readArguments([path, '--copies', 'leave-out']);
  const report = await readReport(path, reading);
  expect([report.labeledPerClass, report.unlabeled]).toEqual([{ cat: 1, dog: 1 }, 1]);
  expect(report.leftOut.map((each) => each.path.slice('leave-out/'.length))).toEqual([
    'dog/b.png',
    'dog/same.png',
    'unlabeled/same.png',
  ]);
  expect(report.warnings.map(({ code }) => code)).not.toContain('duplicates');
});

it('labels in names are taken when asked for', async () => {
  const { reading } = readArguments(['x', '--labels-from', 'names']);
  const report = await readReport(place('in-names'), reading);
  expect(report.labeledPerClass).toEqual({ cat: 2, dog: 2 });
});

it('labels in names are offered where boxes say less, and taken in their place when asked for', async () => {
  const { reading } = readArguments(['x', '--labels-from', 'names']);
  const report = await readReport(place('pets-in-boxes'), reading);
  expect(report.labeledPerClass).toEqual({ Abyssinian: 4, 'american bulldog': 4, Bengal: 4 });
});

it('a sheet without an atlas is offered, and cut where its cells are said', async () => {
  const set = messy.write(place('plain sheet'), {
    'cats.png': await sheetFile(6, 5, 32, { empty: [7, 8] }),
    'dogs.png': await sheetFile(6, 5, 32),
  });
  const whole = await readReport(set);
  expect([whole.unlabeled, whole.warnings.find(({ code }) => code === 'sheet-offer')?.text]).toEqual([
    2,
    expect.stringContaining('look like sheets of 60 small pictures, each 32 x 32 pixels'),
  ]);
  const { reading } = readArguments([set, '--cells', '32x32', '--labels-from', 'names']);
  const cut = await readReport(set, reading);
  expect([cut.labeledPerClass, cut.unlabeled, cut.leftOut]).toEqual([{ cats: 28, dogs: 30 }, 0, []]);
  expect(cut.warnings.find(({ code }) => code === 'sheets-in-cells')?.text).toContain('2 cells are empty');
  const apart = messy.write(place('sheet apart'), {
    'tiles.png': await sheetFile(6, 5, 32, { between: 2, around: 3 }),
  });
  const said = (await readReport(apart)).warnings.find(({ code }) => code === 'sheet-offer')?.text;
  expect(said).toContain('30 small pictures, each 32 x 32 pixels, 2 between them and 3 at the edge');
  expect(said).toContain('add --cells 32x32+2+3.');
  const cells = await readReport(
    apart,
    readArguments([apart, '--cells', '32x32+2+3', '--labels-from', 'names']).reading,
  );
  expect([cells.unlabeled, cells.warnings.find(({ code }) => code === 'sheets-in-cells')?.text]).toEqual([
    30,
    expect.stringContaining('was cut into 30 pictures of 32 x 32 pixels, 2 between them and 3 at the edge.'),
  ]);
  for (const wrong of ['32', '3x3', '32x', 'axb', '32x32+', '32x32+1+2+3', '32x32-1']) {
    expect(() => readArguments([set, '--cells', wrong])).toThrow('--cells takes width and height');
  }
});

it('one of several traits makes two classes where it is asked for, and one that is not there is refused', async () => {
  const names = ['Smiling', 'Young', ...Array.from({ length: 12 }, (_, i) => `Trait_${i}`)];
  const rows = [0, 1, 2, 3].map((i) => `${i}.png  ${names.map((_, at) => (at + i) % 2 || -1).join(' ')}`);
  const set = messy.write(place('traits'), {
    ...Object.fromEntries([0, 1, 2, 3].map((i) => [`faces/${i}.png`, messy.freshPicture()])),
    'list_attr.txt': `4\n${names.join(' ')}\n${rows.join('\n')}\n`,
  });
  const offered = await readReport(set);
  expect(offered.warnings.find(({ code }) => code === 'trait-offer')?.text).toContain('add --trait "Smiling"');
  const { reading } = readArguments([set, '--trait', 'trait_1']);
  expect((await readReport(set, reading)).labeledPerClass).toEqual({ 'Trait 1': 2, 'not Trait 1': 2 });
  await expect(readReport(set, { trait: 'Smilng' })).rejects.toThrow(
    /^--trait "Smilng": no table here has this trait; there are "Smiling", "Young", .*"Trait 9" and 2 more\.$/,
  );
  await expect(readReport(place('in-names'), { trait: 'Smiling' })).rejects.toThrow(/no table here says of traits/);
  expect(() => readArguments([set, '--trait', 'Young', '--labels-from', 'names'])).toThrow(
    /without --labels-from names/,
  );
});

it('says plainly where there is nothing, and what it takes', async () => {
  await expect(readReport(place('nothing-here'))).rejects.toThrow(/There is no/);
  expect(() => readArguments([])).toThrow(/Which pictures/);
  expect(() => readArguments(['x', '--labels-from', 'dreams'])).toThrow(/auto, folders or names/);
  expect(() => readArguments(['x', '--names', 'ascii'])).toThrow(/shift_jis/);
});
