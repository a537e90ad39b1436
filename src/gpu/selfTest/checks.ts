/** What the self-test runs: one small odd case of every kind of kernel that training uses, against its float64 twin. */
import { CounterRandom } from '../../shared/rng';
import { attention } from '../attention/attention';
import { attentionRef } from '../attention/attention.ref';
import { conditionalBatchNorm } from '../batchNorm/conditionalBatchNorm';
import { conditionalBatchNormRef } from '../batchNorm/conditionalBatchNorm.ref';
import { biasActRef } from '../biasAct/activation.ref';
import { biasAct } from '../biasAct/biasAct';
import { conv2d } from '../conv2d/conv2d';
import { conv2dRef } from '../conv2d/conv2d.ref';
import { convGeometry } from '../conv2d/geometry';
import { diffAugment } from '../diffAugment/diffAugment';
import { diffAugmentRef } from '../diffAugment/diffAugment.ref';
import { weightedHinge } from '../hinge/weightedHinge';
import { weightedHingeRef } from '../hinge/weightedHinge.ref';
import { layerNorm } from '../layerNorm/layerNorm';
import { layerNormRef } from '../layerNorm/layerNorm.ref';
import { matMul } from '../matmul/matmul';
import { matMulRef } from '../matmul/matmul.ref';
import { randomNormal } from '../random';
import { columnSum } from '../reduce/columnSum';
import { avgPool2x } from '../resample/avgPool2x';
import { avgPool2xRef, resizeRef } from '../resample/resample.ref';
import { resize } from '../resample/resize';
import { scalar, tensor, type Tensor, type Tensor2D, type Tensor4D } from '../tensor';
import { randomArray } from '../testing/arrays';
import { unitRows } from '../unitRows/unitRows';
import { unitRowsRef } from '../unitRows/unitRows.ref';
import type { KernelCheck } from './judge';

/** Tiles of every size are partly empty in m and n, and the inner axis ends within a step. */
const [m, k, n] = [37, 21, 70];

/** Matrix products; their gradients are matrix products with a transposed operand, so all ways of reading are covered. */
export const matMulCheck: KernelCheck = {
  name: 'matrix product',
  inputs: [{ shape: [m, k] }, { shape: [k, n] }],
  outputShape: [m, n],
  op: (a, b) => matMul(a, b),
  twin: (a, b) => matMulRef(a, b, { m, k, n }),
};

/** Few results and a long sum: the case for subgroups. */
export const longSumCheck: KernelCheck = {
  name: 'matrix product with a long sum',
  inputs: [{ shape: [5, 514] }, { shape: [514, 6] }],
  outputShape: [5, 6],
  op: (a, b) => matMul(a, b),
  twin: (a, b) => matMulRef(a, b, { m: 5, k: 514, n: 6 }),
  gradients: false,
};

const convGeometryOf = convGeometry([2, 7, 5, 4], [3, 3, 4, 20], 1, 'same');

/** A convolution and, by its gradients, the two other products. */
export const convCheck: KernelCheck = {
  name: 'convolution',
  inputs: [{ shape: [2, 7, 5, 4] }, { shape: [3, 3, 4, 20] }],
  outputShape: [2, 7, 5, 20],
  op: (x, filter) => conv2d(x as Tensor4D, filter as Tensor4D),
  twin: (x, filter) => conv2dRef(x, filter, convGeometryOf),
};

const [columns, rows] = [67, 3];
const heads = [1, 2, 5, 8] as const;
const frame = [2, 6, 4, 5] as const;
const draws = randomArray(16, 9).map((value) => Math.fround(value / 2 + 0.5));

