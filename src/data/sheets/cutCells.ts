/**
 * The pictures of a sheet, cut out of its pixels: each a PNG, as it is, transparency included. Where they lie comes from
 * strangers: what leads out of the sheet is left out, and what would take too much room is refused as a whole.
 */
import { encodePng } from '../../formats/png';
import type { SheetFrame } from '../../formats/spriteFrames';
import type { RgbaPixels } from '../resize';

export type Cell = Pick<SheetFrame, 'x' | 'y' | 'width' | 'height' | 'turned' | 'whole'>;

export const cutLimits = {
  /** Of a sheet. */
  pixels: 2 ** 26,
  cells: 100_000,
  /** Pixels of a single cell. */
  cellPixels: 2 ** 24,
};

/**
 * Pixels of all cells together. They may overlap, and what was trimmed comes back, but a small file that claims much is
 * not believed: what it claims takes time, though it is empty.
 */
const most = (sheet: RgbaPixels): number => Math.max(2 ** 22, Math.min(2 ** 28, 16 * sheet.width * sheet.height));

/** A sheet that is not to be cut; the message says why. */
export class CutRefused extends Error {
  override readonly name = 'CutRefused';
}

/** `out`: its rectangle leads out of the sheet. `transparent`: wholly. `plain`: of one colour. */
export type CellFate = 'cut' | 'out' | 'transparent' | 'plain';

export interface CutSheet {
  /** PNGs of the cells that were cut, one behind the other. */
  pack: Blob;
  /** Where each of them ends in the pack, in bytes. */
  ends: number[];
  /** One for each cell. */
  fates: CellFate[];
  /** Of all cells that lie in the sheet. */
  pixels: number;
}

/** Bytes that are held before they become a blob, which browsers move to disk. */
const HELD = 2 ** 22;

const sizeOf = ({ whole, width, height }: Cell): { width: number; height: number } => whole ?? { width, height };

function isInside({ x, y, width, height, turned }: Cell, sheet: RgbaPixels): boolean {
  const [wide, high] = turned % 180 === 90 ? [height, width] : [width, height];
  return wide >= 1 && high >= 1 && x >= 0 && y >= 0 && x + wide <= sheet.width && y + high <= sheet.height;
}

/** Where the first pixel of a cell as it was before it was packed is in its sheet, and how far the next are from it. */
function walkOf({ x, y, width, height, turned }: Cell, stride: number): { from: number; right: number; down: number } {
  const at = (column: number, row: number): number => (y + row) * stride + x + column;
  if (turned === 90) return { from: at(height - 1, 0), right: stride, down: -1 };
  if (turned === 180) return { from: at(width - 1, height - 1), right: -1, down: -stride };
  if (turned === 270) return { from: at(0, width - 1), right: -stride, down: 1 };
  return { from: at(0, 0), right: 1, down: stride };
}

/** RGBA bytes of a cell as it was before it was packed. */
function pixelsOf(cell: Cell, sheet: { width: number; pixels: Uint32Array }): Uint8Array {
  const size = sizeOf(cell);
  const { left, top } = cell.whole ?? { left: 0, top: 0 };
  const { from, right, down } = walkOf(cell, sheet.width);
  const to = new Uint32Array(size.width * size.height);
  for (let y = 0; y < cell.height; y += 1) {
    const out = (y + top) * size.width + left;
    const begin = from + y * down;
    if (right === 1) to.set(sheet.pixels.subarray(begin, begin + cell.width), out);
    else for (let x = 0; x < cell.width; x += 1) to[out + x] = sheet.pixels[begin + x * right] as number;
  }
  return new Uint8Array(to.buffer);
}

/** A pixel a number, whatever they are numbers of. */
export function pixelwise({ width, height, data }: RgbaPixels): { width: number; pixels: Uint32Array } {
  const aligned = data.byteOffset % 4 === 0 ? data : new Uint8Array(data);
  return { width, pixels: new Uint32Array(aligned.buffer, aligned.byteOffset, width * height) };
}

function fateOf(rgba: Uint8Array): CellFate {
  let transparent = true;
  let plain = true;
  for (let at = 0; at < rgba.length && (transparent || plain); at += 4) {
    if (rgba[at + 3] !== 0) transparent = false;
    for (let k = 0; k < 4; k += 1) if (rgba[at + k] !== rgba[k]) plain = false;
  }
  return transparent ? 'transparent' : plain ? 'plain' : 'cut';
}

/** @throws CutRefused where so many cells are too many */
export function checkCellCount(count: number): void {
  if (count > cutLimits.cells)
    throw new CutRefused(
      `it would be ${count.toLocaleString('en-US')} pictures; up to ${cutLimits.cells.toLocaleString('en-US')} are cut from a sheet`,
    );
}

/**
 * @param leaveOut which cells are not cut, besides those that lead out of the sheet
 * @throws CutRefused where there are too many cells, or too large ones
 */
export async function cutCells(
  sheet: RgbaPixels,
  cells: readonly Cell[],
  leaveOut: readonly CellFate[],
): Promise<CutSheet> {
  checkCellCount(cells.length);
  const inside = cells.map((cell) => isInside(cell, sheet));
  let pixels = 0;
  cells.forEach((cell, at) => {
    if (!inside[at]) return;
    const { width, height } = sizeOf(cell);
    if (width * height > cutLimits.cellPixels)
      throw new CutRefused(`one of its pictures would be ${width} x ${height} pixels, too large for a part of a sheet`);
    pixels += width * height;
  });
  const megapixels = (count: number): string => Math.round(count / 1e6).toLocaleString('en-US');
  if (pixels > most(sheet))
    throw new CutRefused(
      `its pictures would take ${megapixels(pixels)} megapixels together; up to ${megapixels(most(sheet))} are cut from a sheet of ${sheet.width} x ${sheet.height} pixels`,
    );
  const from = pixelwise(sheet);
  const parts: Blob[] = [];
  const ends: number[] = [];
  let held: Uint8Array<ArrayBuffer>[] = [];
  let heldBytes = 0;
  let bytes = 0;
  const fates: CellFate[] = [];
  for (const [at, cell] of cells.entries()) {
    if (!inside[at]) {
      fates.push('out');
      continue;
    }
    const rgba = pixelsOf(cell, from);
    const found = fateOf(rgba);
    const fate = leaveOut.includes(found) ? found : 'cut';
    fates.push(fate);
    if (fate !== 'cut') continue;
    const png = await encodePng({ ...sizeOf(cell), pixels: rgba });
    held.push(png);
    heldBytes += png.length;
    bytes += png.length;
    ends.push(bytes);
    if (heldBytes < HELD) continue;
    parts.push(new Blob(held));
    held = [];
    heldBytes = 0;
  }
  return { pack: new Blob([...parts, ...held], { type: 'image/png' }), ends, fates, pixels };
}
