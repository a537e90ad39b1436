/** A sample grid as one picture: tiles side by side with a gap, each pixel enlarged to a square. */
import type { Picture } from '../../formats/png';

export interface TileGridOptions {
  columns: number;
  rows: readonly unknown[];
  /** Side of one tile. */
  size: number;
  /** Tiles one after the other, row-major, RGBA. */
  rgba: ArrayBuffer;
  /** Screen pixels a picture's pixel becomes, in each direction. Default 1. */
  scale?: number;
}

/** Pixels between two tiles, and around them. */
const GAP = 2;

export function tileGrid({ columns, rows, size, rgba, scale = 1 }: TileGridOptions): Picture {
  const tile = size * scale;
  const width = columns * (tile + GAP) + GAP;
  const height = rows.length * (tile + GAP) + GAP;
  const source = new Uint32Array(rgba);
  const pixels = new Uint32Array(width * height).fill(0xffffffff);
  for (let index = 0; index < rows.length * columns; index += 1) {
    const left = GAP + (index % columns) * (tile + GAP);
    const top = GAP + Math.floor(index / columns) * (tile + GAP);
    for (let y = 0; y < tile; y += 1) {
      const row = (index * size + Math.floor(y / scale)) * size;
      for (let x = 0; x < tile; x += 1) pixels[(top + y) * width + left + x] = source[row + Math.floor(x / scale)] ?? 0;
    }
  }
  return { width, height, pixels: new Uint8Array(pixels.buffer) };
}
