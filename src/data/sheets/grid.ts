/** Sheets of equal cells in rows and columns: the cells of a size, and which size a sheet seems to have. */
import type { RgbaPixels } from '../resize';
import { smallestCell, type CellLayout, type CellSize } from './cellLayout';
import type { Cell } from './cutCells';
import { guttersOf } from './gutters';

export interface Grid {
  columns: number;
  rows: number;
  /** Pixels at the right and at the bottom that are less than a cell. */
  left: CellSize;
}

/** How often a cell goes into a sheet. */
export function gridOf(sheet: CellSize, { width, height, gap = 0, edge = 0 }: CellLayout): Grid {
  // The last one has no gap behind it; an edge is left off where there is one.
  const fit = (side: number, cell: number): number => Math.max(0, Math.floor((side - edge + gap) / (cell + gap)));
  const rest = (side: number, cell: number, count: number): number =>
    Math.max(0, side - (count > 0 ? 2 * edge + count * (cell + gap) - gap : 0));
  const columns = fit(sheet.width, width);
  const rows = fit(sheet.height, height);
  return {
    columns,
    rows,
    left: { width: rest(sheet.width, width, columns), height: rest(sheet.height, height, rows) },
  };
}

/** Row by row. */
export function gridCells({ columns, rows }: Grid, { width, height, gap = 0, edge = 0 }: CellLayout): Cell[] {
  return Array.from({ length: columns * rows }, (_, at) => ({
    x: edge + (at % columns) * (width + gap),
    y: edge + Math.floor(at / columns) * (height + gap),
    width,
    height,
    turned: 0,
    whole: null,
  }));
}

/** Lines that are looked at across a sheet. */
const looked = 512;
/** A grid has to show in so many cells a side: two alike are chance. */
const fewest = 3;
/** Lines on both sides of one that are looked at to see whether it stands out. */
const near = 3;
/** Of the lines where cells meet, how many have to stand out, and how unlikely that has to be by chance. */
const standing = 0.7;
const chance = 1e-4;
/** Of the size that explains most; a smaller one that explains nearly as much is the cell, the larger a multiple of it. */
const nearBest = 0.95;
/** What a size has to explain of how much lines change, so that gaps are believed. */
const least = 0.4;

/** How much neighbouring lines differ: a number for each line. */
function changes({ width, height, data }: RgbaPixels, across: 'columns' | 'rows'): Float64Array {
  const [count, length] = across === 'columns' ? [width, height] : [height, width];
  const [step, next] = across === 'columns' ? [4, width * 4] : [width * 4, 4];
  const every = Math.max(1, Math.floor(length / looked));
  const found = new Float64Array(count);
  // The first line has none before it: the last one stands for that.
  for (let line = 0; line < count; line += 1) {
    const back = (line === 0 ? count - 1 : line - 1) * step;
    let sum = 0;
    for (let at = 0; at < length; at += every) {
      const here = line * step + at * next;
      const alpha = data[here + 3] ?? 0;
      const before = data[back + at * next + 3] ?? 0;
      // What is hidden has no colour.
      for (let k = 0; k < 3; k += 1)
        sum += Math.abs((data[here + k] ?? 0) * alpha - (data[back + at * next + k] ?? 0) * before) / 255;
      sum += Math.abs(alpha - before);
    }
    found[line] = Math.log1p(sum);
  }
  return found;
}

/** Whether the lines at which cells of a size meet change more than those beside them, as where pictures touch. */
function meetAt(values: Float64Array, cell: number): boolean {
  let meets = 0;
  let stand = 0;
  for (let line = cell; line < values.length; line += cell) {
    const here = values[line] ?? 0;
    let most = 0;
    for (let by = 1; by <= near; by += 1) most = Math.max(most, values[line - by] ?? 0, values[line + by] ?? 0);
    meets += 1;
    if (here > most) stand += 1;
  }
  // Any of a line and its neighbours may be the one that changes most.
  const alone = 1 / (2 * near + 1);
  let likely = 0;
  for (let k = stand; k <= meets; k += 1) likely += choose(meets, k) * alone ** k * (1 - alone) ** (meets - k);
  return stand >= standing * meets && likely < chance;
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i += 1) ways *= (n - k + i) / i;
  return ways;
}

/**
 * How much of the changes is explained by the place in a cell, as where gaps lie between pictures: the share of their
 * variance, adjusted for the number of places. 0 where cells are nothing to them. Cells in which nothing changes do not
 * count.
 */
function explained(values: Float64Array, cell: number): number {
  const filled: Float64Array[] = [];
  for (let from = 0; from < values.length; from += cell) {
    const part = values.subarray(from, from + cell);
    if (part.some((value) => value > 0)) filled.push(part);
  }
  if (filled.length < fewest) return 0;
  const count = filled.length * cell;
  const means = new Float64Array(cell);
  for (const part of filled) part.forEach((value, i) => (means[i] = (means[i] ?? 0) + value / filled.length));
  const mean = means.reduce((sum, value) => sum + value, 0) / cell;
  let all = 0;
  let rest = 0;
  for (const part of filled)
    part.forEach((value, i) => {
      all += (value - mean) ** 2;
      rest += (value - (means[i] ?? 0)) ** 2;
    });
  return all > 1e-9 ? 1 - rest / (count - cell) / (all / (count - 1)) : 0;
}

/** Sizes that divide a side evenly, often enough. */
function divisors(side: number): number[] {
  const found: number[] = [];
  for (let size = smallestCell * 2; size * fewest <= side; size += 1) if (side % size === 0) found.push(size);
  return found;
}

/** The smallest size at which pictures meet; else that explains nearly as much as any does; null where none does much. */
function periodOf(values: Float64Array): number | null {
  const sizes = divisors(values.length);
  const meeting = sizes.find((size) => meetAt(values, size));
  if (meeting !== undefined) return meeting;
  const scores = sizes.map((size) => ({ size, score: explained(values, size) }));
  const best = Math.max(...scores.map(({ score }) => score));
  return best >= least ? (scores.find(({ score }) => score >= best * nearBest)?.size ?? null) : null;
}

/**
 * The size of the cells of a sheet, as far as its lines tell: where pictures end, lines change more, or less, than within
 * them, again and again. Null where nothing repeats, or the sheet would be one row of one.
 */
export function cellSizeOf(sheet: RgbaPixels): CellLayout | null {
  // What is seen to the pixel comes before what is likely.
  const apart = guttersOf(sheet);
  if (apart) return apart;
  const width = periodOf(changes(sheet, 'columns'));
  const height = periodOf(changes(sheet, 'rows'));
  if (width !== null && height !== null) return { width, height };
  // One row, or one column, of pictures that are most likely square.
  if (width !== null && sheet.height <= width * 1.5) return { width, height: sheet.height };
  if (height !== null && sheet.width <= height * 1.5) return { width: sheet.width, height };
  return null;
}
