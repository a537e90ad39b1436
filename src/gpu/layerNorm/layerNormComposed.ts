/**
 * Layer normalisation in elementary operations: what the kernels' second derivative is taken from. Differentiable to
 * any order.
 */
import { add, mean, mul, rsqrt, square, sub, type Tensor } from '../tensor';

export function layerNormComposed(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const centred = sub(x, mean(x, -1, true));
  const scale = rsqrt(add(mean(square(centred), -1, true), epsilon));
  return add(mul(mul(centred, scale), gamma), beta);
}
