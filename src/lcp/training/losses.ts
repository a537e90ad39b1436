/**
 * The losses of docs/method.md, section 5, on the GPU, in the form of the base model (`adversarial.ts`). Which way a logit is pushed and how much its term
 * counts arrive as constants from `lossWeights.ts`; what is left here are weighted sums. All results are scalars.
 */
import { matMul } from '../../gpu/matmul/matmul';
import { add, mul, square, tensor, tensor2d, type Tensor, type Tensor2D } from '../../gpu/tensor';
import type { AdversarialForm } from './adversarial';
import { clipSigns, generatorTokenCoefficients, pixelSigns, tokenTerms } from './lossWeights';
import { weightedSum } from './weightedSum';

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
  /** Of a picture, for each head. */
  patches: readonly number[];
  /** lambda_clip, a scalar. */
  weight: Tensor;
}

/** L_D, consistency term included. */
export function discriminatorLoss(
  { logits, pixelCoefficients, consistencyCoefficients, clip, tokens = null }: DiscriminatorTerms,
  batch: number,
  form: AdversarialForm,
): Tensor {
  const terms = [form.critic(logits, tensor(pixelSigns(batch, consistencyCoefficients !== null)), pixelCoefficients)];
  if (consistencyCoefficients) {
    const differences = matMul(tensor2d(differenceMatrix(batch), [batch, 3 * batch]), logits);
    terms.push(weightedSquares(differences, consistencyCoefficients));
  }
  if (clip) terms.push(form.critic(clip.logits, tensor(clipSigns(batch)), clip.coefficients));
  if (tokens) {
    const { signs, coefficients } = tokenTerms(batch, tokens.patches);
    terms.push(mul(tokens.weight, form.critic(tokens.logits, tensor(signs), tensor(coefficients))));
  }
  return terms.reduce((sum, term) => add(sum, term));
}

export interface GeneratorTerms {
  /** Logits (a, b) of the fakes, [B, 2], and their coefficients. */
  logits: Tensor2D;
  pixelCoefficients: Tensor;
  /** r then rc of the fakes, 2B values, and their coefficients; null without the CLIP head. */
  clip: { logits: Tensor; coefficients: Tensor } | null;
  /** Null without token heads. */
  tokens?: TokenTerms | null;
}

/** L_G. */
export function generatorLoss(
  { logits, pixelCoefficients, clip, tokens = null }: GeneratorTerms,
  form: AdversarialForm,
): Tensor {
  const pixel = form.generator(logits, pixelCoefficients);
  const critics = clip ? add(pixel, form.generator(clip.logits, clip.coefficients)) : pixel;
  if (!tokens) return critics;
  const means = form.generator(tokens.logits, tensor(generatorTokenCoefficients(logits.shape[0], tokens.patches)));
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
