/**
 * Bias over the last axis, activation and gain in one dispatch: `gain * act(x + bias)`; one dispatch for the input's
 * gradient, one or two for the bias's. Differentiable to any order (of the piecewise linear ones all higher derivatives
 * are zero where they exist).
 */
import { clone, type Tensor } from '../tensor';
import { isSmooth, slopeBelowZero, type Activation } from './activation';
import { biasOp, piecewiseOp } from './piecewise';
import { smooth } from './smooth';

export type { Activation } from './activation';

export interface BiasActOptions {
  activation: Activation;
  /** Factor on the result, > 0; default 1. */
  gain?: number;
  /** Slope of 'lrelu' below zero, >= 0; default 0.2. Ignored by the others. */
  alpha?: number;
}

/**
 * @param x [..., C]
 * @param bias [C], or null for none
 * @returns [..., C]
 * @throws RangeError if gain <= 0 or alpha < 0 (the derivative is read off the result's sign)
 */
export function biasAct<T extends Tensor>(x: T, bias: Tensor | null, options: BiasActOptions): T {
  const { activation, gain = 1, alpha = 0.2 } = options;
  if (!(gain > 0 && alpha >= 0))
    throw new RangeError(`biasAct: gain ${gain} must be positive and alpha ${alpha} not negative`);
  if (isSmooth(activation)) return smooth(x, bias, { activation, gain }) as T;
  const slope = slopeBelowZero(activation, alpha);
  if (slope === null || slope === 1)
    return bias || gain !== 1 ? (biasOp({ x, bias: bias ?? undefined }, { gain }) as T) : clone(x);
  return piecewiseOp({ x, bias: bias ?? undefined }, { slope, gain }) as T;
}
