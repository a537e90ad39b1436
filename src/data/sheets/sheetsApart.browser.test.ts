import { afterAll, expect, it } from 'vitest';
import { readDrop } from '../readDrop';
import type { CutNote } from './cutNote';
import { patternAt, sheetFile } from './sheet.testing';
import { sheetsApart } from './sheetsApart';
import { cut, offer } from './sheetsHere';

const cutter = sheetsApart();
afterAll(() => cutter.close());

/** RGBA bytes of a picture, as this browser decodes it. */
async function pixelsOf(file: Blob): Promise<Uint8ClampedArray> {
  const bitmap = await createImageBitmap(file);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  return context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? new Uint8ClampedArray();
}

it('cuts a sheet in its worker, to the pixel as the terminal does', async () => {
  const box = (x: number, y: number) => ({ frame: { x, y, w: 8, h: 8 } });
  const atlas = JSON.stringify({ frames: { 'cat/a': box(0, 0), 'dog/b': box(8, 8), none: box(0, 8), out: box(9, 8) } });
  const leftOut: Record<string, string> = {};
  const notes: CutNote[] = [];
  const files = await readDrop(
    [new File([await sheetFile(2, 2, 8, { empty: [2] })], 'sheet.png'), new File([atlas], 'sheet.json')],
    undefined,
    {
      cutter,
      onSkipped: ({ path, reason }) => void (leftOut[path] = reason),
      onCut: (note) => void notes.push(note),
    },
  );
  expect(files.map(({ path }) => path)).toEqual(['cat/sheet#a.png', 'dog/sheet#b.png']);
  expect(leftOut).toEqual({
    'sheet#none.png': 'an empty part of the sheet',
    'sheet#out.png': 'its rectangle leads out of the sheet',
  });
  expect(notes).toEqual([{ sheet: 'sheet.png', atlas: 'sheet.json', pictures: 2 }]);
  for (const [at, cell] of [0, 3].entries()) {
    const pixels = await pixelsOf(files[at]?.file ?? new Blob());
    expect([...pixels.subarray(0, 4), ...pixels.subarray(63 * 4)]).toEqual([
      ...patternAt(cell, 0, 0),
      ...patternAt(cell, 7, 7),
    ]);
  }
});

it('says what it cannot cut, and an end of the reading does not wait for it', async () => {
  const damaged = (await sheetFile(1, 1, 8)).fill(7, 50, 60);
  expect(await cutter.cells(new Blob([damaged]), [])).toEqual({ reason: expect.stringMatching(/damaged|cut off/) });
  expect(await cutter.atlas(new Blob(['{"a": 1}']))).toBeNull();
  const ending = new AbortController();
  const never = { ...cutter, atlas: () => new Promise<null>(() => ending.abort(new Error('enough'))) };
  const files = [new File(['{"frames":{}}'], 'a.json')];
  await expect(readDrop(files, undefined, { cutter: never, signal: ending.signal })).rejects.toThrow('enough');
});

it('tells the grid of a sheet, offers it, and cuts it', async () => {
  const sheet = { path: 'set/a.png', file: new File([await sheetFile(6, 5, 32, { empty: [7] })], 'a.png') };
  const { signal } = new AbortController();
  const found = await offer([sheet], [null], signal);
  expect(found).toEqual({ sheets: ['set/a.png'], cell: { width: 32, height: 32 }, seen: true, cells: 30 });
  const done = await cut(
    [sheet],
    { verdicts: [null], labelFiles: [] },
    ['set/a.png'],
    { width: 32, height: 32 },
    signal,
  );
  expect([done.files.length, done.cut[0]]).toMatchObject([29, { pictures: 29, empty: 1 }]);
  const last = await pixelsOf(done.files.at(-1)?.file ?? new Blob());
  expect([...last.subarray(0, 4)]).toEqual(patternAt(29, 0, 0));
  await expect(offer([sheet], [null], AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});
