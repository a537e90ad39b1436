/**
 * Sheets whose cells lie apart: between them, and around them all, run lines of one colour, or wholly transparent ones, of
 * the same width everywhere. That is seen to the pixel or not at all, because a wrong cut is worse than none: both
 * directions have to agree, and nothing else may explain what is seen.
 */
import type { RgbaPixels } from '../resize';
import { smallestCell, type CellLayout } from './cellLayout';
import { pixelwise } from './cutCells';

/** Pixels between cells, and around them, that are looked for. */
const widest = 16;
/** Cells a side in which gaps have to show, and in one of the two directions. */
const fewest = 2;
const fewestInOne = 3;
/** Of the sides of gaps, how many have to have something right beside them: else the gaps may be parts of the cells. */
const tight = 0.7;

/** For each line: the colour that all of its pixels have, all that is transparent being one; -1 where they differ. */
function plainLines(sheet: RgbaPixels): { columns: Float64Array; rows: Float64Array } {
  const { width, height } = sheet;
  const { pixels } = pixelwise(sheet);
  const opaque = new Uint32Array(Uint8Array.of(0, 0, 0, 255).buffer)[0] ?? 0;
  const colour = (at: number): number => {
    const value = pixels[at] ?? 0;
    return (value & opaque) === 0 ? 0 : value;
  };
  const columns = Float64Array.from({ length: width }, (_, x) => colour(x));
  const rows = new Float64Array(height);
  for (let y = 0; y < height; y += 1) {
    const first = colour(y * width);
    let same = true;
    for (let x = 0; x < width; x += 1) {
      const here = colour(y * width + x);
      if (here !== first) same = false;
      if (here !== columns[x]) columns[x] = -1;
    }
    rows[y] = same ? first : -1;
  }
  return { columns, rows };
}

/** The colour of most of the lines that have one; null where none has. */
function commonest(lines: readonly number[]): number | null {
  const times = new Map<number, number>();
  for (const line of lines) if (line >= 0) times.set(line, (times.get(line) ?? 0) + 1);
  return [...times].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

/**
 * The cell with which gaps of this width, and edges, fill a side: all of them are blank, and nearly all of them are as wide
 * as that and no wider. The smallest counts: a larger one is several of it, and null where that one will not do.
 * @param blank 1 for a line of the gaps' colour
 */
function cellOf(blank: Uint8Array, gap: number, edge: number): { cell: number; count: number } | null {
  const side = blank.length;
  const is = (line: number): boolean => blank[line] === 1;
  for (let at = 0; at < edge; at += 1) if (!is(at) || !is(side - 1 - at)) return null;
  const span = side - 2 * edge + gap;
  for (let pitch = gap + 1; pitch * fewest <= span; pitch += 1) {
    if (span % pitch !== 0) continue;
    const count = span / pitch;
    let beside = 0;
    let fits = true;
    for (let k = 1; k < count && fits; k += 1) {
      const from = edge + k * pitch - gap;
      for (let at = 0; at < gap; at += 1) fits &&= is(from + at);
      beside += (is(from - 1) ? 0 : 1) + (is(from + gap) ? 0 : 1);
    }
    if (!fits) continue;
    const cell = pitch - gap;
    return cell >= 2 * smallestCell && beside >= tight * 2 * (count - 1) ? { cell, count } : null;
  }
  return null;
}

/** One row of cells, or one column: what lies within the edges is a cell's other side. */
function alone(blank: Uint8Array, edge: number, cell: number): number | null {
  const side = blank.length - 2 * edge;
  for (let at = 0; at < edge; at += 1) if (blank[at] !== 1 || blank[blank.length - 1 - at] !== 1) return null;
  return side * 1.5 >= cell && cell * 1.5 >= side ? side : null;
}

/** Null where there are no gaps, or where it can be seen in several ways how wide they are. */
export function guttersOf(sheet: RgbaPixels): CellLayout | null {
  const { columns, rows } = plainLines(sheet);
  const colour = commonest([...columns, ...rows]);
  if (colour === null) return null;
  const [across, down] = [columns, rows].map((lines) => Uint8Array.from(lines, (line) => (line === colour ? 1 : 0)));
  if (!across || !down) return null;
  const found: CellLayout[] = [];
  for (let gap = 1; gap <= widest; gap += 1)
    for (let edge = 0; edge <= widest; edge += 1) {
      // Such a margin belongs to each cell as well as to the sheet: that is a grid without gaps.
      if (2 * edge === gap) continue;
      const wide = cellOf(across, gap, edge);
      const high = cellOf(down, gap, edge);
      const most = Math.max(wide?.count ?? 0, high?.count ?? 0);
      if (most < fewestInOne) continue;
      const width = wide?.cell ?? (high && alone(across, edge, high.cell));
      const height = high?.cell ?? (wide && alone(down, edge, wide.cell));
      if (width && height) found.push({ width, height, gap, edge });
    }
  const [only] = found;
  return found.length === 1 && only ? only : null;
}
