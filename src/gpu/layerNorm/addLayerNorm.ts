/**
 * A residual connection and the layer norm behind it: `sum = a + b` and `normed = layerNorm(sum)`, both in one
 * dispatch, and one for the gradient by a and b, which also adds up what arrives through the sum and through the norm.
 * Differentiable to any order.
 */
import { defineMultiOp, defineOp } from '../kernel/op';
import { columnSum } from '../reduce/columnSum';
import { gradientOfProduct } from '../kernel/secondOrder';
import { clone, type Tensor } from '../tensor';
import { layerNormForward, layerNormGradientX } from './kernels';
import { gradientGammaOp, normOfXAndGamma, type Saved } from './layerNorm';

const gradientOp = defineOp<'skip' | 'dy' | 'sum' | 'gamma', Saved>({
  name: 'StudioAddLayerNormGradient',
  forward: ({ skip, dy, sum, gamma }, { stats }) => layerNormGradientX(dy, sum, gamma, stats, skip),
  saveInputs: ['dy', 'sum', 'gamma'],
  backward: (direction, [dy, sum, gamma], { epsilon }) => {
    if (!dy || !sum || !gamma) return {};
    const [bySum, byGamma, byDy] = gradientOfProduct(normOfXAndGamma(epsilon), [sum, gamma], dy, [direction, null]) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    return { skip: () => direction, sum: () => bySum, gamma: () => byGamma, dy: () => byDy };
  },
});

const addLayerNormOp = defineMultiOp<'a' | 'b' | 'gamma' | 'beta', { epsilon: number }>({
  name: 'StudioAddLayerNorm',
  forward: ({ a, b, gamma, beta }, { epsilon }) => layerNormForward(a, b, gamma, beta, epsilon),
  saveInputs: ['gamma'],
  saveOutputs: [false, true, true],
  backward: ([dy, , skip], [gamma, stats, sum], { epsilon }) => {
    if (!dy || !skip || !gamma || !stats || !sum) return {};
    const both = gradientOp({ skip, dy, sum, gamma }, { stats, epsilon });
    return {
      a: () => both,
      // Two inputs may not share a gradient that either's other users add to and dispose.
      b: () => clone(both),
      gamma: () => gradientGammaOp({ dy, x: sum }, { stats, epsilon, gamma }),
      beta: () => columnSum(dy),
    };
  },
});

/**
 * @param a [..., C]
 * @param b [..., C], the same shape
 * @param gamma [C]
 * @param beta [C]
 * @param epsilon > 0, added to the variance
 * @returns a + b, and its layer norm over the last axis
 * @throws RangeError if a and b differ in shape
 */
export function addLayerNorm(
  a: Tensor,
  b: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
): { sum: Tensor; normed: Tensor } {
  if (a.shape.join() !== b.shape.join())
    throw new RangeError(`addLayerNorm: [${a.shape.join()}] and [${b.shape.join()}] must have one shape`);
  const [normed, , sum] = addLayerNormOp({ a, b, gamma, beta }, { epsilon });
  return { sum: sum as Tensor, normed: normed as Tensor };
}
