import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { GpuDataset } from './dataset';
import { tensor1d } from '../tensor';
import { testEngine } from '../testing/testEngine';

function picture(pixels: Uint8Array, height: number, width: number, index: number, flip: boolean): number[] {
  const values: number[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const source = flip ? width - 1 - column : column;
      for (let channel = 0; channel < 3; channel++)
        values.push(Math.fround((pixels[((index * height + row) * width + source) * 3 + channel] ?? NaN) / 127.5) - 1);
    }
  }
  return values;
}

describe('GpuDataset', () => {
  it.each([
    { height: 8, width: 8, shardBytes: Infinity },
    { height: 8, width: 8, shardBytes: 400 },
    { height: 3, width: 5, shardBytes: 100 },
  ])(
    'gathers and mirrors $height x $width pictures, $shardBytes bytes a buffer',
    async ({ height, width, shardBytes }) => {
      await testEngine();
      const count = 7;
      const random = new CounterRandom(1);
      const pixels = Uint8Array.from({ length: count * height * width * 3 }, () => random.integer(256));
      const dataset = new GpuDataset({ count, height, width, shardBytes });
      const bytes = height * width * 3;
      dataset.set(0, pixels.subarray(0, 2 * bytes));
      dataset.set(2, pixels.subarray(2 * bytes));
      const indices = [6, 0, 3, 3, 5];
      const flips = [0, 1, 1, 0, 1];
      const batch = dataset.gather(tensor1d(indices, 'int32'), tensor1d(flips));
      expect(batch.shape).toEqual([5, height, width, 3]);
      const expected = indices.flatMap((index, i) => picture(pixels, height, width, index, flips[i] === 1));
      const worst = [...(await batch.data())].reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? NaN))),
        0,
      );
      expect(worst).toBeLessThan(2e-7);
      dataset.dispose();
    },
  );

  it('refuses pictures that do not fit', async () => {
    await testEngine();
    const dataset = new GpuDataset({ count: 2, height: 2, width: 2 });
    expect(() => dataset.set(1, new Uint8Array(24))).toThrow(RangeError);
    expect(() => dataset.set(0, new Uint8Array(11))).toThrow(RangeError);
    expect(() => dataset.gather(tensor1d([0]), tensor1d([0]))).toThrow(TypeError);
    dataset.dispose();
  });
});
