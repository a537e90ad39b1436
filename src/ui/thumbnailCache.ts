/**
 * Small bitmaps of picture files, made when they are first wanted, two at a time, and kept for the few hundred that
 * were used last. What cannot be decoded is remembered as such.
 */
const edge = 128;
const kept = 400;
const parallel = 2;

const bitmaps = new Map<Blob, Promise<ImageBitmap>>();
const waiting: (() => void)[] = [];
let active = 0;

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (active >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
  active += 1;
  try {
    return await work();
  } finally {
    active -= 1;
    waiting.shift()?.();
  }
}

/**
 * A bitmap of `file` at least 128 pixels high; rejects where the browser cannot decode it. The cache owns the bitmap.
 */
export function thumbnailOf(file: Blob): Promise<ImageBitmap> {
  const known = bitmaps.get(file);
  if (known) {
    bitmaps.delete(file);
    bitmaps.set(file, known);
    return known;
  }
  const bitmap = inTurn(() => createImageBitmap(file, { resizeHeight: edge, resizeQuality: 'medium' }));
  bitmaps.set(file, bitmap);
  bitmap.catch(() => undefined);
  if (bitmaps.size > kept) dropOldest();
  return bitmap;
}

function dropOldest(): void {
  for (const [file, bitmap] of bitmaps) {
    bitmaps.delete(file);
    // Drawing copies the pixels, so a bitmap that is dropped here may be closed as soon as it has been made.
    bitmap.then((made) => setTimeout(() => made.close(), 1000)).catch(() => undefined);
    return;
  }
}
