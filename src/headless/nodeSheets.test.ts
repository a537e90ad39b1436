/** Sheets of sprites with an atlas beside them, from files to pictures: what they are called, and what is refused. */
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { readDrop, type DroppedFile } from '../data/readDrop';
import { cutGrids } from '../data/sheets/cutGrids';
import type { CutNote } from '../data/sheets/cutNote';
import { offerCells } from '../data/sheets/offerCells';
import { patternAt, sheetFile } from '../data/sheets/sheet.testing';
import { nodeSheets } from './nodeSheets';

const box = (x: number, y: number, w = 8, h = 8) => ({ frame: { x, y, w, h } });
const json = (frames: unknown, meta: unknown = {}): string => JSON.stringify({ frames, meta });

async function read(contents: Record<string, string | Uint8Array<ArrayBuffer>>): Promise<{
  files: DroppedFile[];
  paths: string[];
  leftOut: Record<string, string>;
  notes: CutNote[];
}> {
  const leftOut: Record<string, string> = {};
  const notes: CutNote[] = [];
  const dropped = Object.entries(contents).map(([path, content]) => {
    const file = new File([content], path.split('/').at(-1) ?? '');
    return Object.defineProperty(file, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
  });
  const files = await readDrop(dropped, undefined, {
    onSkipped: ({ path, reason }) => void (leftOut[path] = reason),
    onCut: (note) => void notes.push(note),
    cutter: nodeSheets(),
  });
  return { files, paths: files.map(({ path }) => path), leftOut, notes };
}

it('frames become pictures in the folder of the sheet, or below it by their folder or tag', async () => {
  const sheet = await sheetFile(2, 2, 8, { empty: [3] });
  const frames = { 'cat/1.png': box(0, 0), 'dog/1.png': box(8, 0), 'owl 7': box(0, 8), none: box(8, 8) };
  const tags = [
    { filename: 'a 0.aseprite', ...box(0, 0) },
    { filename: 'a 0.aseprite', ...box(8, 0) },
  ];
  const { files, paths, leftOut, notes } = await read({
    'set/sheet.png': sheet,
    'set/sheet.json': json(frames),
    'set/hero.png': sheet,
    'set/moves.json': json(tags, { image: 'Hero.png', frameTags: [{ name: 'walk/on', from: 1, to: 1 }] }),
  });
  expect(paths).toEqual([
    'set/cat/sheet#1.png',
    'set/dog/sheet#1.png',
    'set/hero#a 0.png',
    'set/sheet#owl 7.png',
    'set/walk-on/hero#a 0.png',
  ]);
  expect(leftOut).toEqual({ 'set/sheet#none.png': 'an empty part of the sheet' });
  expect(notes).toEqual([
    { sheet: 'set/sheet.png', atlas: 'set/sheet.json', pictures: 3 },
    { sheet: 'set/hero.png', atlas: 'set/moves.json', pictures: 2 },
  ]);
  const dog = await files[1]?.file.arrayBuffer();
  const pixels = await sharp(dog).ensureAlpha().raw().toBuffer();
  expect([...pixels.subarray(0, 4)]).toEqual(patternAt(1, 0, 0));
});

it('atlases of libGDX, of several sheets, and of cocos2d are read as others are, whatever they are called', async () => {
  const gdx =
    'one.png\nsize: 16,8\ncat/a\n  rotate: true\n  xy: 8, 0\n  size: 8, 8\n\ntwo.png\nsize: 16,8\nb\n  xy: 0, 0\n  size: 8, 8\n  index: 4\n';
  const plist = `<plist version="1.0"><dict><key>frames</key><dict><key>dog/c.png</key><dict><key>textureRect</key>
    <string>{{8,0},{8,8}}</string></dict></dict></dict></plist>`;
  const sheet = await sheetFile(2, 1, 8);
  const { files, paths, leftOut, notes } = await read({
    'set/one.png': sheet,
    'set/two.png': sheet,
    'set/all.atlas.txt': gdx,
    'set/three.png': sheet,
    'set/three.plist': plist,
  });
  expect([paths, leftOut]).toEqual([['set/cat/one#a.png', 'set/dog/three#c.png', 'set/two#b_4.png'], {}]);
  expect(notes.map(({ pictures }) => pictures)).toEqual([1, 1, 1]);
  const cat = await sharp(await files[0]?.file.arrayBuffer())
    .ensureAlpha()
    .raw()
    .toBuffer();
  // Turned counter-clockwise, the upper left corner came to the lower left.
  expect([...cat.subarray(0, 4)]).toEqual(patternAt(1, 0, 7));
});

it('an atlas is found among any number of other files', async () => {
  const others = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`set/${i}.json`, '{"label":"cat"}']));
  const atlas = { 'set/s.png': await sheetFile(2, 1, 8), 'set/s.json': json({ one: box(0, 0), two: box(8, 0) }) };
  const { paths } = await read({ ...others, ...atlas });
  expect(paths.filter((path) => path.endsWith('.png'))).toEqual(['set/s#one.png', 'set/s#two.png']);
});

it('frames of one name get a number, names that lead out or are none are not followed', async () => {
  const frames = [
    { filename: 'x', ...box(0, 0) },
    { filename: 'x', ...box(8, 0) },
    { filename: '../../out.png', ...box(0, 0) },
    { filename: `${'long'.repeat(2000)}.png`, ...box(8, 0) },
  ];
  const { paths } = await read({ 'sheet.png': await sheetFile(2, 1, 8), 'sheet.json': json(frames) });
  expect(paths.filter((path) => path.length < 100)).toEqual(['sheet#picture.png', 'sheet#x (2).png', 'sheet#x.png']);
  expect(paths.every((path) => path.length < 300)).toBe(true);
});

