/**
 * Checks of kernels that work on rows or one by one: normalisation, attention, activations, losses, sums. Rows are long
 * enough for threads to share them.
 */
import { attention, multiHeadAttention } from '../attention/attention';
import { attentionRef } from '../attention/attention.ref';
import { jointAttention } from '../attention/jointAttention';
import { biasActRef } from '../biasAct/activation.ref';
import { biasAct } from '../biasAct/biasAct';
import { pickEmbeddings } from '../embedding/embedding';
import { pickEmbeddingsRef } from '../embedding/embedding.ref';
import { logitMeans } from '../hinge/logitMeans';
import { weightedHinge } from '../hinge/weightedHinge';
import { weightedHingeRef } from '../hinge/weightedHinge.ref';
import { addLayerNorm } from '../layerNorm/addLayerNorm';
import { layerNorm } from '../layerNorm/layerNorm';
import { layerNormRef } from '../layerNorm/layerNorm.ref';
import { columnSum } from '../reduce/columnSum';
import { softmax } from '../softmax/softmax';
import { softmaxRef } from '../softmax/softmax.ref';
import { weightedSoftplus } from '../softplus/weightedSoftplus';
import { weightedSoftplusRef } from '../softplus/weightedSoftplus.ref';
import { joinColumns, splitColumns } from '../split/splitColumns';
import { add, mul, sub, tensor, tensor1d, type Tensor2D, type Tensor3D, type Tensor4D } from '../tensor';
import { randomArray } from '../testing/arrays';
import { unitRows } from '../unitRows/unitRows';
import { unitRowsRef } from '../unitRows/unitRows.ref';
import type { KernelCheck } from './judge';

const [columns, rows] = [67, 3];
const row = { shape: [rows, columns] };

export const activationCheck: KernelCheck = {
  name: 'bias and activation',
  inputs: [{ shape: [9, 5], scale: 3 }, { shape: [5] }],
  outputs: [{ shape: [9, 5] }],
  op: (x, bias) => biasAct(x, bias, { activation: 'lrelu' }),
  reference: (x, bias) => biasActRef(x, bias, 'lrelu'),
  gradients: false,
};

/** So many rows that they are summed in parts. */
export const columnSumCheck: KernelCheck = {
  name: 'sum over rows',
  inputs: [{ shape: [2101, 6] }],
  outputs: [{ shape: [6] }],
  op: (x) => columnSum(x),
  reference: (x) =>
    Float64Array.from({ length: 6 }, (_, c) => x.reduce((sum, value, i) => sum + (i % 6 === c ? value : 0), 0)),
  gradients: false,
};

const logits = 37;
const signs = Float32Array.from({ length: logits }, (_, i) => (i % 3 === 0 ? -1 : 1));
const coefficients = Float32Array.from(randomArray(logits, 7), (value) => value / 2 + 0.75);

export const hingeCheck: KernelCheck = {
  name: 'hinge loss',
  inputs: [{ shape: [logits], scale: 2.5 }],
  outputs: [{ shape: [] }],
  op: (x) => weightedHinge(x, tensor(signs), tensor(coefficients)),
  reference: (x) => weightedHingeRef(x, signs, coefficients),
};

const softplusCheck: KernelCheck = {
  name: 'logistic loss',
  inputs: [{ shape: [logits], scale: 2.5 }],
  outputs: [{ shape: [] }],
  op: (x) => weightedSoftplus(x, tensor(signs), tensor(coefficients)),
  reference: (x) => weightedSoftplusRef(x, signs, coefficients),
  tolerance: 1e-4, // adapters differ in exp
};

