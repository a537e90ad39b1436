/**
 * Bias over the last axis, activation and gain in one op: `gain * act(x + bias)`. Differentiable to any order (second order of the
 * piecewise linear ones is zero almost everywhere, as it should be).
 */
import { add, erf, mul, relu, sigmoid, sub, neg, type Tensor } from '../tensor';

export type Activation = 'linear' | 'relu' | 'lrelu' | 'gelu' | 'quickGelu';

export interface BiasActOptions {
  activation: Activation;
  /** Factor on the result; default 1. */
  gain?: number;
  /** Slope of 'lrelu' below zero; default 0.2. Ignored by the others. */
  alpha?: number;
}

function activate(x: Tensor, activation: Activation, alpha: number): Tensor {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return relu(x);
    case 'lrelu':
      return sub(relu(x), mul(relu(neg(x)), alpha));
    case 'gelu':
      return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
    case 'quickGelu':
      return mul(x, sigmoid(mul(x, 1.702)));
  }
}

/**
 * @param x [..., C]
 * @param bias [C], or null for none
 * @returns [..., C]
 */
export function biasAct<T extends Tensor>(x: T, bias: Tensor | null, options: BiasActOptions): T {
  const { activation, gain = 1, alpha = 0.2 } = options;
  const activated = activate(bias ? add(x, bias) : x, activation, alpha);
  return (gain === 1 ? activated : mul(activated, gain)) as T;
}
