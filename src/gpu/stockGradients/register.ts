/** What the registrations of stock operations' missing gradients share. */
import { engine as tfEngine, zerosLike, type Tensor } from '@tensorflow/tfjs-core';
import { overrideGradient } from '../kernel/op';

export type Gradient = { [input: string]: () => Tensor };
export type Pad = 'same' | 'valid' | number;

/** Runs a registered operation by name. */
export function runKernel(name: string, inputs: Record<string, Tensor>, attrs: object): Tensor {
  return tfEngine().runKernel(name, inputs, attrs as Parameters<ReturnType<typeof tfEngine>['runKernel']>[2]) as Tensor;
}

/**
 * An adjoint kernel of a linear map is linear in dy, and its own adjoint is the map itself.
 * @param shapeName an input that the kernel needs for its shape only; its gradient is zero
 */
export function registerAdjoint(
  name: string,
  dyName: string,
  shapeName: string,
  forward: (ddx: Tensor, dy: Tensor, attrs: Record<string, unknown>) => Tensor,
): void {
  overrideGradient(name, {
    inputsToSave: [shapeName, dyName],
    gradFunc: (ddx, saved, attrs): Gradient => {
      const [shapeOnly, dy] = saved as [Tensor, Tensor];
      return {
        [dyName]: () => forward(ddx as Tensor, dy, attrs as Record<string, unknown>),
        [shapeName]: () => zerosLike(shapeOnly),
      };
    },
  });
}
