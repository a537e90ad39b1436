/**
 * Layer normalisation over the last axis (biased variance). One dispatch forward, one for the input's gradient, one
 * each for those of gamma and beta (run only if asked for). Differentiable to any order.
 */
import { defineMultiOp, defineOp } from '../kernel/op';
import { columnSum } from '../reduce/columnSum';
import { gradientOfProduct } from '../kernel/secondOrder';
import { mul, type Tensor, type TensorInfo } from '../tensor';
import { layerNormForward, layerNormGradientGamma, layerNormGradientX } from './kernels';
import { layerNormComposed } from './layerNormComposed';

/**
 * What the forward pass found. It rides along as an attribute: the derivative through it is part of the derivative by
 * x.
 */
export interface Saved {
  stats: TensorInfo;
  epsilon: number;
}

/** As a function of x and gamma; beta does not enter the derivatives. */
export const normOfXAndGamma =
  (epsilon: number) =>
  (...inputs: Tensor[]): Tensor => {
    const [x, gamma] = inputs as [Tensor, Tensor];
    return layerNormComposed(x, gamma, mul(gamma, 0), epsilon);
  };

const gradientXOp = defineOp<'dy' | 'x' | 'gamma', Saved>({
  name: 'StudioLayerNormGradientX',
  forward: ({ dy, x, gamma }, { stats }) => layerNormGradientX(dy, x, gamma, stats, null),
  saveInputs: ['dy', 'x', 'gamma'],
  backward: (ddx, [dy, x, gamma], { epsilon }) => {
    if (!dy || !x || !gamma) return {};
    const all = gradientOfProduct(normOfXAndGamma(epsilon), [x, gamma], dy, [ddx, null]);
    return { x: () => all[0] as Tensor, gamma: () => all[1] as Tensor, dy: () => all[2] as Tensor };
  },
});

export const gradientGammaOp = defineOp<'dy' | 'x', Saved & { gamma: Tensor }>({
  name: 'StudioLayerNormGradientGamma',
  forward: ({ dy, x }, { stats }) => layerNormGradientGamma(dy, x, stats),
  saveInputs: ['dy', 'x'],
  backward: (ddgamma, [dy, x], { epsilon, gamma }) => {
    if (!dy || !x) return {};
    const all = gradientOfProduct(normOfXAndGamma(epsilon), [x, gamma], dy, [null, ddgamma], [1]);
    return { x: () => all[0] as Tensor, dy: () => all[1] as Tensor };
  },
});

const layerNormOp = defineMultiOp<'x' | 'gamma' | 'beta', { epsilon: number }>({
  name: 'StudioLayerNorm',
  forward: ({ x, gamma, beta }, { epsilon }) => layerNormForward(x, null, gamma, beta, epsilon),
  saveInputs: ['x', 'gamma'],
  saveOutputs: [false, true],
  backward: ([dy], [x, gamma, stats], { epsilon }) => {
    if (!dy || !x || !gamma || !stats) return {};
    return {
      x: () => gradientXOp({ dy, x, gamma }, { stats, epsilon }),
      gamma: () => gradientGammaOp({ dy, x }, { stats, epsilon, gamma }),
      beta: () => columnSum(dy),
    };
  },
});

/**
 * `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, statistics over the last axis.
 * @param x [..., C]
 * @param gamma [C]
 * @param beta [C]
 * @param epsilon > 0, added to the variance
 * @returns [..., C]
 */
export function layerNorm<T extends Tensor>(x: T, gamma: Tensor, beta: Tensor, epsilon: number): T {
  const [y] = layerNormOp({ x, gamma, beta }, { epsilon });
  return y as T;
}
