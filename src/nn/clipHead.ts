/**
 * The real/fake head on CLIP (docs/method.md, section 4): h = LeakyReLU(SN-FC_256(sqrt(d) f)), r = SN-FC_1(h) and,
 * conditioned on the cluster prompts, rc = <h, A mbar(u)> / 16 with mbar(u) = sqrt(d') unit(sum_s u_s m_s). f is the
 * critic's unit feature of a picture, d numbers; m_s the unit feature of slot s's prompt, d' numbers. Prompts may be
 * another CLIP's than the critic: A is learnt and leads from the one space to h. CLIP itself enters from outside, as
 * features.
 *
 * There may also be unconditional heads on maps of tokens inside the tower (form and size our own choice): tokens scaled to length sqrt(w), SN-convolution 1 x 1 to 64 channels, LeakyReLU, SN-convolution 3 x 3 to
 * one logit a patch.
 */
import { biasAct } from '../gpu/biasAct/biasAct';
import { conv2d } from '../gpu/conv2d/conv2d';
import { dense } from '../gpu/dense/dense';
import { matMul } from '../gpu/matmul/matmul';
import { add, mul, reshape, type Tensor2D, type Tensor4D } from '../gpu/tensor';
import { unitRows } from '../gpu/unitRows/unitRows';
import { filled } from './filled';
import type { NetworkParameters } from './networkParameters';
import type { ParameterPlan } from './parameterPlan';

/** Width of h; the 16 of the formula is its square root. */
export const clipHeadWidth = 256;

/** Channels of a token head. */
const tokenHeadWidth = 64;

/** What the head sees. */
export interface ClipShape {
  /** Dimension of the critic's features, d. */
  dim: number;
  /** Dimension of the prompts' features, d'. */
  promptDim: number;
  /** w, numbers a token, for each token head; empty without them. */
  tokens: readonly number[];
}

function tokenHeadPlan(index: number, width: number): ParameterPlan[] {
  return [
    { name: `tokens${index}.hidden.weight`, shape: [1, 1, width, tokenHeadWidth], init: 'spectral' },
    { name: `tokens${index}.hidden.bias`, shape: [tokenHeadWidth], init: 0 },
    { name: `tokens${index}.conv.weight`, shape: [3, 3, tokenHeadWidth, 1], init: 'spectral' },
    { name: `tokens${index}.conv.bias`, shape: [1], init: 0 },
  ];
}

/** Parameters of a head, for `NetworkParameters.create`. */
export function clipHeadPlan({ dim, promptDim, tokens }: ClipShape): ParameterPlan[] {
  return [
    { name: 'hidden.weight', shape: [dim, clipHeadWidth], init: 'spectral' },
    { name: 'hidden.bias', shape: [clipHeadWidth], init: 0 },
    { name: 'linear.weight', shape: [clipHeadWidth, 1], init: 'spectral' },
    { name: 'linear.bias', shape: [1], init: 0 },
    { name: 'prompt.weight', shape: [promptDim, clipHeadWidth], init: 'orthogonal' },
    ...tokens.flatMap((width, i) => tokenHeadPlan(i, width)),
  ];
}

/**
 * Scales conditions so that one product with the prompt features gives mbar: row i times sqrt(d') / |sum_s u_is m_s|.
 * @param u [n, S], row-major
 * @param promptFeatures m, unit rows, [S, d'], row-major
 * @returns [n, S]
 */
export function scaleForPrompts(u: Float32Array, promptFeatures: Float32Array, slotCount: number): Float32Array {
  const dim = promptFeatures.length / slotCount;
  const scaled = new Float32Array(u.length);
  const mixed = new Float64Array(dim);
  for (let start = 0; start < u.length; start += slotCount) {
    mixed.fill(0);
    for (let s = 0; s < slotCount; s++) {
      const mass = u[start + s] ?? 0;
      if (mass === 0) continue;
      for (let k = 0; k < dim; k++) mixed[k] = (mixed[k] ?? 0) + mass * (promptFeatures[s * dim + k] ?? 0);
    }
    const norm = Math.sqrt(mixed.reduce((sum, value) => sum + value * value, 0));
    const scale = norm > 0 ? Math.sqrt(dim) / norm : 0;
    for (let s = 0; s < slotCount; s++) scaled[start + s] = scale * (u[start + s] ?? 0);
  }
  return scaled;
}

export interface ClipLogits {
  /** r(x), [n, 1]. */
  unconditional: Tensor2D;
  /** rc(x, u) of every pair asked for, [pairs, 1]. */
  conditional: Tensor2D;
}

export class ClipHead {
  readonly weights: NetworkParameters;

  /** @param weights made by `clipHeadPlan` */
  constructor(weights: NetworkParameters) {
    this.weights = weights;
  }

  /**
   * Uses the effective weights: call `weights.normalize` first.
   * @param features the critic's features of n pictures, any length, [n, d]
   * @param promptConditions rows of `scaleForPrompts`, one a pair, [pairs, S]
   * @param promptFeatures m, [S, d']
   * @param pairs which picture each condition is paired with, as a 0/1 matrix [pairs, n]; null where pair i is picture
   * i
   */
  forward(
    features: Tensor2D,
    promptConditions: Tensor2D,
    promptFeatures: Tensor2D,
    pairs: Tensor2D | null,
  ): ClipLogits {
    const { weights } = this;
    const hidden = dense(
      unitRows(features, Math.sqrt(features.shape[1])),
      weights.get('hidden.weight'),
      weights.get('hidden.bias'),
      'lrelu',
    );
    const unconditional = dense(hidden, weights.get('linear.weight'), weights.get('linear.bias'));
    const prompts = matMul(matMul(promptConditions, promptFeatures), weights.get<Tensor2D>('prompt.weight'));
    const paired = pairs === null ? hidden : matMul(pairs, hidden);
    const sumOver16 = filled<Tensor2D>([clipHeadWidth, 1], 1 / Math.sqrt(clipHeadWidth));
    return { unconditional, conditional: matMul(mul(paired, prompts) as Tensor2D, sumOver16) };
  }
  /**
   * Logits of the token heads.
   * @param tokens one map for each head, [n, h, w, width]; their sizes may differ
   * @returns one tensor for each head, [n h w, 1], picture after picture, patches row by row
   */
  tokenLogits(tokens: readonly Tensor4D[]): Tensor2D[] {
    const { weights } = this;
    return tokens.map((seen, i) => {
      const [count, height, across, width] = seen.shape;
      const rows = count * height * across;
      const map: Tensor4D = reshape(unitRows(reshape(seen, [rows, width]), Math.sqrt(width)), seen.shape);
      const hidden = biasAct(
        conv2d(map, weights.get(`tokens${i}.hidden.weight`)),
        weights.get(`tokens${i}.hidden.bias`),
        { activation: 'lrelu' },
      );
      const logits = conv2d(hidden, weights.get(`tokens${i}.conv.weight`));
      return add(reshape(logits, [rows, 1]), weights.get(`tokens${i}.conv.bias`));
    });
  }
}
