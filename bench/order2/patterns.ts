/**
 * The 16 patterns of `order2`, each one or more functions that must all pass, as stock tfjs has them and as our models
 * have them. Where no op folder has a kernel of its own, ours is the front end's function with the gradients that the
 * engine registers.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { adaAugment, adaDraws } from '../../src/gpu/ada/adaAugment';
import { attention } from '../../src/gpu/attention/attention';
import { conditionalBatchNorm } from '../../src/gpu/batchNorm/conditionalBatchNorm';
import { biasAct } from '../../src/gpu/biasAct/biasAct';
import { conv2d, convTranspose2d } from '../../src/gpu/conv2d/conv2d';
import { dense } from '../../src/gpu/dense/dense';
import { layerNorm } from '../../src/gpu/layerNorm/layerNorm';
import { matMul } from '../../src/gpu/matmul/matmul';
import { minibatchStd } from '../../src/gpu/minibatchStd/minibatchStd';
import { pictureDot, scaleChannels } from '../../src/gpu/modulation/scaleChannels';
import { avgPool } from '../../src/gpu/resample/avgPool';
import { avgPool2x } from '../../src/gpu/resample/avgPool2x';
import { resize } from '../../src/gpu/resample/resize';
import { upsampleNearest2x } from '../../src/gpu/resample/upsampleNearest2x';
import { softmax } from '../../src/gpu/softmax/softmax';
import * as front from '../../src/gpu/tensor';
import { randomArray } from '../../src/gpu/testing/arrays';
import { binomial4, upsampleFir, downsampleFir } from '../../src/gpu/upfirdn2d/upfirdn2d';
import { adaAugment as stockAda } from '../stock/adaAugment';
import * as stockFir from '../stock/fir';
import * as stock from '../stock/ops';

export type OpFunction = (...inputs: Tensor[]) => Tensor;

export interface Case {
  name: string;
  shapes: number[][];
  stock: OpFunction;
  ours: OpFunction;
  /** Bound on the difference of the two functions' values; default that of float32 kernels. */
  values?: number;
  /** Inputs that the inner derivative of the second order is taken by; default the first, as in R1. */
  inner?: number[];
}

export interface Pattern {
  name: string;
  cases: Case[];
}

/** The same expression over both front ends. */
function both(
  name: string,
  shapes: number[][],
  f: (library: typeof front, ...inputs: Tensor[]) => Tensor,
  inner?: number[],
): Case {
  return {
    name,
    shapes,
    stock: (...inputs) => f(tf as unknown as typeof front, ...inputs),
    ours: (...inputs) => f(front, ...inputs),
    ...(inner ? { inner } : {}),
  };
}

/** A function of the same name and signature in the op folders and in their stock counterparts. */
function pair(name: string, shapes: number[][], theirs: OpFunction, ours: OpFunction, inner?: number[]): Case {
  return { name, shapes, stock: theirs, ours, ...(inner ? { inner } : {}) };
}

const x4 = (t: Tensor | undefined): Tensor4D => t as Tensor4D;
const x2 = (t: Tensor | undefined): Tensor2D => t as Tensor2D;

/** A turn by 20 degrees about (2, 2), and the same with a shift: rows of `image.transform`. */
const turns = (): Tensor2D => {
  const [c, s] = [Math.cos(0.35), Math.sin(0.35)];
  const row = (shift: number): number[] => [c, -s, 2 - 2 * c + 2 * s + shift, s, c, 2 - 2 * s - 2 * c, 0, 0];
  return tf.tensor2d([row(0), row(0.4)]);
};

/** Draws with every chance coming up. */
const drawn = (): Tensor2D =>
  tf.tensor2d(
    Float32Array.from(randomArray(2 * adaDraws, 5), (value) => value / 2 + 0.5),
    [2, adaDraws],
  );

