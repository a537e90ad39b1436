/**
 * What CoOp's learning rate means for the CLIP in use (our own choice). The rate of 0.002 was set for OpenAI's CLIP:
 * logit scale s0 = 100, token vectors with a standard deviation of about sigma = 0.02 (that of their initialisation,
 * and of CoOp's own noise). Text towers begin with a layer norm, so their output depends on V / sigma: a gradient with
 * respect to V grows as s0 / sigma, and a step counts in units of sigma. The step relative to the token vectors, rate *
 * gradient / sigma, is therefore what it is for OpenAI's CLIP at
 *
 *   rate' = rate * (100 / s0) * (sigma / 0.02)^2.
 *
 * For clip-nano (s0 about 16, sigma about 0.025) that is 10 times the rate, which without it hardly moves the prompts.
 */

/** OpenAI's CLIP. */
const reference = { logitScale: 100, deviation: 0.02 };

/** Root mean square of token vectors about their mean. @param vectors [vocabulary, w], row-major or any part of it */
export function tokenDeviation(vectors: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < vectors.length; i++) {
    const value = vectors[i] as number;
    sum += value;
    squares += value * value;
  }
  const mean = sum / vectors.length;
  return Math.sqrt(Math.max(0, squares / vectors.length - mean * mean));
}

/**
 * Factor on the rates of CoOp's recipe.
 * @param logitScale s0 > 0
 * @param deviation sigma > 0
 * @returns 1 for OpenAI's CLIP, and where a figure is not usable
 */
export function promptRateScale(logitScale: number, deviation: number): number {
  const scale = (reference.logitScale / logitScale) * (deviation / reference.deviation) ** 2;
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}
