/** Sheets for tests: cells of one size, each filled by a pattern of its own; a transparent gap of one pixel around each. */
import { encodePng } from '../../formats/png';
import type { RgbaPixels } from '../resize';

/** Pixels of the pattern of a cell: like no other cell's. */
export function patternAt(cell: number, x: number, y: number): [number, number, number, number] {
  return [(cell * 37 + x * 3) & 255, (cell * 11 + y * 5) & 255, (cell * 91 + x + y) & 255, 255];
}

/** @param empty numbers of cells that stay transparent; @param gap whether the edge of each cell is transparent */
export function sheetPixels(
  columns: number,
  rows: number,
  edge: number,
  { empty = [], gap = false }: { empty?: readonly number[]; gap?: boolean } = {},
): RgbaPixels {
  const width = columns * edge;
  const height = rows * edge;
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const cell = Math.floor(y / edge) * columns + Math.floor(x / edge);
      const atEdge = [x % edge, y % edge].some((at) => at === 0 || at === edge - 1);
      if (empty.includes(cell) || (gap && atEdge)) continue;
      data.set(patternAt(cell, x % edge, y % edge), (y * width + x) * 4);
    }
  return { width, height, data };
}

export async function sheetFile(
  ...[columns, rows, edge, how]: Parameters<typeof sheetPixels>
): Promise<Uint8Array<ArrayBuffer>> {
  const { data, ...size } = sheetPixels(columns, rows, edge, how);
  return encodePng({ ...size, pixels: data });
}