export const patterns: Pattern[] = [
  {
    name: 'leaky ReLU',
    cases: [
      both('leakyRelu', [[6, 11]], (t, x) => t.leakyRelu(x as Tensor, 0.2)),
      pair(
        'bias, lrelu',
        [[5, 7], [7]],
        (x, b) => stock.biasAct(x, b, { activation: 'lrelu' }),
        (x, b) => biasAct(x, b, { activation: 'lrelu' }),
      ),
    ],
  },
  {
    name: 'extrema',
    cases: [
      both('prelu', [[4, 6], [6]], (t, x, a) => t.prelu(x as Tensor, a as Tensor)),
      both(
        'maximum, minimum',
        [
          [4, 6],
          [4, 6],
        ],
        (t, x, y) => t.add(t.maximum(x as Tensor, y as Tensor), t.mul(t.minimum(x as Tensor, y as Tensor), 0.5)),
      ),
      both('clipByValue', [[4, 6]], (t, x) => t.clipByValue(x as Tensor, -0.5, 0.5)),
      both('max of rows', [[4, 9]], (t, x) => t.max(x as Tensor, 1)),
      both('where (x > 0)', [[4, 6]], (t, x) =>
        t.where(t.greater(x as Tensor, 0), t.mul(x as Tensor, 2), t.square(x as Tensor)),
      ),
    ],
  },
  {
    name: 'pooling',
    cases: [
      both('avgPool', [[1, 6, 5, 2]], (t, x) => t.avgPool(x4(x), 2, 2, 'same')),
      both('maxPool', [[1, 6, 7, 2]], (t, x) => t.maxPool(x4(x), 3, 2, 'same')),
      pair(
        'avgPool, 3 x 3',
        [[1, 6, 6, 2]],
        (x) => stockFir.avgPool(x4(x), 3),
        (x) => avgPool(x4(x), 3),
      ),
      pair(
        'avgPool2x',
        [[1, 6, 4, 3]],
        (x) => stock.avgPool2x(x4(x)),
        (x) => avgPool2x(x4(x)),
      ),
    ],
  },
  {
    name: 'resizing',
    cases: [
      both('resizeNearestNeighbor', [[1, 4, 3, 2]], (t, x) => t.image.resizeNearestNeighbor(x4(x), [7, 6])),
      both('resizeBilinear', [[1, 4, 3, 2]], (t, x) => t.image.resizeBilinear(x4(x), [7, 5])),
      pair(
        'upsampleNearest2x',
        [[1, 4, 3, 2]],
        (x) => stock.upsampleNearest2x(x4(x)),
        (x) => upsampleNearest2x(x4(x)),
      ),
      pair(
        'resize, bicubic',
        [[1, 4, 3, 2]],
        (x) => stock.resize(x4(x), 7, 5, 'bicubic'),
        (x) => resize(x4(x), 7, 5, 'bicubic'),
      ),
    ],
  },
  { name: 'ELU', cases: [both('elu', [[6, 11]], (t, x) => t.elu(x as Tensor))] },
  {
    name: 'depthwise',
    cases: [
      both(
        'depthwiseConv2d',
        [
          [1, 6, 5, 2],
          [3, 3, 2, 1],
        ],
        (t, x, w) => t.depthwiseConv2d(x4(x), x4(w), 1, 'same'),
        [0, 1],
      ),
      pair(
        'FIR, enlarged',
        [[1, 4, 3, 4]],
        (x) => stockFir.upsampleFir(x4(x), binomial4),
        (x) => upsampleFir(x4(x), binomial4),
      ),
      pair(
        'FIR, halved',
        [[1, 6, 4, 3]],
        (x) => stockFir.downsampleFir(x4(x), binomial4),
        (x) => downsampleFir(x4(x), binomial4),
      ),
      both(
        'blur and halve',
        [
          [1, 8, 8, 2],
          [4, 4, 2, 1],
        ],
        (t, x, w) => t.depthwiseConv2d(x4(x), x4(w), 2, 'same'),
      ),
    ],
  },
  {
    name: 'einsum',
    cases: [
      both(
        'bij,bkj->bik',
        [
          [2, 3, 4],
          [2, 5, 4],
        ],
        (t, x, y) => t.einsum('bij,bkj->bik', x as Tensor, y as Tensor),
      ),
      both('bij->bj', [[2, 3, 4]], (t, x) => t.einsum('bij->bj', x as Tensor)),
      both(
        'bi,bj->bij',
        [
          [2, 3],
          [2, 4],
        ],
        (t, x, y) => t.einsum('bi,bj->bij', x as Tensor, y as Tensor),
      ),
    ],
  },
  {
    name: 'dilated',
    cases: [
      both(
        'conv2d, dilation 2',
        [
          [1, 7, 6, 2],
          [3, 3, 2, 3],
        ],
        (t, x, w) => t.conv2d(x4(x), x4(w), 1, 'same', 'NHWC', [2, 2]),
      ),
    ],
  },
  {
    name: 'gatherND',
    cases: [
      both('gatherND', [[4, 3, 2]], (t, x) =>
        t.gatherND(
          x as Tensor,
          tf.tensor2d(
            [
              [0, 1],
              [3, 2],
              [0, 1],
              [2, 0],
            ],
            [4, 2],
            'int32',
          ),
        ),
      ),
    ],
  },
  {
    name: 'affine warp',
    cases: [
      both('transform, constant', [[2, 5, 4, 2]], (t, x) =>
        t.image.transform(x4(x), turns(), 'bilinear', 'constant', 0.3),
      ),
      {
        ...pair(
          'ADA, one map a picture',
          [[2, 5, 4, 3]],
          (x) => stockAda(x4(x), drawn(), tf.scalar(1)),
          (x) => adaAugment(x4(x), drawn(), tf.scalar(1)),
        ),
        // The stock maps come from WGSL's own log, sin and cos, which may be wrong from the eleventh bit on
        values: 2e-3,
      },
      both('transform, reflect', [[2, 5, 4, 2]], (t, x) => t.image.transform(x4(x), turns(), 'bilinear', 'reflect')),
    ],
  },
  {
    name: 'weight gradient',
    cases: [
      pair(
        'conv2d by its filter',
        [
          [2, 5, 6, 3],
          [3, 3, 3, 2],
        ],
        (x, w) => stock.conv2d(x4(x), x4(w)),
        (x, w) => conv2d(x4(x), x4(w)),
        [1],
      ),
      both(
        'library conv2d',
        [
          [2, 5, 6, 3],
          [3, 3, 3, 2],
        ],
        (t, x, w) => t.conv2d(x4(x), x4(w), 2, 'same'),
        [1],
      ),
    ],
  },
  {
    name: 'convolution',
    cases: [
      pair(
        'conv2d, 3 x 3',
        [
          [2, 5, 6, 3],
          [3, 3, 3, 4],
        ],
        (x, w) => stock.conv2d(x4(x), x4(w)),
        (x, w) => conv2d(x4(x), x4(w)),
      ),
      pair(
        'conv2d, stride 2',
        [
          [2, 7, 6, 4],
          [4, 4, 4, 2],
        ],
        (x, w) => stock.conv2d(x4(x), x4(w), { stride: 2 }),
        (x, w) => conv2d(x4(x), x4(w), { stride: 2 }),
      ),
      pair(
        'convTranspose2d',
        [
          [1, 3, 4, 3],
          [3, 3, 2, 3],
        ],
        (x, w) => stock.convTranspose2d(x4(x), x4(w), { stride: 2 }),
        (x, w) => convTranspose2d(x4(x), x4(w), { stride: 2 }),
      ),
      both(
        'conv2dTranspose',
        [
          [1, 3, 4, 3],
          [4, 4, 2, 3],
        ],
        (t, x, w) => t.conv2dTranspose(x4(x), x4(w), [1, 6, 8, 2], 2, 'same'),
      ),
    ],
  },
  {
    name: 'products',
    cases: [
      pair(
        'matMul',
        [
          [5, 7],
          [7, 3],
        ],
        (a, b) => stock.matMul(a as Tensor, b as Tensor),
        (a, b) => matMul(a as Tensor, b as Tensor),
        [0, 1],
      ),
      pair(
        'dense, relu',
        [[5, 7], [7, 3], [3]],
        (x, w, b) => stock.dense(x2(x), x2(w), b as Tensor, 'relu'),
        (x, w, b) => dense(x2(x), x2(w), b as Tensor, 'relu'),
      ),
    ],
  },
  {
    name: 'normalisation',
    cases: [
      pair(
        'modulation',
        [
          [2, 3, 2, 4],
          [2, 4],
        ],
        (x, s) => stock.scaleChannels(x4(x), stock.pictureDot(x4(x), stock.scaleChannels(x4(x), x2(s)))),
        (x, s) => scaleChannels(x4(x), pictureDot(x4(x), scaleChannels(x4(x), x2(s)))),
        [0, 1],
      ),
      pair(
        'minibatch deviation',
        [[4, 2, 2, 3]],
        (x) => stockFir.minibatchStd(x4(x)),
        (x) => minibatchStd(x4(x)),
      ),
      pair(
        'layerNorm',
        [[4, 6], [6], [6]],
        (x, g, b) => stock.layerNorm(x as Tensor, g as Tensor, b as Tensor, 1e-3),
        (x, g, b) => layerNorm(x as Tensor, g as Tensor, b as Tensor, 1e-3),
      ),
      pair(
        'conditional batch norm',
        [
          [2, 3, 3, 4],
          [2, 4],
          [2, 4],
        ],
        (x, g, b) => stock.conditionalBatchNorm(x4(x), x2(g), x2(b), 1e-3),
        (x, g, b) => conditionalBatchNorm(x4(x), x2(g), x2(b), 1e-3),
      ),
    ],
  },
  {
    name: 'attention',
    cases: [
      pair(
        'softmax',
        [[4, 6]],
        (x) => stockFir.softmax(x as Tensor),
        (x) => softmax(x as Tensor),
      ),
      pair(
        'softmax attention',
        [
          [1, 2, 5, 4],
          [1, 2, 5, 4],
          [1, 2, 5, 4],
        ],
        (q, k, v) => stock.attention(x4(q), x4(k), x4(v), { scale: 0.5, causal: false }),
        (q, k, v) => attention(x4(q), x4(k), x4(v), { scale: 0.5, causal: false }),
      ),
    ],
  },
  {
    name: 'assembly',
    cases: [
      both('gather rows', [[5, 3]], (t, x) => t.gather(x as Tensor, tf.tensor1d([1, 3, 3, 4, 0], 'int32'))),
      both(
        'concat, pad, slice',
        [
          [2, 3],
          [2, 2],
        ],
        (t, x, y) =>
          t.slice(
            t.pad(t.concat([x as Tensor3D, y as Tensor3D], 1), [
              [1, 0],
              [0, 2],
            ]),
            [0, 1],
            [3, 5],
          ),
      ),
    ],
  },
];
