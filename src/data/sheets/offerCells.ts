/**
 * Few and large pictures may be sheets of many small ones. Which of them, and of what size, is looked at before a person
 * is asked.
 */
import type { DroppedFile } from '../readDrop';
import { pictureSizes } from '../pictureSizes';
import { sameLayout, type CellLayout } from './cellLayout';
import { cutLimits } from './cutCells';
import { gridOf } from './grid';
import type { SheetCutter } from './sheetWork';

export interface CellOffer {
  /** Paths of what would be cut. */
  sheets: string[];
  cell: CellLayout;
  /** Whether the pictures themselves show a grid of such cells; else it is only a size to begin with. */
  seen: boolean;
  /** How many cells of this size there would be. */
  cells: number;
}

/** More pictures are pictures. */
const MOST = 10;
/** Pixels of a picture that may be a sheet. */
const LARGE = 128 * 128;
/** Sizes to begin with where nothing tells, the likeliest first. */
const usual = [32, 64, 16, 48, 128, 24, 28, 96, 100];

/** Which layout most of them have. */
function commonest(layouts: readonly CellLayout[]): CellLayout | undefined {
  const times = (layout: CellLayout): number => layouts.filter((each) => sameLayout(each, layout)).length;
  return layouts.toSorted((a, b) => times(b) - times(a))[0];
}

/**
 * Null where there are no pictures that may be sheets. @param verdicts null for each file that is a picture
 * @throws the signal's reason
 */
export async function offerCells(
  files: readonly DroppedFile[],
  verdicts: readonly (string | null)[],
  cutter: SheetCutter,
  signal: AbortSignal = new AbortController().signal,
): Promise<CellOffer | null> {
  const pictures = files.filter((_, at) => verdicts[at] === null);
  if (pictures.length === 0 || pictures.length > MOST) return null;
  const { widths, heights } = await pictureSizes(
    pictures.map(({ file }) => file),
    signal,
  );
  const large = pictures.flatMap((picture, at) => {
    const size = { width: widths[at] ?? 0, height: heights[at] ?? 0 };
    const pixels = size.width * size.height;
    return pixels >= LARGE && pixels <= cutLimits.pixels ? [{ picture, size }] : [];
  });
  if (large.length === 0) return null;
  const told: { sheet: (typeof large)[number]; cell: CellLayout }[] = [];
  for (const sheet of large) {
    signal.throwIfAborted();
    const cell = await cutter.look(sheet.picture.file).catch(() => null);
    if (cell) told.push({ sheet, cell });
  }
  const cell = commonest(told.map((each) => each.cell));
  const fits =
    usual.find((edge) => large.every(({ size }) => size.width % edge === 0 && size.height % edge === 0)) ?? 32;
  const sheets = cell ? told.filter((each) => sameLayout(each.cell, cell)).map((each) => each.sheet) : large;
  const wanted = cell ?? { width: fits, height: fits };
  return {
    sheets: sheets.map(({ picture }) => picture.path),
    cell: wanted,
    seen: cell !== undefined,
    cells: sheets.reduce((sum, { size }) => {
      const { columns, rows } = gridOf(size, wanted);
      return sum + columns * rows;
    }, 0),
  };
}

/** Paths of the pictures that hold more than one cell of a size. @throws the signal's reason */
export async function largerThan(
  cell: CellLayout,
  files: readonly DroppedFile[],
  verdicts: readonly (string | null)[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Set<string>> {
  const pictures = files.filter((_, at) => verdicts[at] === null);
  const { widths, heights } = await pictureSizes(
    pictures.map(({ file }) => file),
    signal,
  );
  const holds = (at: number): number => {
    const { columns, rows } = gridOf({ width: widths[at] ?? 0, height: heights[at] ?? 0 }, cell);
    return columns * rows;
  };
  return new Set(pictures.flatMap(({ path }, at) => (holds(at) > 1 ? [path] : [])));
}
