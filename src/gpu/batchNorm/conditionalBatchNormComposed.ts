/**
 * Conditional batch norm in elementary operations: what the kernels' second derivative is taken from. Differentiable to
 * any order.
 */
import { biasAct } from '../biasAct/biasAct';
import { add, mean, mul, reshape, rsqrt, square, sub, type Tensor, type Tensor4D } from '../tensor';

/** @param slope of the activation below zero; 1 for none */
export function conditionalBatchNormComposed(
  x: Tensor,
  gain: Tensor,
  bias: Tensor,
  epsilon: number,
  slope: number,
): Tensor {
  const [batch = 0, , , channels = 0] = x.shape;
  const perExample = (t: Tensor): Tensor4D => reshape(t, [batch, 1, 1, channels]);
  const centred = sub(x, mean(x, [0, 1, 2], true));
  const scale = rsqrt(add(mean(square(centred), [0, 1, 2], true), epsilon));
  const z = add(mul(mul(centred, scale), perExample(gain)), perExample(bias));
  return slope === 1 ? z : biasAct(z, null, { activation: 'lrelu', alpha: slope });
}
