/**
 * The losses of docs/method.md, section 5, on the GPU, hinge form. Which way a logit is pushed and how much its term
 * counts arrive as constants from `lossWeights.ts`; what is left here are weighted sums. All results are scalars.
 */
import { weightedHinge } from '../../gpu/hinge/weightedHinge';
import { matMul } from '../../gpu/matmul/matmul';
import { add, mul, reshape, square, tensor, tensor2d, type Tensor, type Tensor2D } from '../../gpu/tensor';
import { clipSigns, pixelSigns, tokenTerms } from './lossWeights';

/** sum_i coefficient_i value_i, over tensors of equal size. */
export function weightedSum(values: Tensor, coefficients: Tensor): Tensor {
  const product = matMul(
    reshape(coefficients, [1, coefficients.size]) as Tensor2D,
    reshape(values, [values.size, 1]) as Tensor2D,
  );
  return reshape(product, []);
}

/** sum_i coefficient_i difference_i^2 */
export function weightedSquares(differences: Tensor, coefficients: Tensor): Tensor {
  return weightedSum(square(differences), coefficients);
}

export interface DiscriminatorTerms {
  /** Logits (a, b) by the layout of `lossWeights.ts`, [R, 2], and their coefficients. */
  logits: Tensor2D;
  pixelCoefficients: Tensor;
  /** [B, 2]; null without the consistency term. */
  consistencyCoefficients: Tensor | null;
  /** CLIP logits by the layout of `lossWeights.ts`, 5B values, and their coefficients; null without the CLIP head. */
  clip: { logits: Tensor; coefficients: Tensor } | null;
  /** Null without token heads. */
  tokens?: TokenTerms | null;
}

/** What the token heads add to a loss. */
export interface TokenTerms {
  /** By the layout of `tokenTerms`; in L_G of the fakes alone. */
  logits: Tensor;
  heads: number;
  /** lambda_clip, a scalar. */
  weight: Tensor;
}

/** L_D, consistency term included. */
export function discriminatorLoss(
  { logits, pixelCoefficients, consistencyCoefficients, clip, tokens = null }: DiscriminatorTerms,
  batch: number,
): Tensor {
  const terms = [weightedHinge(logits, tensor(pixelSigns(batch, consistencyCoefficients !== null)), pixelCoefficients)];
  if (consistencyCoefficients) {
    const differences = matMul(tensor2d(differenceMatrix(batch), [batch, 3 * batch]), logits);
    terms.push(weightedSquares(differences, consistencyCoefficients));
  }
  if (clip) terms.push(weightedHinge(clip.logits, tensor(clipSigns(batch)), clip.coefficients));
  if (tokens) {
    const { signs, coefficients } = tokenTerms(batch, tokens.logits.size / (2 * batch * tokens.heads), tokens.heads);
    terms.push(mul(tokens.weight, weightedHinge(tokens.logits, tensor(signs), tensor(coefficients))));
  }
  return terms.reduce((sum, term) => add(sum, term));
}

/** L_G: linear in the fakes' logits. @param clip r then rc of the fakes, 2B values */
export function generatorLoss(
  logits: Tensor2D,
  coefficients: Tensor,
  clip: { logits: Tensor; coefficients: Tensor } | null,
  tokens: TokenTerms | null = null,
): Tensor {
  const pixel = weightedSum(logits, coefficients);
  const critics = clip ? add(pixel, weightedSum(clip.logits, clip.coefficients)) : pixel;
  if (!tokens) return critics;
  const means = weightedSum(tokens.logits, tensor(new Float32Array(tokens.logits.size).fill(-1 / tokens.logits.size)));
  return add(critics, mul(tokens.weight, means));
}

/** [B, 3B]: the plain reals' rows minus the augmented reals' rows. */
function differenceMatrix(batch: number): Float32Array {
  const matrix = new Float32Array(3 * batch * batch);
  for (let i = 0; i < batch; i++) {
    matrix[i * 3 * batch + i] = -1;
    matrix[i * 3 * batch + 2 * batch + i] = 1;
  }
  return matrix;
}
