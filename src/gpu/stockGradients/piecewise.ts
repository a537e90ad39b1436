/**
 * Comparisons and logical operations (piecewise constant, so that leakyRelu, where, clip, max and their like
 * differentiate twice) and ELU.
 */
import { fill, less, mul, where, zerosLike, type Tensor } from '@tensorflow/tfjs-core';
import { overrideGradient } from '../kernel/op';
import { runKernel, type Gradient } from './register';

/** The derivative is zero wherever it exists. Gradients are float32 even where the input is of another type. */
function registerPiecewiseConstant(name: string, inputs: string[]): void {
  overrideGradient(name, {
    inputsToSave: inputs,
    gradFunc: (_dy, saved): Gradient =>
      Object.fromEntries(inputs.map((input, i) => [input, () => fill((saved[i] as Tensor).shape, 0)])),
  });
}

/**
 * The slope of ELU is 1 above zero and y + 1 = exp(x) below; the kernel is dy times that, so it is linear in dy and
 * bends with y below zero only.
 */
function registerElu(): void {
  overrideGradient('EluGrad', {
    inputsToSave: ['dy', 'y'],
    gradFunc: (dd, saved): Gradient => {
      const [dy, y] = saved as [Tensor, Tensor];
      return {
        dy: () => runKernel('EluGrad', { dy: dd as Tensor, y }, {}),
        y: () => where(less(y, 0), mul(dd as Tensor, dy), zerosLike(y)),
      };
    },
  });
}

export function registerPiecewise(): void {
  for (const name of ['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr'])
    registerPiecewiseConstant(name, ['a', 'b']);
  registerPiecewiseConstant('LogicalNot', ['x']);
  registerElu();
}
