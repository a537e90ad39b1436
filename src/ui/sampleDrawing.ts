/**
 * Draws a grid of sample tiles on a canvas with hard pixels: nearest-neighbour to a whole multiple first, then down to
 * size.
 */

export interface TileGrid {
  columns: number;
  /** Number of rows. */
  rows: number;
  /** Edge length of a tile in source pixels. */
  size: number;
  /** Tile after tile, row-major, RGBA. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface GridLayout {
  /** Edge length of a tile in CSS pixels. */
  tile: number;
  gap: number;
  /** Top of each row in CSS pixels. */
  tops: number[];
  width: number;
  height: number;
}

/**
 * Places rows in groups (`groups[i]` names row i's group; rows of one group are adjacent) with a wider gap between
 * groups.
 */
export function layoutGrid(
  available: number,
  columns: number,
  groups: readonly number[],
  gap = 2,
  groupGap = 12,
): GridLayout {
  const tile = Math.max(12, Math.min(112, Math.floor((available + gap) / columns) - gap));
  const tops: number[] = [];
  let y = 0;
  groups.forEach((group, i) => {
    if (i > 0) y += group === groups[i - 1] ? gap : groupGap;
    tops.push(y);
    y += tile;
  });
  return { tile, gap, tops, width: columns * (tile + gap) - gap, height: y };
}

/** Puts all tiles side by side in one small picture. */
export function atlas(grid: TileGrid): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = grid.columns * grid.size;
  canvas.height = grid.rows * grid.size;
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  const bytes = grid.size * grid.size * 4;
  for (let i = 0; i < grid.rows * grid.columns; i += 1) {
    const tile = new ImageData(grid.rgba.subarray(i * bytes, (i + 1) * bytes), grid.size, grid.size);
    context.putImageData(tile, (i % grid.columns) * grid.size, Math.floor(i / grid.columns) * grid.size);
  }
  return canvas;
}

/** A whole multiple at least as large as the target, so that every source pixel keeps the same size. */
function enlarge(
  source: HTMLCanvasElement,
  size: number,
  target: number,
): { picture: HTMLCanvasElement; scale: number } {
  const scale = Math.max(1, Math.ceil(target / size));
  if (scale === 1) return { picture: source, scale };
  const picture = document.createElement('canvas');
  picture.width = source.width * scale;
  picture.height = source.height * scale;
  const context = picture.getContext('2d');
  if (context) {
    context.imageSmoothingEnabled = false;
    context.drawImage(source, 0, 0, picture.width, picture.height);
  }
  return { picture, scale };
}

export function drawGrid(canvas: HTMLCanvasElement, grid: TileGrid, layout: GridLayout, ratio: number): void {
  canvas.width = Math.round(layout.width * ratio);
  canvas.height = Math.round(layout.height * ratio);
  const context = canvas.getContext('2d');
  if (!context) return;
  const target = Math.round(layout.tile * ratio);
  const { picture, scale } = enlarge(atlas(grid), grid.size, target);
  const edge = grid.size * scale;
  context.imageSmoothingQuality = 'high';
  layout.tops.forEach((top, row) => {
    for (let column = 0; column < grid.columns; column += 1) {
      const x = Math.round(column * (layout.tile + layout.gap) * ratio);
      context.drawImage(picture, column * edge, row * edge, edge, edge, x, Math.round(top * ratio), target, target);
    }
  });
}