/** Four reals, four fakes, and a row that counts for neither. */
export const logitMeansCheck: KernelCheck = {
  name: 'means of logits',
  inputs: [{ shape: [9, 2] }],
  outputs: [{ shape: [] }, { shape: [] }, { shape: [] }, { shape: [] }],
  op: (x) => {
    const { real, fake, signReal, signFake } = logitMeans(x, 4);
    return [real, fake, signReal, signFake];
  },
  reference: (x) => {
    const mean = (first: number, of: (logit: number) => number): Float64Array =>
      Float64Array.of([0, 1, 2, 3].reduce((sum, i) => sum + of(x[2 * (first + i)] ?? NaN) / 4, 0));
    const itself = (logit: number): number => logit;
    return [mean(0, itself), mean(4, itself), mean(0, Math.sign), mean(4, Math.sign)];
  },
  gradients: false,
};

/** Piecewise linear, then none; with gradients by the biases. */
const activationGradients: KernelCheck = {
  name: 'bias, activation and their gradients',
  inputs: [{ shape: [9, 8], scale: 3 }, { shape: [8] }, { shape: [8] }],
  outputs: [{ shape: [9, 8] }],
  op: (x, bias, shift) =>
    biasAct(biasAct(x, bias, { activation: 'lrelu', gain: 1.5 }), shift, { activation: 'linear' }),
  reference: (x, bias, shift) => biasActRef(biasActRef(x, bias, 'lrelu', 1.5), shift, 'linear'),
};

const smoothActivation: KernelCheck = {
  name: 'smooth activation',
  inputs: [{ shape: [3, 5], scale: 3 }, { shape: [5] }],
  outputs: [{ shape: [3, 5] }],
  op: (x, bias) => biasAct(x, bias, { activation: 'quickGelu' }),
  reference: (x, bias) => biasActRef(x, bias, 'quickGelu'),
  tolerance: 1e-4, // adapters differ in exp
};

const arithmetic: KernelCheck = {
  name: 'sums, differences and products',
  inputs: [{ shape: [3, 7] }, { shape: [3, 7] }],
  outputs: [{ shape: [3, 7] }],
  op: (a, b) => sub(mul(a, b), add(a, b)),
  reference: (a, b) => a.map((value, i) => value * (b[i] ?? NaN) - (value + (b[i] ?? NaN))),
};

const splitting: KernelCheck = {
  name: 'splitting and joining of columns',
  inputs: [{ shape: [5, 9] }],
  outputs: [{ shape: [5, 9] }],
  op: (x) => joinColumns(splitColumns(x as Tensor2D, 3).toReversed()),
  reference: (x) => x.map((_, i) => x[i - (i % 9) + 3 * (2 - Math.floor((i % 9) / 3)) + (i % 3)] ?? NaN),
};

const unitLength: KernelCheck = {
  name: 'normalisation of rows',
  inputs: [{ ...row, offset: 0.1 }],
  outputs: [row],
  op: (x) => unitRows(x as Tensor2D),
  reference: (x) => unitRowsRef(x, columns, 1),
};

const layerNorms: readonly KernelCheck[] = [
  {
    name: 'layer normalisation',
    inputs: [{ ...row, scale: 2, offset: 0.5 }, { shape: [columns], offset: 1 }, { shape: [columns] }],
    outputs: [row],
    op: (x, gamma, beta) => layerNorm(x, gamma, beta, 1e-5),
    reference: (x, gamma, beta) => layerNormRef(x, gamma, beta, columns, 1e-5),
  },
  {
    name: 'layer normalisation of a sum',
    inputs: [{ shape: [2, 68] }, { shape: [2, 68] }, { shape: [68], offset: 1 }, { shape: [68] }],
    outputs: [{ shape: [2, 68] }],
    op: (a, b, gamma, beta) => {
      const { sum, normed } = addLayerNorm(a, b, gamma, beta, 1e-5);
      return add(sum, normed);
    },
    reference: (a, b, gamma, beta) => {
      const sum = a.map((value, i) => value + (b[i] ?? NaN));
      return layerNormRef(sum, gamma, beta, 68, 1e-5).map((value, i) => value + (sum[i] ?? NaN));
    },
  },
];

