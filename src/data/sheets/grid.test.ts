import { describe, expect, it } from 'vitest';
import { cutCells } from './cutCells';
import { cellSizeOf, gridCells, gridOf } from './grid';
import { sheetPixels } from './sheet.testing';

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
