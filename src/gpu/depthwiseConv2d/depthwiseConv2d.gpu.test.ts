import { describe, expect, it } from 'vitest';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { testEngine } from '../testing/testEngine';
import { grad, sum, tidy, type Tensor, type Tensor3D, type Tensor4D } from '../tensor';
import { depthwiseConv2dRef } from './depthwiseConv2d.ref';
import { depthwiseConv2d } from './depthwiseConv2d';
import { depthwiseGeometry, type Padding } from './geometry';

describe('depthwiseConv2d', () => {
  for (const { x, w, stride, pad } of [
    { x: [2, 5, 6, 4], w: [3, 3, 4], stride: 1, pad: 1 as Padding },
    { x: [1, 7, 5, 3], w: [3, 3, 6], stride: 2, pad: 1 as Padding },
    { x: [1, 4, 7, 8], w: [2, 3, 8], stride: 2, pad: [0, 2, 1, 0] as Padding },
    { x: [2, 6, 6, 1], w: [5, 5, 3], stride: 3, pad: 2 as Padding },
  ]) {
    it(`equals its reference to second order, [${x.join(', ')}] by [${w.join(', ')}], stride ${stride}, padding ${String(pad)}`, async () => {
      const geometry = depthwiseGeometry(x, w, stride, pad);
      await checkOp({
        inputs: [{ shape: x }, { shape: w }],
        op: (picture, filter) => depthwiseConv2d(picture as Tensor4D, filter as Tensor3D, { stride, pad }),
        reference: (picture, filter) => depthwiseConv2dRef(picture, filter, geometry),
        outputShape: [geometry.batch, geometry.outHeight, geometry.outWidth, geometry.channels * geometry.multiplier],
      });
    });
  }

  it('takes one dispatch forward and one for the gradient by the picture', async () => {
    const { backend } = await testEngine();
    const x = toTensor(randomArray(2 * 4 * 4 * 4, 1), [2, 4, 4, 4]);
    const w = toTensor(randomArray(3 * 3 * 4, 2), [3, 3, 4]) as Tensor3D;
    const dy = toTensor(randomArray(2 * 4 * 4 * 4, 3), [2, 4, 4, 4]);
    const before = backend.counters.dispatches;
    const dx = tidy(() => grad((t: Tensor) => depthwiseConv2d(t as Tensor4D, w, { pad: 1 }))(x, dy));
    expect(backend.counters.dispatches - before).toBe(2);
    for (const made of [x, w, dy, dx]) made.dispose();
  });

  it('says what does not fit', () => {
    const x = toTensor(randomArray(12, 1), [1, 2, 2, 3]) as Tensor4D;
    expect(() => depthwiseConv2d(x, toTensor(randomArray(4, 1), [1, 1, 4]) as Tensor3D)).toThrow(/do not fit/);
    expect(() => sum(depthwiseConv2d(x, toTensor(randomArray(27, 1), [3, 3, 3]) as Tensor3D))).toThrow(
      /leaves nothing/,
    );
    x.dispose();
  });
});