const normalization: readonly KernelCheck[] = [
  {
    name: 'layer normalisation',
    inputs: [{ shape: [rows, columns], scale: 2, offset: 0.5 }, { shape: [columns], offset: 1 }, { shape: [columns] }],
    outputShape: [rows, columns],
    op: (x, gamma, beta) => layerNorm(x, gamma, beta, 1e-5),
    twin: (x, gamma, beta) => layerNormRef(x, gamma, beta, columns, 1e-5),
  },
  {
    name: 'conditional batch normalisation',
    inputs: [{ shape: frame, scale: 2, offset: 0.5 }, { shape: [2, 5], offset: 1 }, { shape: [2, 5] }],
    outputShape: frame,
    op: (x, gain, bias) => conditionalBatchNorm(x as Tensor4D, gain as Tensor2D, bias as Tensor2D, 1e-5),
    twin: (x, gain, bias) => conditionalBatchNormRef(x, gain, bias, { images: 2, pixels: 24, channels: 5, epsilon: 1e-5, relu: false }),
  },
  {
    name: 'normalisation of rows',
    inputs: [{ shape: [rows, columns], offset: 0.1 }],
    outputShape: [rows, columns],
    op: (x) => unitRows(x as Tensor2D),
    twin: (x) => unitRowsRef(x, columns, 1),
  },
];

const rest: readonly KernelCheck[] = [
  {
    name: 'attention',
    inputs: [{ shape: heads, scale: 2 }, { shape: heads, scale: 2 }, { shape: heads }],
    outputShape: heads,
    op: (q, key, v) => attention(q as Tensor4D, key as Tensor4D, v as Tensor4D, { scale: 0.5, causal: false }),
    twin: (q, key, v) => attentionRef(q, key, v, { groups: 2, length: 5, width: 8, scale: 0.5, causal: false }),
  },
  {
    name: 'random augmentation',
    inputs: [{ shape: frame }],
    outputShape: frame,
    op: (x) => diffAugment(x as Tensor4D, tensor(Float32Array.from(draws), [2, 8]), { color: true, translation: true, cutout: true }),
    twin: (x) => diffAugmentRef(x, draws, frame, { color: true, translation: true, cutout: true }),
  },
  {
    name: 'average pooling',
    inputs: [{ shape: frame }],
    outputShape: [2, 3, 2, 5],
    op: (x) => avgPool2x(x as Tensor4D),
    twin: (x) => avgPool2xRef(x, frame),
  },
  {
    name: 'resizing',
    inputs: [{ shape: frame }],
    outputShape: [2, 9, 9, 5],
    op: (x) => resize(x as Tensor4D, 9, 9, 'bicubic'),
    twin: (x) => resizeRef(x, frame, 9, 9, 'bicubic'),
  },
  {
    name: 'hinge loss',
    inputs: [{ shape: [7], scale: 2 }],
    outputShape: [],
    op: (logits) => weightedHinge(logits, tensor([1, -1, 1, 1, -1, -1, 1]), tensor([1, 2, 3, 1, 2, 3, 1])),
    twin: (logits) => weightedHingeRef(logits, [1, -1, 1, 1, -1, -1, 1], [1, 2, 3, 1, 2, 3, 1]),
  },
];

/** What every GAN step needs, however small: run on software adapters too. */
export const basicChecks: readonly KernelCheck[] = [
  {
    name: 'bias and activation',
    inputs: [{ shape: [9, 5], scale: 3 }, { shape: [5] }],
    outputShape: [9, 5],
    op: (x, bias) => biasAct(x, bias, { activation: 'lrelu' }),
    twin: (x, bias) => biasActRef(x, bias, 'lrelu'),
    gradients: false,
  },
  {
    name: 'sum over rows',
    inputs: [{ shape: [133, 6] }],
    outputShape: [6],
    op: (x) => columnSum(x),
    twin: (x) => Float64Array.from({ length: 6 }, (_, c) => x.reduce((sum, value, i) => sum + (i % 6 === c ? value : 0), 0)),
    gradients: false,
  },
  {
    name: 'random numbers',
    inputs: [],
    outputShape: [71],
    op: (): Tensor => randomNormal([71], { seed: 5, stream: 6, step: scalar(7, 'int32') }),
    twin: () => {
      const random = new CounterRandom(5, 6, 7);
      return Float64Array.from({ length: 71 }, () => random.normal());
    },
    gradients: false,
  },
];

/** The rest, on hardware. */
export const furtherChecks: readonly KernelCheck[] = [...normalization, ...rest];
