import { describe, expect, it } from 'vitest';
import { cutCells } from './cutCells';
import { cellSizeOf, gridCells, gridOf } from './grid';
import { guttersOf } from './gutters';
import { patternAt, sheetPixels } from './sheet.testing';

describe('grids', () => {
  it('leave off what is less than a cell, and leave out cells of one colour', async () => {
    const sheet = sheetPixels(3, 2, 8, { empty: [4] });
    const grid = gridOf(sheet, { width: 8, height: 7 });
    expect(grid).toEqual({ columns: 3, rows: 2, left: { width: 0, height: 2 } });
    const cells = gridCells(gridOf(sheet, { width: 8, height: 8 }), { width: 8, height: 8 });
    expect(cells.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [8, 0],
      [16, 0],
      [0, 8],
      [8, 8],
      [16, 8],
    ]);
    const white = { ...sheet, data: sheet.data.map((value, i) => (i % 96 < 32 && i < 8 * 96 ? 255 : value)) };
    expect((await cutCells(white, cells, ['transparent', 'plain'])).fates).toEqual([
      'plain',
      'cut',
      'cut',
      'cut',
      'transparent',
      'cut',
    ]);
  });

  it.each([
    ['pictures side by side', sheetPixels(8, 6, 32)],
    ['with gaps between them', sheetPixels(8, 6, 32, { gap: true })],
    ['some of them missing', sheetPixels(8, 6, 32, { gap: true, empty: [3, 40, 41, 42, 43, 44, 45, 46, 47] })],
    ['one row', sheetPixels(12, 1, 32)],
  ])('are told by what repeats: %s', (_, sheet) => {
    expect(cellSizeOf(sheet)).toEqual({ width: 32, height: 32 });
  });

  it.each<[string, ReturnType<typeof sheetPixels>, object]>([
    ['transparent gaps', sheetPixels(9, 5, 16, { between: 1 }), { width: 16, height: 16, gap: 1, edge: 0 }],
    ['and an edge', sheetPixels(9, 2, 32, { between: 2, around: 3 }), { width: 32, height: 32, gap: 2, edge: 3 }],
    [
      'lines of a colour, and empty cells',
      sheetPixels(7, 6, 24, { between: 4, around: 4, colour: [255, 0, 255, 255], empty: [3, 25, 40] }),
      { width: 24, height: 24, gap: 4, edge: 4 },
    ],
    ['one row', sheetPixels(7, 1, 24, { between: 3, around: 1 }), { width: 24, height: 24, gap: 3, edge: 1 }],
    ['one column', sheetPixels(1, 7, 24, { between: 3 }), { width: 24, height: 24, gap: 3, edge: 0 }],
  ])('are seen apart, to the pixel: %s', async (_, sheet, layout) => {
    const found = cellSizeOf(sheet);
    expect(found).toEqual(layout);
    const grid = gridOf(sheet, found ?? { width: 1, height: 1 });
    expect(grid.left).toEqual({ width: 0, height: 0 });
    const cells = gridCells(grid, found ?? { width: 1, height: 1 });
    const { fates } = await cutCells(sheet, cells, ['transparent', 'plain']);
    expect(fates.filter((fate) => fate !== 'cut').length).toBe(cells.length === 42 ? 3 : 0);
    // The corner of each cell is its pattern's.
    const last = cells.at(-1) ?? { x: 0, y: 0 };
    const at = (last.y * sheet.width + last.x) * 4;
    expect([...sheet.data.subarray(at, at + 4)]).toEqual(patternAt(cells.length - 1, 0, 0));
  });

  it('leave off what an edge or a gap does not leave room for', () => {
    const layout = { width: 8, height: 8, gap: 2, edge: 1 };
    expect(gridOf({ width: 30, height: 28 }, layout)).toEqual({ columns: 3, rows: 2, left: { width: 0, height: 8 } });
    // Without an edge at the right.
    expect(gridOf({ width: 29, height: 7 }, layout)).toEqual({ columns: 3, rows: 0, left: { width: 0, height: 7 } });
  });

  it.each([
    ['two by two', sheetPixels(2, 2, 32, { between: 2 })],
    ['one row that is far lower than wide', { ...sheetPixels(9, 1, 16, { between: 2 }), height: 8 }],
    ['smaller than pictures', sheetPixels(20, 20, 6, { between: 1 })],
  ])('are not seen apart where that could be chance: %s', (_, sheet) => {
    expect(guttersOf({ ...sheet, data: sheet.data.slice(0, sheet.width * sheet.height * 4) })).toBeNull();
  });

  it('are seen apart where some pictures are narrow, and not where so many are that two could be taken for one', () => {
    const sheet = sheetPixels(8, 4, 16, { between: 2 });
    const without = (blank: (column: number, x: number) => boolean) => ({
      ...sheet,
      data: sheet.data.map((value, i) => {
        const x = (i >> 2) % sheet.width;
        return blank(Math.floor(x / 18), x % 18) ? 0 : value;
      }),
    });
    expect(guttersOf(without((column, x) => column === 3 && x > 12))).toMatchObject({ width: 16, gap: 2, edge: 0 });
    expect(guttersOf(without((column, x) => column % 2 === 0 && (x < 3 || x > 12)))).toBeNull();
  });

  it('are not seen apart where gaps may as well be parts of the pictures', () => {
    // Each pixel of the edge of every cell is blank: 32 wide, or 30 wide and 2 apart.
    expect(guttersOf(sheetPixels(8, 6, 32, { gap: true }))).toBeNull();
    const one = sheetPixels(1, 1, 200);
    expect(guttersOf(one)).toBeNull();
    expect(guttersOf({ ...one, data: new Uint8Array(one.data.length) })).toBeNull();
  });

  it('are not seen where nothing repeats', () => {
    const width = 128;
    let seed = 1;
    const noise = Uint8Array.from({ length: width * width * 4 }, (_, i) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return i % 4 === 3 ? 255 : seed >>> 24;
    });
    expect(cellSizeOf({ width, height: width, data: noise })).toBeNull();
    const one = Uint8Array.from({ length: width * width * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : Math.hypot(((i >> 2) % width) - 64, (i >> 2) / width - 64) < 40 ? 220 : 30,
    );
    expect(cellSizeOf({ width, height: width, data: one })).toBeNull();
  });
});
