/**
 * The loss of learnable cluster prompts (docs/method.md, section 3). For an image i of class y_i with memberships q_i
 * over the slots of that class, and p(c,k|x) = softmax over all slots of s0 <f, m_s>,
 *
 *   L = mean_i w_i [ -log sum_k p(y_i,k|x_i) - sum_k q_ik log softmax_k(s0 <f_i, m_{y_i,k}>) ] + mean_{c, k != k'} relu(<m_ck, m_ck'> - 0.9)^2.
 *
 * Because log p(y,k|x) = log p(y|x) + log p(k|y,x) and q_i sums to 1 over the slots of y_i, the bracket is the
 * cross-entropy of q_i against p over all slots, -sum_k q_ik log p(y_i,k|x_i). That is what is computed here.
 */
import { matMul } from '../../gpu/matmul/matmul';
import { add, logSoftmax, mul, neg, relu, square, sub, type Tensor, type Tensor2D } from '../../gpu/tensor';
import type { Slot } from '../../shared/domain';
import { weightedSum } from '../training/weightedSum';
import type { SparseRows } from '../partition/sparseRows';

/** Cosine above which two prompts of one class repel each other. */
const closeCosine = 0.9;

export interface PromptTargetSource {
  /** y_i, the labeled or inferred class. */
  classIndex: ArrayLike<number>;
  /** w_i in [0, 1]. */
  trust: ArrayLike<number>;
  /** Memberships, [N, S]; only those in the image's own class are used. */
  memberships: SparseRows;
  slots: readonly Slot[];
}

/**
 * w_i q_ik / count for the images of a batch, [rows, S]; rows beyond the given images are zero, so that a short last
 * batch keeps its shape. Memberships are normalised within the class; where they are all zero, all of the class's slots
 * share alike.
 */
export function promptTargets(source: PromptTargetSource, images: ArrayLike<number>, rows: number): Float32Array {
  const { slots, memberships } = source;
  const slotCount = slots.length;
  const targets = new Float32Array(rows * slotCount);
  for (let row = 0; row < images.length; row++) {
    const image = images[row] ?? 0;
    const own = slots.filter((slot) => slot.classIndex === source.classIndex[image]);
    const total = own.reduce((sum, { slot }) => sum + memberships.at(image, slot), 0);
    const weight = (source.trust[image] ?? 0) / images.length;
    for (const { slot } of own) {
      const share = total > 0 ? memberships.at(image, slot) / total : 1 / own.length;
      targets[row * slotCount + slot] = weight * share;
    }
  }
  return targets;
}

/** 1 / (number of ordered pairs) for every pair of different slots of one class, else 0. [S, S] */
export function samePartnerWeights(slots: readonly Slot[]): Float32Array {
  const weights = new Float32Array(slots.length * slots.length);
  const pairs: number[] = [];
  for (const first of slots) {
    for (const second of slots) {
      if (first.slot !== second.slot && first.classIndex === second.classIndex)
        pairs.push(first.slot * slots.length + second.slot);
    }
  }
  for (const pair of pairs) weights[pair] = 1 / pairs.length;
  return weights;
}

/**
 * @param features f, unit rows, [B, d]
 * @param prompts m, unit rows, [S, d]
 * @param targets rows of `promptTargets`, [B, S]
 * @param pairWeights `samePartnerWeights`, [S, S]
 * @param logitScale s0
 * @returns a scalar
 */
export function promptLoss(
  features: Tensor2D,
  prompts: Tensor2D,
  targets: Tensor2D,
  pairWeights: Tensor2D,
  logitScale: number,
): Tensor {
  const logProbabilities = logSoftmax(mul(matMul(features, prompts, { transposeB: true }), logitScale));
  const crossEntropy = neg(weightedSum(logProbabilities, targets));
  const cosines = matMul(prompts, prompts, { transposeB: true });
  return add(crossEntropy, weightedSum(square(relu(sub(cosines, closeCosine))), pairWeights));
}
