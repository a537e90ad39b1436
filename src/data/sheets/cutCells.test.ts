import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { cutCells, CutRefused, cutLimits, type Cell } from './cutCells';
import { patternAt, sheetPixels } from './sheet.testing';

const cell = (x: number, y: number, width: number, height: number, more: Partial<Cell> = {}): Cell => ({
  x,
  y,
  width,
  height,
  turned: 0,
  whole: null,
  ...more,
});

async function picturesOf(...args: Parameters<typeof cutCells>) {
  const { pack, ends, fates } = await cutCells(...args);
  const pictures = [];
  for (const [at, end] of ends.entries()) {
    const png = sharp(await pack.slice(ends[at - 1] ?? 0, end).arrayBuffer());
    const { data, info } = await png.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    pictures.push({ width: info.width, height: info.height, data });
  }
  return { pictures, fates };
}

describe('cells', () => {
  it('are cut as they are, those that lead out and those that are asked for left out', async () => {
    const sheet = sheetPixels(2, 1, 8, { empty: [0] });
    const cells = [cell(0, 0, 8, 8), cell(8, 0, 8, 8), cell(9, 0, 8, 8), cell(-1, 0, 4, 4), cell(8, 0, 0, 4)];
    const { pictures, fates } = await picturesOf(sheet, cells, ['transparent']);
    expect(fates).toEqual(['transparent', 'cut', 'out', 'out', 'out']);
    const [only] = pictures;
    expect([only?.width, only?.height, pictures.length]).toEqual([8, 8, 1]);
    expect([...(only?.data.subarray(0, 4) ?? [])]).toEqual(patternAt(1, 0, 0));
    expect([...(only?.data.subarray((3 * 8 + 5) * 4, (3 * 8 + 5) * 4 + 4) ?? [])]).toEqual(patternAt(1, 5, 3));
    expect((await cutCells(sheet, cells, [])).fates[0]).toBe('cut');
  });

  it('are turned back, and laid where they were before they were trimmed', async () => {
    const sheet = sheetPixels(1, 1, 8);
    // 3 wide and 2 high, which lies in the sheet as 2 wide and 3 high.
    const turned = cell(1, 2, 3, 2, { turned: 90 });
    const trimmed = cell(4, 4, 2, 2, { whole: { width: 5, height: 4, left: 2, top: 1 } });
    const { pictures } = await picturesOf(sheet, [turned, trimmed], []);
    const [back, whole] = pictures;
    const at = (picture: typeof back, x: number, y: number) => {
      const from = (y * (picture?.width ?? 0) + x) * 4;
      return [...(picture?.data.subarray(from, from + 4) ?? [])];
    };
    expect([back?.width, back?.height]).toEqual([3, 2]);
    // Turned clockwise, the upper left corner came to the upper right.
    expect(at(back, 0, 0)).toEqual(patternAt(0, 2, 2));
    expect(at(back, 2, 0)).toEqual(patternAt(0, 2, 4));
    expect(at(back, 0, 1)).toEqual(patternAt(0, 1, 2));
    expect([whole?.width, whole?.height]).toEqual([5, 4]);
    expect(at(whole, 2, 1)).toEqual(patternAt(0, 4, 4));
    expect(at(whole, 3, 2)).toEqual(patternAt(0, 5, 5));
    expect(at(whole, 0, 0)).toEqual([0, 0, 0, 0]);
  });

  it.each([90, 180, 270] as const)('are turned back by %i degrees', async (turned) => {
    const sheet = sheetPixels(1, 1, 8);
    const size = { width: 3, height: 2 };
    // What lies in the sheet is the picture turned clockwise: where its corner, and its neighbour in the row, went.
    const at = {
      90: [
        [2, 2],
        [2, 3],
      ],
      180: [
        [3, 3],
        [2, 3],
      ],
      270: [
        [1, 4],
        [1, 3],
      ],
    }[turned];
    const { pictures } = await picturesOf(sheet, [cell(1, 2, size.width, size.height, { turned })], []);
    const [picture] = pictures;
    expect([picture?.width, picture?.height]).toEqual([3, 2]);
    expect([0, 4].map((from) => [...(picture?.data.subarray(from, from + 4) ?? [])])).toEqual(
      at.map(([x = 0, y = 0]) => patternAt(0, x, y)),
    );
  });

  it('are refused where they are too many, too large or too many times the same', async () => {
    const sheet = sheetPixels(1, 1, 8);
    const many = Array.from({ length: cutLimits.cells + 1 }, () => cell(0, 0, 1, 1));
    await expect(cutCells(sheet, many, [])).rejects.toThrow(CutRefused);
    const large = cell(0, 0, 8, 8, { whole: { width: 2 ** 20, height: 2 ** 20, left: 0, top: 0 } });
    await expect(cutCells(sheet, [large], [])).rejects.toThrow('too large for a part');
    // A few bytes of an atlas that claim 16 megapixels, all of them empty but for a few.
    const padded = cell(0, 0, 8, 8, { whole: { width: 4096, height: 4096, left: 0, top: 0 } });
    await expect(cutCells(sheet, [padded], [])).rejects.toThrow(
      '17 megapixels together; up to 4 are cut from a sheet of 8 x 8 pixels',
    );
    const again = Array.from({ length: 60 }, () =>
      cell(0, 0, 8, 8, { whole: { width: 300, height: 300, left: 0, top: 0 } }),
    );
    await expect(cutCells(sheet, again, [])).rejects.toThrow('5 megapixels together');
    expect((await cutCells(sheet, again.slice(0, 40), [])).pixels).toBe(40 * 300 * 300);
    // Out of the sheet they take nothing.
    expect((await cutCells(sheet, [{ ...large, x: 5 }], [])).fates).toEqual(['out']);
  });
});
