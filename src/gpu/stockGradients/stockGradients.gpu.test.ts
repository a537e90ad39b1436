import { describe, expect, it } from 'vitest';
import { relativeError, sizeOf, randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import {
  avgPool,
  broadcastTo,
  clipByValue,
  conv2d,
  depthwiseConv2d,
  einsum,
  elu,
  gatherND,
  grad,
  grads,
  greater,
  image,
  maxPool,
  mul,
  prelu,
  square,
  sum,
  tensor2d,
  tidy,
  where,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../tensor';
import { depthwiseRef, dilatedConvRef, pooledRef, samePad, transformRef } from './stockGradients.ref';

type Shape = [number, number, number, number];

const squared = (values: Float64Array): Float64Array => values.map((value) => value ** 2);

describe('gradients registered for the library', () => {
  it('convolves with gaps', async () => {
    for (const [shape, size, gap] of [
      [[2, 7, 6, 2], [3, 3], 2],
      [[1, 6, 8, 3], [2, 1], 3],
    ] as [Shape, [number, number], number][]) {
      await checkOp({
        inputs: [{ shape }, { shape: [...size, shape[3], 2] }],
        op: (x, w) => conv2d(x as Tensor4D, w as Tensor4D, 1, 'same', 'NHWC', gap),
        reference: (x, w) => dilatedConvRef(x, w, shape, size, 2, gap),
        outputShape: [shape[0], shape[1], shape[2], 2],
      });
    }
  });

  it('convolves by channel, also with gaps', async () => {
    const shape: Shape = [2, 6, 5, 3];
    for (const stride of [1, 2]) {
      await checkOp({
        inputs: [{ shape }, { shape: [3, 2, 3, 1] }],
        op: (x, w) => depthwiseConv2d(x as Tensor4D, w as Tensor4D, stride, 'same'),
        reference: (x, w) => depthwiseRef(x, w, shape, [3, 2], stride),
        outputShape: [2, samePad(6, 3, stride).out, samePad(5, 2, stride).out, 3],
      });
    }
    // One channel: the same as a convolution.
    await checkOp({
      inputs: [{ shape: [1, 6, 5, 1] }, { shape: [3, 3, 1, 1] }],
      op: (x, w) => depthwiseConv2d(x as Tensor4D, w as Tensor4D, 1, 'same', 'NHWC', 2),
      reference: (x, w) => dilatedConvRef(x, w, [1, 6, 5, 1], [3, 3], 1, 2),
      outputShape: [1, 6, 5, 1],
    });
  });

  it('pools, with windows that reach over the edge', async () => {
    for (const [shape, size, stride] of [
      [[2, 5, 7, 2], 2, 2],
      [[1, 7, 5, 3], 3, 2],
      [[1, 4, 4, 1], 3, 1],
    ] as [Shape, number, number][]) {
      const outputShape = [
        shape[0],
        samePad(shape[1], size, stride).out,
        samePad(shape[2], size, stride).out,
        shape[3],
      ];
      await checkOp({
        inputs: [{ shape }],
        op: (x) => square(avgPool(x as Tensor4D, size, stride, 'same')),
        reference: (x) => squared(pooledRef(x, shape, [size, size], stride, 'mean')),
        outputShape,
      });
      await checkOp({
        inputs: [{ shape }],
        op: (x) => square(maxPool(x as Tensor4D, size, stride, 'same')),
        reference: (x) => squared(pooledRef(x, shape, [size, size], stride, 'max')),
        outputShape,
      });
    }
  });

  it('sends all of a tied maximum to one pixel, forward and back alike', async () => {
    const shape: Shape = [1, 4, 4, 1];
    const x = toTensor(
      new Float64Array(16).map((_, i) => (i % 3 === 0 ? 1 : 0)),
      shape,
    ) as Tensor4D;
    const d = toTensor(randomArray(4, 1), [1, 2, 2, 1]);
    const v = toTensor(randomArray(16, 2), shape);
    // <v, J^T d> differentiated by d is J v; then <d, J v> must be <v, J^T d>.
    const jacobianTimes = tidy(() =>
      grad((dy: Tensor) => sum(mul(grad((t: Tensor) => maxPool(t as Tensor4D, 2, 2, 'valid'))(x, dy), v)))(d),
    );
    const transposed = tidy(() => grad((t: Tensor) => maxPool(t as Tensor4D, 2, 2, 'valid'))(x, d));
    const [forward, back] = [tidy(() => sum(mul(jacobianTimes, d))), tidy(() => sum(mul(transposed, v)))];
    expect(relativeError(await forward.data(), await back.data())).toBeLessThan(1e-6);
    for (const tensor of [x, d, v, jacobianTimes, transposed, forward, back]) tensor.dispose();
  });

  it('contracts', async () => {
    const shapes = { bij: [2, 3, 4], bkj: [2, 5, 4] };
    await checkOp({
      inputs: [{ shape: shapes.bij }, { shape: shapes.bkj }],
      op: (a, b) => einsum('bij,bkj->bik', a, b),
      reference: (a, b) =>
        Float64Array.from({ length: 30 }, (_, at) => {
          const [k, i, n] = [at % 5, Math.floor(at / 5) % 3, Math.floor(at / 15)];
          return [0, 1, 2, 3].reduce(
            (total, j) => total + (a[(n * 3 + i) * 4 + j] ?? NaN) * (b[(n * 5 + k) * 4 + j] ?? NaN),
            0,
          );
        }),
      outputShape: [2, 3, 5],
    });
    await checkOp({
      inputs: [{ shape: shapes.bij }],
      op: (a) => square(einsum('bij->jb', a)),
      reference: (a) =>
        Float64Array.from(
          { length: 8 },
          (_, at) =>
            [0, 1, 2].reduce((total, i) => total + (a[((at % 2) * 3 + i) * 4 + Math.floor(at / 2)] ?? NaN), 0) ** 2,
        ),
      outputShape: [4, 2],
    });
  });

  it('gathers by tuples of indices', async () => {
    const picks = [
      [0, 1],
      [3, 2],
      [0, 1],
      [2, 0],
    ];
    await checkOp({
      inputs: [{ shape: [4, 3, 2] }],
      op: (x) => square(gatherND(x, tensor2d(picks, [4, 2], 'int32'))),
      reference: (x) =>
        Float64Array.from(
          picks.flatMap(([i = NaN, j = NaN]) => [0, 1].map((c) => (x[(i * 3 + j) * 2 + c] ?? NaN) ** 2)),
        ),
      outputShape: [4, 2],
    });
  });

  it('warps', async () => {
    const shape: Shape = [2, 5, 4, 2];
    const row = [0.9, -0.4, 0.7, 0.3, 1.1, -0.6, 0, 0];
    const rows = (): Tensor2D => tensor2d([row, row], [2, 8]);
    await checkOp({
      inputs: [{ shape }],
      op: (x) => square(image.transform(x as Tensor4D, rows(), 'bilinear', 'constant', 0.25)),
      reference: (x) => squared(transformRef(x, shape, row, 0.25)),
      outputShape: shape,
    });
    // Every other mode: the adjoint is the transpose of whatever the forward kernel does.
    const far = [1.9, -0.4, -5.3, 0.3, 1.7, 6.2, 0.01, 0.02];
    const [v, d] = [toTensor(randomArray(sizeOf(shape), 1), shape), toTensor(randomArray(sizeOf(shape), 2), shape)];
    for (const interpolation of ['nearest', 'bilinear'] as const) {
      for (const fill of ['constant', 'reflect', 'wrap', 'nearest'] as const) {
        const warp = (x: Tensor): Tensor =>
          image.transform(x as Tensor4D, tensor2d([far, row], [2, 8]), interpolation, fill);
        const [forward, back] = [tidy(() => sum(mul(warp(v), d))), tidy(() => sum(mul(grad(warp)(v, d), v)))];
        expect(relativeError(await back.data(), await forward.data()), `${interpolation} ${fill}`).toBeLessThan(1e-5);
        forward.dispose();
        back.dispose();
      }
    }
    v.dispose();
    d.dispose();
  });

  it('bends where the activations bend', async () => {
    const shape = [5, 7];
    await checkOp({
      inputs: [{ shape, scale: 3 }],
      op: (x) => square(elu(x)),
      reference: (x) => x.map((value) => (value > 0 ? value : Math.expm1(value)) ** 2),
      outputShape: shape,
    });
    await checkOp({
      inputs: [{ shape, scale: 3 }, { shape: [7] }],
      op: (x, a) => square(prelu(x, a)),
      reference: (x, a) => x.map((value, i) => (value > 0 ? value : value * (a[i % 7] ?? NaN)) ** 2),
      outputShape: shape,
    });
    await checkOp({
      inputs: [{ shape, scale: 2 }],
      op: (x) => square(clipByValue(x, -0.5, 0.75)),
      reference: (x) => x.map((value) => Math.min(0.75, Math.max(-0.5, value)) ** 2),
      outputShape: shape,
    });
    await checkOp({
      inputs: [{ shape }, { shape }],
      op: (x, y) => where(greater(x, 0), mul(x, y), square(y)),
      reference: (x, y) => x.map((value, i) => (value > 0 ? value * (y[i] ?? NaN) : (y[i] ?? NaN) ** 2)),
      outputShape: shape,
    });
  });

  it('gives a sum over a broadcast operand back to it', async () => {
    await checkOp({
      inputs: [{ shape: [1, 3] }],
      op: (x) => square(broadcastTo(x, [4, 3])),
      reference: (x) => Float64Array.from({ length: 12 }, (_, i) => (x[i % 3] ?? NaN) ** 2),
      outputShape: [4, 3],
    });
    const [a, b] = [toTensor(randomArray(6, 1), [2, 3]), toTensor(randomArray(8, 2), [2, 4])];
    const both = tidy(() => grads((x: Tensor, y: Tensor) => sum(einsum('bi,bj->bij', x, y)))([a, b]));
    expect(both.map(({ shape }) => shape)).toEqual([
      [2, 3],
      [2, 4],
    ]);
    for (const tensor of [a, b, ...both]) tensor.dispose();
  });
});
