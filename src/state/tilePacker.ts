/**
 * Tiles as a picture file, by the browser's own encoder: WebP at full quality, which is free of loss, or the PNG that a
 * browser makes instead. What does not come back to the very byte is refused, once and for all: grids then stay as they
 * are.
 */
import type { TilePacker } from './sampleHistory';

/** Tiles below one another in columns of at most so many pixels. */
const mostPixels = 8192;

function layout(size: number, tiles: number) {
  const perColumn = Math.max(1, Math.min(tiles, Math.floor(mostPixels / size)));
  const columns = Math.ceil(tiles / perColumn);
  const place = (tile: number) => [Math.floor(tile / perColumn) * size, (tile % perColumn) * size] as const;
  return { width: columns * size, height: perColumn * size, place };
}

function contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('The browser gives no canvas.');
  return context;
}

async function encode(tiles: Uint8ClampedArray<ArrayBuffer>, size: number, type: string): Promise<Blob> {
  const bytes = size * size * 4;
  const count = tiles.length / bytes;
  const { width, height, place } = layout(size, count);
  const context = contextOf(width, height);
  for (let i = 0; i < count; i += 1) {
    const [x, y] = place(i);
    context.putImageData(new ImageData(tiles.subarray(i * bytes, (i + 1) * bytes), size, size), x, y);
  }
  return context.canvas.convertToBlob({ type, quality: 1 });
}

async function decode(packed: Blob, size: number, count: number): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const { width, height, place } = layout(size, count);
  const context = contextOf(width, height);
  const bitmap = await createImageBitmap(packed, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const bytes = size * size * 4;
  const tiles = new Uint8ClampedArray(count * bytes);
  for (let i = 0; i < count; i += 1) tiles.set(context.getImageData(...place(i), size, size).data, i * bytes);
  return tiles;
}

export function browserTilePacker(): TilePacker {
  /** The first of these that brings tiles back unchanged; null where none does. */
  let chosen: Promise<string | null> | null = null;
  const choose = async (tiles: Uint8ClampedArray<ArrayBuffer>, size: number): Promise<string | null> => {
    for (const type of ['image/webp', 'image/png']) {
      const again = await decode(await encode(tiles, size, type), size, tiles.length / (size * size * 4));
      if (again.every((value, i) => value === tiles[i])) return type;
    }
    return null;
  };
  return {
    async pack(tiles, size) {
      const type = await (chosen ??= choose(tiles, size));
      if (!type) throw new Error('The browser changes pictures that it stores.');
      return encode(tiles, size, type);
    },
    unpack: decode,
  };
}
