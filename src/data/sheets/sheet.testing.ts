/** Sheets for tests: cells of one size, each filled by a pattern of its own; a transparent gap of one pixel around each. */
import { encodePng } from '../../formats/png';
import type { RgbaPixels } from '../resize';

/** Pixels of the pattern of a cell: like no other cell's. */
export function patternAt(cell: number, x: number, y: number): [number, number, number, number] {
  return [(cell * 37 + x * 3) & 255, (cell * 11 + y * 5) & 255, (cell * 91 + x + y) & 255, 255];
}

interface SheetOptions {
  /** Numbers of cells that stay transparent. */
  empty?: readonly number[];
  /** Whether the edge of each cell is transparent. */
  gap?: boolean;
  /** Pixels between cells, and around them all. */
  between?: number;
  around?: number;
  /** Of what is between and around. */
  colour?: readonly [number, number, number, number];
}

export function sheetPixels(
  columns: number,
  rows: number,
  edge: number,
  { empty = [], gap = false, between = 0, around = 0, colour = [0, 0, 0, 0] }: SheetOptions = {},
): RgbaPixels {
  const pitch = edge + between;
  const width = 2 * around + columns * pitch - between;
  const height = 2 * around + rows * pitch - between;
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const [column, row] = [x, y].map((at) => Math.floor((at - around) / pitch)) as [number, number];
      const [left, top] = [x - around - column * pitch, y - around - row * pitch];
      const inside = left < edge && top < edge && column >= 0 && row >= 0 && column < columns && row < rows;
      const cell = row * columns + column;
      const atEdge = [left, top].some((at) => at === 0 || at === edge - 1);
      if (inside && (empty.includes(cell) || (gap && atEdge))) continue;
      data.set(inside ? patternAt(cell, left, top) : colour, (y * width + x) * 4);
    }
  return { width, height, data };
}

export async function sheetFile(
  ...[columns, rows, edge, how]: Parameters<typeof sheetPixels>
): Promise<Uint8Array<ArrayBuffer>> {
  const { data, ...size } = sheetPixels(columns, rows, edge, how);
  return encodePng({ ...size, pixels: data });
}