it('an atlas that is of no use is named with its reason, and its sheet stays a picture', async () => {
  const sheet = await sheetFile(2, 1, 8);
  const { paths, leftOut, notes } = await read({
    'a.png': sheet,
    'a.json': json({ one: box(9, 0), two: box(-3, 0), three: box(0, 0, 2 ** 30, 8) }),
    'b.png': sheet.slice(0, 60),
    'b.xml': '<TextureAtlas imagePath="b.png"><SubTexture name="1" x="0" y="0" width="8" height="8"/></TextureAtlas>',
    'c.json': json({ one: box(0, 0) }, { image: 'elsewhere.png' }),
    'd.png': sheet,
    'd.json': json(Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [`f${i}`, box(0, 0)]))),
    'labels.json': '{"frames": 3}',
    'x.xml': '<TextureAtlas>',
  });
  expect(paths).toEqual(['a.png', 'b.png', 'd.png', 'labels.json', 'x.xml']);
  expect(notes).toEqual([]);
  expect(leftOut).toEqual({
    'a.json': expect.stringContaining('all its rectangles lead out of the sheet'),
    'b.xml': expect.stringContaining('cut off before its end'),
    'c.json': expect.stringContaining('“elsewhere.png” is not beside it'),
    'd.json': expect.stringContaining('100,001 frames'),
  });
});

it('a sheet that is larger than is cut here is refused before it is decoded', async () => {
  const header = await sheetFile(1, 1, 8);
  new DataView(header.buffer).setUint32(16, 10_000);
  new DataView(header.buffer).setUint32(20, 10_000);
  const { leftOut } = await read({ 'a.png': header, 'a.json': json({ one: box(0, 0) }) });
  expect(leftOut['a.json']).toContain('the sheet is 10,000 x 10,000 pixels; up to 67 megapixels can be cut here');
});

it('some rectangles that lead out are named, the others are cut', async () => {
  const { paths, leftOut } = await read({
    'a.png': await sheetFile(2, 1, 8),
    'a.json': json({ in: box(8, 0), out: box(12, 0) }),
  });
  expect([paths, leftOut]).toEqual([['a#in.png'], { 'a#out.png': 'its rectangle leads out of the sheet' }]);
});

it('cells of one size are cut in place of the sheet, those of one colour counted and left out', async () => {
  const files = [
    { path: 'set/cat/a.png', file: new File([await sheetFile(12, 2, 8, { empty: [3] })], 'a.png') },
    { path: 'set/b.txt', file: new File(['x'], 'b.txt') },
    { path: 'set/broken.png', file: new File([(await sheetFile(2, 1, 8)).slice(0, 60)], 'broken.png') },
  ];
  const facts = { verdicts: [null, 'not a picture', null], labelFiles: [] };
  const sheets = new Set(['set/cat/a.png', 'set/broken.png']);
  const cut = await cutGrids(files, facts, sheets, { width: 8, height: 7 }, nodeSheets());
  const paths = cut.files.map(({ path }) => path);
  expect(paths.filter((path) => !path.includes('#'))).toEqual(['set/b.txt', 'set/broken.png']);
  expect([paths[2], paths.at(-1), paths.length]).toEqual(['set/cat/a#1-01.png', 'set/cat/a#2-12.png', 25]);
  expect(paths).not.toContain('set/cat/a#1-04.png');
  expect(cut.verdicts).toEqual(paths.map((path) => (path === 'set/b.txt' ? 'not a picture' : null)));
  expect(cut.cut).toEqual([
    {
      sheet: 'set/cat/a.png',
      pictures: 23,
      cell: { width: 8, height: 7 },
      empty: 1,
      left: { width: 0, height: 2 },
    },
  ]);
  expect(cut.skipped).toEqual([{ path: 'set/broken.png', reason: expect.stringContaining('cut off before its end') }]);
});

it('too many cells are refused before they are cut', async () => {
  const large = new File(
    [
      await sharp({ create: { width: 1600, height: 1200, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    ],
    'a.png',
  );
  const done = await nodeSheets().grid(large, { width: 4, height: 4 });
  expect(done).toEqual({ reason: expect.stringContaining('it would be 120,000 pictures; up to 100,000') });
});

it('few and large pictures are offered to be cut, by the grid that they show', async () => {
  const of = async (name: string, ...how: Parameters<typeof sheetFile>) => ({
    path: name,
    file: new File([await sheetFile(...how)], name),
  });
  const sheet = await of('a.png', 6, 5, 32);
  const small = await of('small.png', 2, 2, 8);
  const plain = await of('one.png', 1, 1, 200);
  const offered = (files: DroppedFile[]) =>
    offerCells(
      files,
      files.map(() => null),
      nodeSheets(),
    );
  expect(await offered([sheet, small])).toEqual({
    sheets: ['a.png'],
    cell: { width: 32, height: 32 },
    seen: true,
    cells: 30,
  });
  expect(await offered([plain])).toMatchObject({ sheets: ['one.png'], seen: false });
  expect(await offered([small])).toBeNull();
  expect(await offered(Array.from({ length: 11 }, () => sheet))).toBeNull();
  expect(await offerCells([sheet], ['not a picture'], nodeSheets())).toBeNull();
});
