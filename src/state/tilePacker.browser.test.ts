import { expect, test } from 'vitest';
import { browserTilePacker } from './tilePacker';

test('tiles come back to the byte, in fewer bytes', async () => {
  const [size, count] = [32, 300];
  const tiles = new Uint8ClampedArray(count * size * size * 4);
  // Slopes with a little noise in the lowest bits, as samples have.
  let state = 1;
  tiles.forEach((_, i) => {
    state = (state * 48271) % 2147483647;
    tiles[i] = i % 4 === 3 ? 255 : ((i >> 4) % 200) + (state % 4);
  });
  const packer = browserTilePacker();
  const packed = await packer.pack(tiles, size);
  // How many fewer depends on the browser's encoder: a third as WebP of some builds, a little more as PNG.
  expect(packed.size).toBeLessThan(tiles.byteLength / 2);
  const again = await packer.unpack(packed, size, count);
  expect(again.length).toBe(tiles.length);
  expect(again.findIndex((value, i) => value !== tiles[i])).toBe(-1);
});
