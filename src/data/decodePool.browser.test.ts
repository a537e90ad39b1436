import { afterEach, expect, it } from 'vitest';
import { DecodePool, workersFor } from './decodePool';
import { squareAt } from './clipPictures';
import { decodePictures, importPictures } from './decodePictures';
import { cropOver, resizeSquare } from './resize';
import { reasons } from './sniff';

const pools: DecodePool[] = [];
const pool = (size = 2): DecodePool => {
  const made = new DecodePool(size);
  pools.push(made);
  return made;
};
afterEach(() => {
  for (const each of pools.splice(0)) each.close();
});

/** A picture drawn by canvas, with hard edges and gradients, as a file of the given type, and its pixels. */
async function drawn(
  width: number,
  height: number,
  type: string,
  seed: number,
  opaque = true,
): Promise<{ file: Blob; pixels: ImageData }> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas');
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    for (let c = 0; c < 4; c += 1)
      image.data[i * 4 + c] = c === 3 && opaque ? 255 : (Math.imul(i + seed, 2654435761 + c * 977) >>> 24) & 255;
  }
  context.putImageData(image, 0, 0);
  return {
    file: await canvas.convertToBlob({ type, quality: 0.9 }),
    pixels: context.getImageData(0, 0, width, height),
  };
}

const largestDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? 999))), 0);

it('gives exactly the resized pixels of opaque lossless pictures', async () => {
  const { file, pixels } = await drawn(70, 51, 'image/png', 3);
  const { rgb, edge } = cropOver(pixels);
  const { picture } = await pool().decode(file, { training: 32, clip: 64 });
  const small = await pool().decode(file, { training: 32, clip: 20 });
  expect(small.picture?.clip).toEqual({ rgb: resizeSquare(rgb, edge, 20), edge: 20, original: false });
  expect(picture?.training).toEqual(resizeSquare(rgb, edge, 32));
  expect(picture?.clip && squareAt(picture.clip, 64)).toEqual(resizeSquare(rgb, edge, 64));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  expect(picture?.hash).toBe(Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''));
});

it('asks by content whether CLIP wants a picture', async () => {
  const drawings = await Promise.all([1, 2, 3].map((seed) => drawn(40, 40, 'image/png', seed)));
  const asked: string[] = [];
  const decoder = pool();
  const outcomes = await Promise.all(
    drawings.map(({ file }, i) =>
      decoder.decode(file, { training: 8, clip: 16 }, (hash) => {
        asked.push(hash);
        return i !== 1;
      }),
    ),
  );
  expect(outcomes.map(({ picture }) => picture?.clip?.edge ?? null)).toEqual([16, null, 16]);
  expect(outcomes.map(({ picture }) => picture?.hash).toSorted()).toEqual(asked.toSorted());
});

it('lays transparency over white', async () => {
  const { file, pixels } = await drawn(64, 64, 'image/png', 5, false);
  const { rgb, edge } = cropOver(pixels);
  const { picture } = await pool().decode(file, { training: 32, clip: null });
  // A canvas stores colour times alpha in 8 bits, which loses up to one step.
  expect(largestDifference(picture?.training ?? new Uint8Array(), resizeSquare(rgb, edge, 32))).toBeLessThanOrEqual(1);
});

it('decodes many pictures in order over several workers', async () => {
  const drawings = await Promise.all(
    Array.from({ length: 40 }, (_, i) => drawn(20 + i, 30, i % 2 === 0 ? 'image/png' : 'image/webp', i)),
  );
  const files = drawings.map(({ file }, i) => ({ path: `${i}`, file }));
  const order: number[] = [];
  const broken = await decodePictures(files, pool(3), { training: 16, clip: null }, (index) => void order.push(index));
  expect(broken).toEqual([]);
  expect(order).toEqual(files.map((_, i) => i));
});

it('names what is broken, and goes on with the rest', async () => {
  const { file: jpeg } = await drawn(200, 200, 'image/jpeg', 1);
  const { file: png } = await drawn(60, 60, 'image/png', 1);
  const huge = new Uint8Array(await png.arrayBuffer());
  new DataView(huge.buffer).setUint32(16, 30_000);
  new DataView(huge.buffer).setUint32(20, 30_000);
  const noisy = new Uint8Array(await png.arrayBuffer()).fill(9, 45, png.size - 12);
  new DataView(noisy.buffer).setUint32(33, png.size - 57); // one chunk of nonsense between IHDR and IEND
  const contents: [string, Blob][] = [
    ['good.jpg', jpeg],
    ['text.png', new Blob(['a shopping list'])],
    ['page.jpg', new Blob(['<!doctype html><html><body>Not found</body></html>'])],
    ['cut.jpg', jpeg.slice(0, jpeg.size >> 1)],
    ['empty.webp', new Blob([])],
    ['huge.png', new Blob([huge])],
    ['noise.png', new Blob([noisy])],
    ['good.png', png],
  ];
  const imported = await importPictures(
    contents.map(([path, file]) => ({ path, file })),
    pool(),
    32,
  );
  expect([...imported.decoded]).toEqual([0, 7]);
  const found = Object.fromEntries(imported.broken.map(({ path, reason }) => [path, reason]));
  expect(found).toEqual({
    'text.png': reasons.text,
    'page.jpg': reasons.web,
    'cut.jpg': reasons.cut,
    'empty.webp': reasons.empty,
    'huge.png': expect.stringContaining('30,000 x 30,000'),
    'noise.png': reasons.damaged,
  });
});

