/** How large the cells of a sheet are and how they lie, in pixels; and how that is said. */

export interface CellSize {
  width: number;
  height: number;
}

/** Cells of a size, and what lies between them: pixels from one to the next, and around them all. */
export interface CellLayout extends CellSize {
  /** 0 where it is not said. */
  gap?: number | undefined;
  edge?: number | undefined;
}

export const sameLayout = (a: CellLayout, b: CellLayout): boolean =>
  a.width === b.width && a.height === b.height && (a.gap ?? 0) === (b.gap ?? 0) && (a.edge ?? 0) === (b.edge ?? 0);

/** "32 x 24", and what is between and around cells, where there is anything. */
export function layoutText({ width, height, gap = 0, edge = 0 }: CellLayout): string {
  const more = [gap > 0 ? `${gap} between them` : '', edge > 0 ? `${edge} at the edge` : ''].filter(
    (each) => each !== '',
  );
  return `${width} x ${height} pixels${more.length > 0 ? `, ${more.join(' and ')}` : ''}`;
}

/** As the terminal's --cells takes it: "32x24", "32x24+2+1". */
export function layoutOption({ width, height, gap = 0, edge = 0 }: CellLayout): string {
  return `${width}x${height}${gap + edge > 0 ? `+${gap}` : ''}${edge > 0 ? `+${edge}` : ''}`;
}

/** Smaller cells are no pictures. */
export const smallestCell = 4;
