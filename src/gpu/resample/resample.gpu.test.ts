import { describe, expect, it } from 'vitest';
import { randomArray, sizeOf, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { testEngine } from '../testing/testEngine';
import { grad, square, tidy, type Tensor, type Tensor4D } from '../tensor';
import { avgPool } from './avgPool';
import { avgPool2x } from './avgPool2x';
import { avgPool2xRef, avgPoolRef, resizeRef, upsampleNearest2xRef } from './resample.ref';
import { resize } from './resize';
import type { ResizeMethod } from './resizeMatrix';
import { upsampleNearest2x } from './upsampleNearest2x';

type Shape = [number, number, number, number];

async function dispatchesOf(op: (x: Tensor) => Tensor, shape: Shape): Promise<number> {
  const { backend } = await testEngine();
  const x = toTensor(randomArray(sizeOf(shape), 1), shape);
  const dy = tidy(() => op(x));
  const before = backend.counters.dispatches;
  tidy(() => grad(op)(x, dy)).dispose();
  const count = backend.counters.dispatches - before;
  x.dispose();
  dy.dispose();
  return count;
}

describe('upsampleNearest2x and avgPool2x', () => {
  it('equal their references to second order', async () => {
    for (const shape of [
      [2, 3, 2, 4],
      [1, 2, 5, 3],
      [3, 1, 1, 1],
    ] as Shape[]) {
      const [batch, height, width, channels] = shape;
      const large: Shape = [batch, 2 * height, 2 * width, channels];
      await checkOp({
        inputs: [{ shape }],
        op: (x) => upsampleNearest2x(x as Tensor4D),
        reference: (x) => upsampleNearest2xRef(x, shape),
        outputShape: large,
      });
      await checkOp({
        inputs: [{ shape: large }],
        op: (x) => avgPool2x(x as Tensor4D),
        reference: (x) => avgPool2xRef(x, large),
        outputShape: shape,
      });
    }
  });

  it('take one dispatch each way', async () => {
    expect(await dispatchesOf((x) => upsampleNearest2x(x as Tensor4D), [1, 2, 2, 4])).toBe(2);
    expect(await dispatchesOf((x) => avgPool2x(x as Tensor4D), [1, 2, 2, 4])).toBe(2);
  });

  it('refuses odd sides', () => {
    const x = toTensor(randomArray(12, 1), [1, 3, 4, 1]) as Tensor4D;
    expect(() => avgPool2x(x)).toThrow(/even sides/);
    x.dispose();
  });
});

describe('avgPool', () => {
  it('equals its reference to second order, for any window', async () => {
    for (const [shape, size, stride, padding] of [
      [[2, 6, 9, 3], 3, 3, 0],
      [[1, 7, 5, 4], 3, 2, 1],
      [[1, 5, 5, 1], 4, 1, 2],
    ] as [Shape, number, number, number][]) {
      const side = (length: number): number => Math.floor((length + 2 * padding - size) / stride) + 1;
      await checkOp({
        inputs: [{ shape }],
        op: (x) => square(avgPool(x as Tensor4D, size, { stride, padding })),
        reference: (x) => avgPoolRef(x, shape, size, stride, padding).map((value) => value ** 2),
        outputShape: [shape[0], side(shape[1]), side(shape[2]), shape[3]],
      });
    }
  });
});

describe('resize', () => {
  for (const method of ['bicubic', 'bilinear', 'area', 'nearest'] as ResizeMethod[]) {
    it(`${method} equals its reference, larger and smaller`, async () => {
      for (const [shape, height, width] of [
        [[2, 4, 5, 3], 7, 9],
        [[1, 8, 6, 4], 3, 4],
        [[1, 5, 5, 1], 5, 11],
        [[1, 3, 3, 2], 3, 3],
      ] as [Shape, number, number][]) {
        await checkOp({
          inputs: [{ shape }],
          op: (x) => resize(x as Tensor4D, height, width, method),
          reference: (x) => resizeRef(x, shape, height, width, method),
          outputShape: [shape[0], height, width, shape[3]],
        });
      }
    });
  }

  it('takes two dispatches each way', async () => {
    expect(await dispatchesOf((x) => resize(x as Tensor4D, 9, 9, 'bicubic'), [1, 4, 4, 3])).toBe(4);
  });
});
