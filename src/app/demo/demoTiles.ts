/** Tiles for the demonstration: real pictures under noise that fades as the run goes on. */

/** `file` as size x size RGBA on white; grey where there is no file. */
export async function readTile(file: Blob | undefined, size: number): Promise<Uint8ClampedArray> {
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext('2d');
  if (!file || !context) return new Uint8ClampedArray(size * size * 4).fill(128);
  const bitmap = await createImageBitmap(file);
  context.fillStyle = 'white';
  context.fillRect(0, 0, size, size);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, size, size);
  return context.getImageData(0, 0, size, size).data;
}

/** All tiles at `progress` in [0, 1] of a run. */
export function demoTiles(tiles: readonly Uint8ClampedArray[], progress: number): ArrayBuffer {
  const clarity = 0.9 * (1 - Math.exp(-5 * progress));
  const length = tiles[0]?.length ?? 0;
  const all = new Uint8ClampedArray(tiles.length * length);
  tiles.forEach((tile, t) => {
    let noise = 0;
    for (let i = 0; i < length; i += 1) {
      noise = 0.7 * noise + (Math.random() - 0.5) * 120;
      all[t * length + i] = i % 4 === 3 ? 255 : (tile[i] ?? 0) * clarity + (1 - clarity) * (128 + 1.6 * noise);
    }
  });
  return all.buffer;
}
