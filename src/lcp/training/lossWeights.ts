/**
 * The constants of section 5 of docs/method.md for one batch: which way every logit is pushed (`signs`) and with what
 * factor its term enters the loss (`coefficients`: the means' 1/B, the weighted means' w_i / sum w, lambda and
 * lambda_clip). They are worked out on the CPU, so that on the GPU a whole loss is one weighted sum and its schedule
 * enters as data.
 *
 * Layouts, B = batch size:
 * - pixel logits [R, 2], columns (a, b); rows: B augmented reals, B augmented fakes and, with the consistency term, the
 *   same B reals not augmented (R = 2B or 3B).
 * - CLIP logits [5B]: r of B reals, r of B fakes, rc(x, u) of the reals, rc(x~, u') of the fakes, rc(x, u_wrong) of the
 *   reals.
 */

/** Factors of the conditional and of the CLIP terms, from the schedule. */
export interface LossFactors {
  lambda: number;
  lambdaClip: number;
  /**
   * The ablation with one joint logit, which the discriminator gives as `a`: a hinge on it alone, reals weighted by
   * trust. Default false.
   */
  joint?: boolean;
}

/** Number of pixel logit rows of a batch of B. */
export function pixelRows(batch: number, consistency: boolean): number {
  return (consistency ? 3 : 2) * batch;
}

/** Number of CLIP logits of a batch of B reals and B fakes in a discriminator step. */
export function clipLogitCount(batch: number): number {
  return 5 * batch;
}

/** +1 where the hinge is V+ (wants the logit above 1), -1 where it is V- (wants it below -1). [R, 2] */
export function pixelSigns(batch: number, consistency: boolean): Float32Array {
  const signs = new Float32Array(2 * pixelRows(batch, consistency)).fill(1);
  return signs.fill(-1, 2 * batch, 4 * batch);
}

/** The same for the CLIP logits. [5B] */
export function clipSigns(batch: number): Float32Array {
  return new Float32Array(clipLogitCount(batch))
    .fill(1, 0, batch)
    .fill(-1, batch, 2 * batch)
    .fill(1, 2 * batch, 3 * batch)
    .fill(-1, 3 * batch);
}

/**
 * w_i / sum w: the factors of a weighted mean. All zero where no image of the batch is trusted, so that the term
 * vanishes.
 */
export function weightedMeanFactors(w: ArrayLike<number>): Float64Array {
  const weights = Float64Array.from(w);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? weights.map((weight) => weight / total) : weights.fill(0);
}

/**
 * Factors of V+(a(x)) + V-(a(x~)) + lambda [w V+(b(x,u)) + V-(b(x~,u'))]; zero in the rows of the consistency term. [R,
 * 2]
 */
export function pixelCoefficients(
  w: ArrayLike<number>,
  { lambda: given, joint = false }: LossFactors,
  consistency: boolean,
): Float32Array {
  const batch = w.length;
  const lambda = joint ? 0 : given;
  const trust = weightedMeanFactors(w);
  const coefficients = new Float32Array(2 * pixelRows(batch, consistency));
  for (let i = 0; i < batch; i++) {
    const real = 2 * i;
    const fake = 2 * (batch + i);
    coefficients[real] = joint ? (trust[i] ?? 0) : 1 / batch;
    coefficients[real + 1] = lambda * (trust[i] ?? 0);
    coefficients[fake] = 1 / batch;
    coefficients[fake + 1] = lambda / batch;
  }
  return coefficients;
}

/**
 * Factors of the consistency term, weight x { mean (a(x) - a(T(x)))^2 + lambda mean_w (b(x,u) - b(T(x),u))^2 }. [B, 2]
 * @param weight `augment.consistency` of the configuration
 */
export function consistencyCoefficients(
  w: ArrayLike<number>,
  { lambda: given, joint = false }: LossFactors,
  weight: number,
): Float32Array {
  const batch = w.length;
  const lambda = joint ? 0 : given;
  const trust = weightedMeanFactors(w);
  const coefficients = new Float32Array(2 * batch);
  for (let i = 0; i < batch; i++) {
    coefficients[2 * i] = weight * (joint ? (trust[i] ?? 0) : 1 / batch);
    coefficients[2 * i + 1] = weight * lambda * (trust[i] ?? 0);
  }
  return coefficients;
}

/**
 * Factors of lambda_clip { V+(r(x)) + V-(r(x~)) + lambda [w V+(rc(x,u)) + 1/2 V-(rc(x~,u')) + 1/2 w V-(rc(x,u_wrong))]
 * }. [5B]
 * @param wWrong w where u_wrong exists, else 0: with one class only the last term vanishes
 */
export function clipCoefficients(
  w: ArrayLike<number>,
  { lambda, lambdaClip }: LossFactors,
  wWrong: ArrayLike<number> = w,
): Float32Array {
  const batch = w.length;
  const trust = weightedMeanFactors(w);
  const trustWrong = weightedMeanFactors(wWrong);
  const conditional = lambdaClip * lambda;
  const coefficients = new Float32Array(clipLogitCount(batch)).fill(lambdaClip / batch, 0, 2 * batch);
  for (let i = 0; i < batch; i++) {
    coefficients[2 * batch + i] = conditional * (trust[i] ?? 0);
    coefficients[3 * batch + i] = conditional / (2 * batch);
    coefficients[4 * batch + i] = (conditional * (trustWrong[i] ?? 0)) / 2;
  }
  return coefficients;
}

/**
 * Signs and factors of the token heads' hinge, without lambda_clip: 1/H sum over H heads of mean V+(t(x)) + mean
 * V-(t(x~)), the means over pictures and patches, so that together they count as much as r (our own choice). Layout:
 * head after head, B reals then B fakes, patch after patch.
 * @param patches of a picture, for each head
 */
export function tokenTerms(
  batch: number,
  patches: readonly number[],
): { signs: Float32Array; coefficients: Float32Array } {
  const size = patches.reduce((sum, each) => sum + 2 * batch * each, 0);
  const [signs, coefficients] = [new Float32Array(size), new Float32Array(size)];
  let start = 0;
  for (const each of patches) {
    const half = batch * each;
    const end = start + 2 * half;
    signs.fill(1, start, start + half).fill(-1, start + half, end);
    coefficients.fill(1 / (patches.length * half), start, end);
    start = end;
  }
  return { signs, coefficients };
}

/** Factors of L_G over the token heads' logits of the fakes, without lambda_clip: head after head, -1/H of a mean each. */
export function generatorTokenCoefficients(batch: number, patches: readonly number[]): Float32Array {
  const coefficients = new Float32Array(patches.reduce((sum, each) => sum + batch * each, 0));
  let start = 0;
  for (const each of patches) {
    const end = start + batch * each;
    coefficients.fill(-1 / (patches.length * batch * each), start, end);
    start = end;
  }
  return coefficients;
}

/** Factors of L_G over the fakes' pixel logits [B, 2]: -mean a - lambda mean b. */
export function generatorPixelCoefficients(batch: number, { lambda, joint = false }: LossFactors): Float32Array {
  return Float32Array.from({ length: 2 * batch }, (_, i) => -(i % 2 === 0 ? 1 : joint ? 0 : lambda) / batch);
}

/** Factors of L_G over the fakes' CLIP logits [2B], r then rc: -lambda_clip (mean r + lambda mean rc). */
export function generatorClipCoefficients(batch: number, { lambda, lambdaClip }: LossFactors): Float32Array {
  return new Float32Array(2 * batch).fill(-lambdaClip / batch, 0, batch).fill((-lambdaClip * lambda) / batch, batch);
}
