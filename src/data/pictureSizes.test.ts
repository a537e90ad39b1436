import { expect, it } from 'vitest';
import { encodePng } from '../formats/png';
import { pictureSizes } from './pictureSizes';

it('reads sizes from the beginnings of files, and says nothing of what it cannot read', async () => {
  const png = async (width: number, height: number): Promise<Blob> =>
    new Blob([await encodePng({ width, height, pixels: new Uint8ClampedArray(width * height * 4) })]);
  const whole = await png(30, 7);
  const files = [whole, new Blob(['no picture']), new Blob([]), await png(2, 5), whole.slice(0, 40)];
  const done: number[] = [];
  const sizes = await pictureSizes(files, new AbortController().signal, (count) => done.push(count));
  expect(sizes.widths).toEqual(Uint32Array.of(30, 0, 0, 2, 30));
  expect(sizes.heights).toEqual(Uint32Array.of(7, 0, 0, 5, 7));
  expect(done).toEqual([5]);
  await expect(pictureSizes(files, AbortSignal.abort())).rejects.toThrow();
});
