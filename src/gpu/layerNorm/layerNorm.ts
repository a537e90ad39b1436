/** Layer normalisation over the last axis (biased variance). Differentiable to any order. */
import { add, mean, mul, rsqrt, square, sub, type Tensor } from '../tensor';

/**
 * `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, statistics over the last axis.
 * @param x [..., C]
 * @param gamma [C]
 * @param beta [C]
 * @param epsilon > 0, added to the variance
 * @returns [..., C]
 */
export function layerNorm<T extends Tensor>(x: T, gamma: Tensor, beta: Tensor, epsilon: number): T {
  const centred = sub(x, mean(x, -1, true));
  const scale = rsqrt(add(mean(square(centred), -1, true), epsilon));
  return add(mul(mul(centred, scale), gamma), beta) as T;
}