/** Part `part` of packed rows [T, parts * H * D], as [H, T, D]. */
function headsOf(
  x: Float64Array,
  length: number,
  [heads, width]: readonly [number, number],
  parts = 1,
  part = 0,
): Float64Array {
  return Float64Array.from({ length: heads * length * width }, (_, i) => {
    const [d, t, h] = [i % width, Math.floor(i / width) % length, Math.floor(i / width / length)];
    return x[(t * parts + part) * heads * width + h * width + d] ?? NaN;
  });
}

/** [H, T, D] to [T, H * D]. */
function packed(x: Float64Array, length: number, [heads, width]: readonly [number, number]): Float64Array {
  return headsOf(x, heads, [length, width]);
}

const separate = [1, 2, 5, 8] as const;
const [jointLength, joint] = [5, [2, 3] as const];
const [packedLength, across] = [6, [2, 4] as const];

/** Heads before positions; heads within rows, three tensors; heads within rows, one tensor. */
const attentions: readonly KernelCheck[] = [
  {
    name: 'attention',
    inputs: [{ shape: separate, scale: 2 }, { shape: separate, scale: 2 }, { shape: separate }],
    outputs: [{ shape: separate }],
    op: (q, key, v) => attention(q as Tensor4D, key as Tensor4D, v as Tensor4D, { scale: 0.5, causal: false }),
    reference: (q, key, v) => attentionRef(q, key, v, { groups: 2, length: 5, width: 8, scale: 0.5, causal: false }),
  },
  {
    name: 'attention within rows',
    inputs: [{ shape: [1, packedLength, 8] }, { shape: [1, packedLength, 8] }, { shape: [1, packedLength, 8] }],
    outputs: [{ shape: [1, packedLength, 8] }],
    op: (q, key, v) =>
      multiHeadAttention(q as Tensor3D, key as Tensor3D, v as Tensor3D, { heads: 2, scale: 0.7, causal: false }),
    reference: (...inputs) => {
      const [q, key, v] = inputs.map((x) => headsOf(x, packedLength, across)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      return packed(
        attentionRef(q, key, v, { groups: 2, length: packedLength, width: 4, scale: 0.7, causal: false }),
        packedLength,
        across,
      );
    },
  },
  {
    name: 'attention of joint queries, keys and values',
    inputs: [{ shape: [1, jointLength, 18] }],
    outputs: [{ shape: [1, jointLength, 6] }],
    op: (qkv) => jointAttention(qkv as Tensor3D, { heads: 2, scale: 0.6, causal: true }),
    reference: (qkv) => {
      const [q, key, v] = [0, 1, 2].map((part) => headsOf(qkv, jointLength, joint, 3, part)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      return packed(
        attentionRef(q, key, v, { groups: 2, length: jointLength, width: 3, scale: 0.6, causal: true }),
        jointLength,
        joint,
      );
    },
  },
];

const picks = [1, 3, 3, 0, 1];

/** What the networks of a GAN are made of. */
export const networkRowChecks: readonly KernelCheck[] = [
  activationGradients,
  arithmetic,
  splitting,
  ...attentions.slice(1, 2),
];

/** What CLIP is made of, with what leads to it. */
export const clipRowChecks: readonly KernelCheck[] = [
  unitLength,
  ...layerNorms,
  smoothActivation,
  ...attentions.filter((_, i) => i !== 1),
];

/** For networks of other kinds. */
export const furtherRowChecks: readonly KernelCheck[] = [
  softplusCheck,
  {
    name: 'softmax',
    inputs: [{ ...row, scale: 4 }],
    outputs: [row],
    op: softmax,
    reference: (x) => softmaxRef(x, columns),
    tolerance: 1e-4,
  },
  {
    name: 'embeddings by number',
    inputs: [{ shape: [4, 7] }],
    outputs: [{ shape: [5, 7] }],
    op: (table) => pickEmbeddings(tensor1d(picks, 'int32'), table as Tensor2D),
    reference: (table) => pickEmbeddingsRef(picks, table, 7),
  },
];
