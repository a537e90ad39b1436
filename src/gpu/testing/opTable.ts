/**
 * Every operation of the op folders with its float64 reference, on small odd shapes: what `everyOp.gpu.test.ts` checks
 * in all variants of the kernels. Operations that are linear are squared, so that there is a second derivative to get
 * wrong. Each operation's own tests go deeper.
 */
import { adaAugment, adaBgc, adaDraws } from '../ada/adaAugment';
import { adaAugmentRef } from '../ada/adaAugment.ref';
import { attention, multiHeadAttention } from '../attention/attention';
import { attentionRef } from '../attention/attention.ref';
import { jointAttention } from '../attention/jointAttention';
import { conditionalBatchNorm } from '../batchNorm/conditionalBatchNorm';
import { conditionalBatchNormRef } from '../batchNorm/conditionalBatchNorm.ref';
import { biasActRef } from '../biasAct/activation.ref';
import { biasAct } from '../biasAct/biasAct';
import { conv2d, convTranspose2d } from '../conv2d/conv2d';
import { conv2dRef, convTranspose2dRef } from '../conv2d/conv2d.ref';
import { convGeometry } from '../conv2d/geometry';
import { dense } from '../dense/dense';
import { depthwiseConv2d } from '../depthwiseConv2d/depthwiseConv2d';
import { depthwiseConv2dRef } from '../depthwiseConv2d/depthwiseConv2d.ref';
import { depthwiseGeometry } from '../depthwiseConv2d/geometry';
import { diffAugment } from '../diffAugment/diffAugment';
import { diffAugmentRef } from '../diffAugment/diffAugment.ref';
import { mixEmbeddings, pickEmbeddings } from '../embedding/embedding';
import { mixEmbeddingsRef, pickEmbeddingsRef } from '../embedding/embedding.ref';
import { weightedHinge } from '../hinge/weightedHinge';
import { weightedHingeRef } from '../hinge/weightedHinge.ref';
import { addLayerNorm } from '../layerNorm/addLayerNorm';
import { layerNorm } from '../layerNorm/layerNorm';
import { layerNormRef } from '../layerNorm/layerNorm.ref';
import { matMul } from '../matmul/matmul';
import { matMulRef } from '../matmul/matmul.ref';
import { minibatchStd } from '../minibatchStd/minibatchStd';
import { minibatchStdRef } from '../minibatchStd/minibatchStd.ref';
import { pictureDot, scaleChannels } from '../modulation/scaleChannels';
import { pictureDotRef, scaleChannelsRef } from '../modulation/scaleChannels.ref';
import { addNoise } from '../noise/addNoise';
import { addNoiseRef } from '../noise/addNoise.ref';
import { columnSum } from '../reduce/columnSum';
import { avgPool } from '../resample/avgPool';
import { avgPool2x } from '../resample/avgPool2x';
import { avgPool2xRef, avgPoolRef, resizeRef, upsampleNearest2xRef } from '../resample/resample.ref';
import { resize } from '../resample/resize';
import { upsampleNearest2x } from '../resample/upsampleNearest2x';
import { softmax } from '../softmax/softmax';
import { softmaxRef } from '../softmax/softmax.ref';
import { weightedSoftplus } from '../softplus/weightedSoftplus';
import { weightedSoftplusRef } from '../softplus/weightedSoftplus.ref';
import { joinColumns, splitColumns } from '../split/splitColumns';
import {
  add,
  mul,
  scalar,
  square,
  tensor1d,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '../tensor';
import { unitRows } from '../unitRows/unitRows';
import { unitRowsRef } from '../unitRows/unitRows.ref';
import { binomial4, downsampleFir, upfirdn2d, upsampleFir } from '../upfirdn2d/upfirdn2d';
import { firOutput, upfirdn2dRef, type FirRef } from '../upfirdn2d/upfirdn2d.ref';
import { randomArray, toTensor } from './arrays';
import type { OpCheck } from './checkOp';

type Shape = [number, number, number, number];

/** Name of the exported function, and the check. */
type Entry = readonly [name: string, check: OpCheck];

const squares = (values: Float64Array): Float64Array => values.map((value) => value ** 2);

/** f squared, for linear f. */
function squared({ op, reference, ...check }: OpCheck): OpCheck {
  return {
    ...check,
    op: (...inputs) => square(op(...inputs)),
    reference: (...inputs) => squares(reference(...inputs)),
  };
}

const unitDraws = (size: number): Float64Array => randomArray(size, 5).map((value) => Math.fround(value / 2 + 0.5));

/** [B, T, H, D] to [B, H, T, D]. */
function headsFirst(x: Float64Array, [batch, length, heads, width]: Shape): Float64Array {
  const y = new Float64Array(x.length);
  for (let at = 0; at < x.length; at++) {
    const [d, h, t, b] = [
      at % width,
      Math.floor(at / width) % heads,
      Math.floor(at / width / heads) % length,
      Math.floor(at / width / heads / length) % batch,
    ];
    y[((b * heads + h) * length + t) * width + d] = x[at] ?? NaN;
  }
  return y;
}

const [batch, length, heads, width]: Shape = [2, 3, 2, 3];
const packedAttention = (parts: Float64Array[]): Float64Array => {
  const [q, k, v] = parts.map((x) => headsFirst(x, [batch, length, heads, width])) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return headsFirst(attentionRef(q, k, v, { groups: batch * heads, length, width, scale: 0.6, causal: true }), [
    batch,
    heads,
    length,
    width,
  ]);
};

const picture: Shape = [2, 5, 4, 3];
const even: Shape = [1, 4, 6, 3];
const convolution = convGeometry([2, 5, 7, 3], [3, 3, 3, 5], 2, 'same');
const transposed = convGeometry([2, 7, 9, 5], [3, 3, 5, 3], 2, 0);
const depthwise = depthwiseGeometry([1, 5, 4, 3], [3, 2, 6], 2, 1);
const firs: [FirRef, FirRef, FirRef] = [
  {
    rows: [
      [0.1, -0.4, 0.7],
      [0.9, 0.2, -0.3],
    ],
    up: [2, 1],
    down: [1, 3],
    padding: [1, 2, -1, 3],
    flip: false,
  },
  {
    rows: binomial4.map((a) => binomial4.map((b) => 4 * a * b)),
    up: [2, 2],
    down: [1, 1],
    padding: [2, 1, 2, 1],
    flip: false,
  },
  {
    rows: binomial4.map((a) => binomial4.map((b) => a * b)),
    up: [1, 1],
    down: [2, 2],
    padding: [1, 1, 1, 1],
    flip: false,
  },
];
const part = (x: Float64Array, columns: number, of: number, n: number): Float64Array =>
  x.filter((_, i) => Math.floor((i % columns) / (columns / of)) === n);

/** Of the same sizes, so that few pipelines serve them. */
const products: Entry[] = [
  [
    'matMul',
    {
      inputs: [{ shape: [5, 7] }, { shape: [7, 3] }],
      op: (a, b) => matMul(a, b),
      reference: (a, b) => matMulRef(a, b, { m: 5, k: 7, n: 3 }),
      outputShape: [5, 3],
    },
  ],
  [
    'dense',
    {
      inputs: [{ shape: [5, 7] }, { shape: [7, 3] }, { shape: [3] }],
      op: (x, w, bias) => dense(x as Tensor2D, w as Tensor2D, bias, 'gelu'),
      reference: (x, w, bias) => biasActRef(matMulRef(x, w, { m: 5, k: 7, n: 3 }), bias, 'gelu'),
      outputShape: [5, 3],
    },
  ],
  [
    'conv2d',
    {
      inputs: [{ shape: [2, 5, 7, 3] }, { shape: [3, 3, 3, 5] }],
      op: (x, w) => conv2d(x as Tensor4D, w as Tensor4D, { stride: 2 }),
      reference: (x, w) => conv2dRef(x, w, convolution),
      outputShape: [2, convolution.outHeight, convolution.outWidth, 5],
    },
  ],
  [
    'convTranspose2d',
    {
      inputs: [{ shape: [2, 3, 4, 3] }, { shape: [3, 3, 5, 3] }],
      op: (x, w) => convTranspose2d(x as Tensor4D, w as Tensor4D, { stride: 2 }),
      reference: (x, w) => convTranspose2dRef(x, w, transposed),
      outputShape: [2, 7, 9, 5],
    },
  ],
  [
    'depthwiseConv2d',
    {
      inputs: [{ shape: [1, 5, 4, 3] }, { shape: [3, 2, 6] }],
      op: (x, w) => depthwiseConv2d(x as Tensor4D, w as Tensor3D, { stride: 2, pad: 1 }),
      reference: (x, w) => depthwiseConv2dRef(x, w, depthwise),
      outputShape: [1, depthwise.outHeight, depthwise.outWidth, 6],
    },
  ],
  [
    'mixEmbeddings',
    {
      inputs: [{ shape: [5, 7] }, { shape: [7, 3] }],
      op: (u, table) => mixEmbeddings(u as Tensor2D, table as Tensor2D),
      reference: (u, table) => mixEmbeddingsRef(u, table, 7, 3),
      outputShape: [5, 3],
    },
  ],
  [
    'pickEmbeddings',
    squared({
      inputs: [{ shape: [4, 3] }],
      op: (table) => pickEmbeddings(tensor1d([2, 0, 2], 'int32'), table as Tensor2D),
      reference: (table) => pickEmbeddingsRef([2, 0, 2], table, 3),
      outputShape: [3, 3],
    }),
  ],
];

const modulation: Entry[] = [
  [
    'scaleChannels',
    {
      inputs: [{ shape: picture }, { shape: [2, 3] }],
      op: (x, s) => scaleChannels(x as Tensor4D, s as Tensor2D),
      reference: (x, s) => scaleChannelsRef(x, s, picture),
      outputShape: picture,
    },
  ],
  [
    'pictureDot',
    {
      inputs: [{ shape: picture }, { shape: picture }],
      op: (x, y) => pictureDot(x as Tensor4D, y as Tensor4D),
      reference: (x, y) => pictureDotRef(x, y, picture),
      outputShape: [2, 3],
    },
  ],
  [
    'addNoise',
    {
      inputs: [{ shape: picture }, { shape: [2, 5, 4, 1] }, { shape: [] }],
      op: (x, noise, strength) => addNoise(x as Tensor4D, noise as Tensor4D, strength),
      reference: (x, noise, strength) => addNoiseRef(x, noise, strength, 3),
      outputShape: picture,
    },
  ],
];

const shape3 = [2, 3, 5];
const attended = [{ shape: [1, 2, 3, 5] }, { shape: [1, 2, 3, 5] }, { shape: [1, 2, 3, 5] }];
const packed = { shape: [batch, length, heads * width] };
const normalised: Entry[] = [
  [
    'biasAct',
    {
      inputs: [{ shape: shape3, scale: 3 }, { shape: [5] }],
      op: (x, b) => biasAct(x, b, { activation: 'quickGelu' }),
      reference: (x, b) => biasActRef(x, b, 'quickGelu'),
      outputShape: shape3,
    },
  ],
  [
    'biasAct',
    squared({
      inputs: [{ shape: shape3 }, { shape: [5] }],
      op: (x, b) => biasAct(x, b, { activation: 'lrelu', gain: 1.5 }),
      reference: (x, b) => biasActRef(x, b, 'lrelu', 1.5),
      outputShape: shape3,
    }),
  ],
  [
    'layerNorm',
    {
      inputs: [{ shape: shape3 }, { shape: [5] }, { shape: [5] }],
      op: (x, g, b) => layerNorm(x, g, b, 1e-3),
      reference: (x, g, b) => layerNormRef(x, g, b, 5, 1e-3),
      outputShape: shape3,
    },
  ],
  [
    'addLayerNorm',
    {
      inputs: [{ shape: shape3 }, { shape: shape3 }, { shape: [5] }, { shape: [5] }],
      op: (a, b, g, beta) => {
        const { sum, normed } = addLayerNorm(a, b, g, beta, 1e-3);
        return add(square(sum), normed);
      },
      reference: (a, b, g, beta) => {
        const total = a.map((value, i) => value + (b[i] ?? NaN));
        return layerNormRef(total, g, beta, 5, 1e-3).map((value, i) => value + (total[i] ?? NaN) ** 2);
      },
      outputShape: shape3,
    },
  ],
  [
    'conditionalBatchNorm',
    {
      inputs: [{ shape: [3, 2, 3, 5], scale: 2, offset: 0.5 }, { shape: [3, 5], offset: 1 }, { shape: [3, 5] }],
      op: (x, g, b) => conditionalBatchNorm(x as Tensor4D, g as Tensor2D, b as Tensor2D, 1e-3, 'relu'),
      reference: (x, g, b) =>
        conditionalBatchNormRef(x, g, b, { images: 3, pixels: 6, channels: 5, epsilon: 1e-3, relu: true }),
      outputShape: [3, 2, 3, 5],
      seed: 5,
    },
  ],
  [
    'softmax',
    { inputs: [{ shape: shape3, scale: 2 }], op: softmax, reference: (x) => softmaxRef(x, 5), outputShape: shape3 },
  ],
  [
    'unitRows',
    {
      inputs: [{ shape: [3, 17], offset: 0.1 }],
      op: (x) => unitRows(x as Tensor2D, 2),
      reference: (x) => unitRowsRef(x, 17, 2),
      outputShape: [3, 17],
    },
  ],
  [
    'attention',
    {
      inputs: attended,
      op: (q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { scale: 0.7, causal: false }),
      reference: (q, k, v) => attentionRef(q, k, v, { groups: 2, length: 3, width: 5, scale: 0.7, causal: false }),
      outputShape: [1, 2, 3, 5],
    },
  ],
  [
    'multiHeadAttention',
    {
      inputs: [packed, packed, packed],
      op: (q, k, v) =>
        multiHeadAttention(q as Tensor3D, k as Tensor3D, v as Tensor3D, { heads, scale: 0.6, causal: true }),
      reference: (...parts) => packedAttention(parts),
      outputShape: packed.shape,
    },
  ],
  [
    'jointAttention',
    {
      inputs: [{ shape: [batch, length, 3 * heads * width] }],
      op: (qkv) => jointAttention(qkv as Tensor3D, { heads, scale: 0.6, causal: true }),
      reference: (qkv) => packedAttention([0, 1, 2].map((n) => part(qkv, 3 * heads * width, 3, n))),
      outputShape: packed.shape,
    },
  ],
  [
    'minibatchStd',
    {
      inputs: [{ shape: [4, 2, 2, 3] }],
      op: (x) => minibatchStd(x as Tensor4D, { group: 2 }),
      reference: (x) => minibatchStdRef(x, [4, 2, 2, 3], 2, 1),
      outputShape: [4, 2, 2, 4],
    },
  ],
];

const linear: Entry[] = [
  [
    'columnSum',
    {
      inputs: [{ shape: [7, 3] }],
      op: columnSum,
      reference: (x) =>
        Float64Array.from([0, 1, 2], (c) => x.reduce((sum, value, i) => (i % 3 === c ? sum + value : sum), 0)),
      outputShape: [3],
    },
  ],
  [
    'splitColumns',
    {
      inputs: [{ shape: [3, 6] }],
      op: (x) =>
        splitColumns(x as Tensor2D, 3)
          .map((y, n) => mul(y, n + 1) as Tensor)
          .reduce((a, b) => add(a, b)),
      reference: (x) =>
        [0, 1, 2]
          .map((n) => part(x, 6, 3, n).map((value) => value * (n + 1)))
          .reduce((a, b) => a.map((value, i) => value + (b[i] ?? NaN))),
      outputShape: [3, 2],
    },
  ],
  [
    'joinColumns',
    {
      inputs: [{ shape: [3, 2] }, { shape: [3, 2] }],
      op: (a, b) => joinColumns([a as Tensor2D, b as Tensor2D]),
      reference: (a, b) =>
        Float64Array.from({ length: 12 }, (_, i) => (i % 4 < 2 ? a : b)[Math.floor(i / 4) * 2 + (i % 2)] ?? NaN),
      outputShape: [3, 4],
    },
  ],
  [
    'upsampleNearest2x',
    {
      inputs: [{ shape: picture }],
      op: (x) => upsampleNearest2x(x as Tensor4D),
      reference: (x) => upsampleNearest2xRef(x, picture),
      outputShape: [2, 10, 8, 3],
    },
  ],
  [
    'avgPool2x',
    {
      inputs: [{ shape: even }],
      op: (x) => avgPool2x(x as Tensor4D),
      reference: (x) => avgPool2xRef(x, even),
      outputShape: [1, 2, 3, 3],
    },
  ],
  [
    'avgPool',
    {
      inputs: [{ shape: picture }],
      op: (x) => avgPool(x as Tensor4D, 3, { stride: 2, padding: 1 }),
      reference: (x) => avgPoolRef(x, picture, 3, 2, 1),
      outputShape: [2, 3, 2, 3],
    },
  ],
  [
    'resize',
    {
      inputs: [{ shape: picture }],
      op: (x) => resize(x as Tensor4D, 3, 4, 'bicubic'),
      reference: (x) => resizeRef(x, picture, 3, 4, 'bicubic'),
      outputShape: [2, 3, 4, 3],
    },
  ],
  [
    'upfirdn2d',
    {
      inputs: [{ shape: picture }],
      op: (x) => upfirdn2d(x as Tensor4D, firs[0].rows, firs[0]),
      reference: (x) => upfirdn2dRef(x, picture, firs[0]),
      outputShape: firOutput(picture, firs[0]),
    },
  ],
  [
    'upsampleFir',
    {
      inputs: [{ shape: picture }],
      op: (x) => upsampleFir(x as Tensor4D, binomial4),
      reference: (x) => upfirdn2dRef(x, picture, firs[1]),
      outputShape: [2, 10, 8, 3],
    },
  ],
  [
    'downsampleFir',
    {
      inputs: [{ shape: even }],
      op: (x) => downsampleFir(x as Tensor4D, binomial4),
      reference: (x) => upfirdn2dRef(x, even, firs[2]),
      outputShape: [1, 2, 3, 3],
    },
  ],
  [
    'diffAugment',
    {
      inputs: [{ shape: picture }],
      op: (x) =>
        tidy(() =>
          diffAugment(x as Tensor4D, toTensor(unitDraws(16), [2, 8]) as Tensor2D, {
            color: true,
            translation: true,
            cutout: true,
          }),
        ),
      reference: (x) => diffAugmentRef(x, unitDraws(16), picture, { color: true, translation: true, cutout: true }),
      outputShape: picture,
    },
  ],
  [
    'adaAugment',
    {
      inputs: [{ shape: picture }],
      op: (x) =>
        tidy(() =>
          adaAugment(
            x as Tensor4D,
            toTensor(unitDraws(2 * adaDraws), [2, adaDraws]) as Tensor2D,
            scalar(0.8) as Scalar,
          ),
        ),
      reference: (x) => adaAugmentRef(x, unitDraws(2 * adaDraws), Math.fround(0.8), picture, adaBgc),
      outputShape: picture,
    },
  ],
  [
    'weightedHinge',
    {
      inputs: [{ shape: [7], scale: 2.5 }],
      op: (x) =>
        tidy(() =>
          weightedHinge(
            x,
            toTensor(
              unitDraws(7).map((value) => Math.sign(value - 0.5)),
              [7],
            ),
            toTensor(unitDraws(7), [7]),
          ),
        ),
      reference: (x) =>
        weightedHingeRef(
          x,
          unitDraws(7).map((value) => Math.sign(value - 0.5)),
          unitDraws(7),
        ),
      outputShape: [],
    },
  ],
  [
    'weightedSoftplus',
    {
      inputs: [{ shape: [7], scale: 2.5 }],
      op: (x) =>
        tidy(() =>
          weightedSoftplus(
            x,
            toTensor(
              unitDraws(7).map((value) => Math.sign(value - 0.5)),
              [7],
            ),
            toTensor(unitDraws(7), [7]),
          ),
        ),
      reference: (x) =>
        weightedSoftplusRef(
          x,
          unitDraws(7).map((value) => Math.sign(value - 0.5)),
          unitDraws(7),
        ),
      outputShape: [],
    },
  ],
];

export const opTable: readonly Entry[] = [
  ...products,
  ...modulation,
  ...normalised,
  ...linear.map(([name, check]): Entry => [name, squared(check)]),
];
