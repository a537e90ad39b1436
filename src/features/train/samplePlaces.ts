/** Places in the grid of samples: which tile lies under a point, and which comes next. */
import type { GridLayout } from '../../ui/sampleDrawing';

export interface Place {
  row: number;
  column: number;
}

/**
 * The place one step on. Sideways it runs through the grid as reading does, from the end of a row into the next, and
 * from the last tile to the first; up and down it stays in its column.
 */
export function neighbour({ row, column }: Place, step: Place, rows: number, columns: number): Place {
  if (step.row !== 0) return { row: (row + step.row + rows) % rows, column };
  const count = rows * columns;
  const at = (row * columns + column + step.column + count) % count;
  return { row: Math.floor(at / columns), column: at % columns };
}

/** The tile under a point of the grid, in CSS pixels; null between tiles. */
export function placeAt(
  x: number,
  y: number,
  { tile, gap, tops }: Pick<GridLayout, 'tile' | 'gap' | 'tops'>,
): Place | null {
  const column = Math.floor(x / (tile + gap));
  if (x < 0 || x - column * (tile + gap) >= tile) return null;
  const row = tops.findIndex((top) => y >= top && y < top + tile);
  return row < 0 ? null : { row, column };
}
