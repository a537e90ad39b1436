/**
 * Checks of everything that is a product of matrices or a convolution. Products are aligned (all sizes multiples of
 * four, loaded four at a time) or not: two codes each.
 */
import { biasActRef } from '../biasAct/activation.ref';
import { conv2d } from '../conv2d/conv2d';
import { conv2dRef } from '../conv2d/conv2d.ref';
import { convGeometry } from '../conv2d/geometry';
import { dense } from '../dense/dense';
import { depthwiseConv2d } from '../depthwiseConv2d/depthwiseConv2d';
import { depthwiseConv2dRef } from '../depthwiseConv2d/depthwiseConv2d.ref';
import { depthwiseGeometry } from '../depthwiseConv2d/geometry';
import { halfMatMul, toHalfMatrix } from '../matmul/halfMatMul';
import { matMul } from '../matmul/matmul';
import { matMulRef } from '../matmul/matmul.ref';
import { tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '../tensor';
import { randomArray } from '../testing/arrays';
import type { KernelCheck } from './judge';

/** Their gradients are matrix products with a transposed operand, so all ways of reading are covered. */
function matMulOf(m: number, k: number, n: number): KernelCheck {
  return {
    name: 'matrix product',
    inputs: [{ shape: [m, k] }, { shape: [k, n] }],
    outputs: [{ shape: [m, n] }],
    op: (a, b) => matMul(a, b),
    reference: (a, b) => matMulRef(a, b, { m, k, n }),
  };
}

/** Tiles of every size are partly empty in m and n, and the inner axis ends within a step. */
export const matMulCheck = matMulOf(36, 24, 72);
export const unalignedMatMulCheck = matMulOf(37, 21, 70);

/** Few results and a long sum: the case for subgroups. */
export const longSumCheck: KernelCheck = {
  ...matMulOf(5, 514, 6),
  name: 'matrix product with a long sum',
  gradients: false,
};

/** A convolution and, by its gradients, the two other products. */
function convOf(
  x: [number, number, number, number],
  filter: [number, number, number, number],
  stride: 1 | 2,
): KernelCheck {
  const geometry = convGeometry(x, filter, stride, 'same');
  return {
    name: 'convolution',
    inputs: [{ shape: x }, { shape: filter }],
    outputs: [{ shape: [x[0], geometry.outHeight, geometry.outWidth, filter[3]] }],
    op: (a, w) => conv2d(a as Tensor4D, w as Tensor4D, { stride }),
    reference: (a, w) => conv2dRef(a, w, geometry),
  };
}

export const convCheck = convOf([2, 7, 5, 4], [3, 3, 4, 20], 1);
export const unalignedConvCheck = convOf([2, 7, 6, 3], [3, 3, 3, 5], 2);

const half = randomArray(12 * 24, 7).map((value) => Math.round(value * 512) / 512); // which float16 holds exactly

function depthwiseOf(
  x: [number, number, number, number],
  filter: [number, number, number],
  stride: number,
): KernelCheck {
  const geometry = depthwiseGeometry(x, filter, stride, 1);
  return {
    name: 'convolution by channel',
    inputs: [{ shape: x }, { shape: filter }],
    outputs: [{ shape: [x[0], geometry.outHeight, geometry.outWidth, filter[2]] }],
    op: (a, w) => depthwiseConv2d(a as Tensor4D, w as Tensor3D, { stride, pad: 1 }),
    reference: (a, w) => depthwiseConv2dRef(a, w, geometry),
  };
}

/** What follows a product in its own kernel, and long sums, which GPUs cut into parts. */
export const denseChecks: readonly KernelCheck[] = [
  {
    name: 'fully connected layer',
    inputs: [{ shape: [5, 8] }, { shape: [8, 12] }, { shape: [12] }],
    outputs: [{ shape: [5, 12] }],
    op: (x, w, bias) => dense(x as Tensor2D, w as Tensor2D, bias, 'gelu'),
    reference: (x, w, bias) => biasActRef(matMulRef(x, w, { m: 5, k: 8, n: 12 }), bias, 'gelu'),
    tolerance: 1e-4, // adapters differ in exp
  },
  {
    name: 'fully connected layer with a long sum',
    inputs: [{ shape: [3, 514] }, { shape: [514, 6] }, { shape: [6] }],
    outputs: [{ shape: [3, 6] }],
    op: (x, w, bias) => dense(x as Tensor2D, w as Tensor2D, bias, 'lrelu'),
    reference: (x, w, bias) => biasActRef(matMulRef(x, w, { m: 3, k: 514, n: 6 }), bias, 'lrelu'),
  },
];

export const depthwiseChecks: readonly KernelCheck[] = [
  depthwiseOf([1, 5, 4, 3], [3, 2, 6], 2),
  depthwiseOf([2, 4, 5, 8], [3, 3, 8], 1),
];

export const halfProductCheck: KernelCheck = {
  name: 'matrix product with float16 weights',
  inputs: [{ shape: [5, 12] }],
  outputs: [{ shape: [5, 24] }],
  op: (a) => {
    const matrix = toHalfMatrix(tensor(Float32Array.from(half), [12, 24]));
    const product = halfMatMul(a as Tensor2D, matrix);
    matrix.dispose();
    return product;
  },
  reference: (a) => matMulRef(a, half, { m: 5, k: 12, n: 24 }),
};