it('turns a JPEG upright as its EXIF orientation says', async () => {
  const canvas = new OffscreenCanvas(32, 32);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.fillStyle = 'white';
  context.fillRect(0, 0, 32, 32);
  context.fillStyle = 'black';
  context.fillRect(0, 0, 32, 16);
  const jpeg = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 })).arrayBuffer());
  // APP1: Exif, little-endian TIFF with one entry: tag 0x112 (orientation), type SHORT, value 6 (the stored top is at
  // the right).
  const exif = [
    0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6,
    0, 0, 0, 0, 0, 0, 0,
  ];
  const file = new Blob([jpeg.slice(0, 2), Uint8Array.from(exif), jpeg.slice(2)]);
  const { picture } = await pool().decode(file, { training: 32, clip: null });
  const at = (x: number, y: number): number => picture?.training[(y * 32 + x) * 3] ?? -1;
  expect([at(28, 4), at(28, 28)].every((value) => value < 20)).toBe(true);
  expect([at(4, 4), at(4, 28)].every((value) => value > 235)).toBe(true);
});

it('scales very large pictures down first', async () => {
  const canvas = new OffscreenCanvas(4200, 4300);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.fillStyle = '#c80a28';
  context.fillRect(0, 0, 4200, 4300);
  const { picture } = await pool().decode(await canvas.convertToBlob({ type: 'image/png' }), {
    training: 32,
    clip: null,
  });
  expect(picture?.training.slice(0, 3)).toEqual(Uint8Array.from([200, 10, 40]));
  expect(picture?.training.slice(-3)).toEqual(Uint8Array.from([200, 10, 40]));
});

it('decodes inside another worker', async () => {
  const worker = new Worker(new URL('./testing/nested.worker.ts', import.meta.url), { type: 'module' });
  const { file } = await drawn(40, 40, 'image/png', 2);
  const answer = await new Promise<unknown>((resolve, reject) => {
    worker.addEventListener('message', (message) => resolve(message.data));
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.postMessage(file, []);
  });
  worker.terminate();
  expect(answer).toBe(32 * 32 * 3);
});

it('rejects what is under way when it is closed, and everything after', async () => {
  const { file } = await drawn(40, 40, 'image/png', 2);
  const closing = pool();
  const running = closing.decode(file, { training: 8, clip: null });
  closing.close();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  await expect(closing.decode(file, { training: 8, clip: null })).rejects.toMatchObject({ name: 'AbortError' });
});

it('says that the decoder is missing where its worker cannot be loaded', async () => {
  const script = URL.createObjectURL(new Blob(['import "/no/such/module.js?x";'], { type: 'text/javascript' }));
  const lost = new DecodePool(2, () => new Worker(script, { type: 'module' }));
  pools.push(lost);
  await expect(lost.decode(new Blob(['x']), { training: 8, clip: null })).rejects.toMatchObject({
    name: 'StudioError',
    info: { code: 'internal' },
  });
});

it('loses one picture, not the rest, with a worker that dies', async () => {
  const { file } = await drawn(40, 40, 'image/png', 2);
  const spawned: Worker[] = [];
  const dying = new DecodePool(1, () => {
    const worker = new Worker(new URL('./decode.worker.ts', import.meta.url), { type: 'module' });
    spawned.push(worker);
    return worker;
  });
  pools.push(dying);
  const sizes = { training: 8, clip: null };
  await dying.decode(file, sizes);
  const outcomes = [dying.decode(file, sizes), dying.decode(file, sizes), dying.decode(file, sizes)];
  spawned[0]?.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
  const settled = await Promise.all(outcomes);
  expect(settled.map((outcome) => outcome.reason)).toEqual([reasons.memory, null, null]);
  expect(spawned).toHaveLength(2);
});

it('leaves a core to the page', () => {
  expect([1, 2, 4, 64].map(workersFor)).toEqual([1, 1, 3, 8]);
});
