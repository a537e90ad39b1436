/** What happens to a product's results before they are written: bias over the last axis, activation. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { activationWgsl, type Activation } from '../biasAct/activation';
import type { InputBinding } from '../kernel/program';

export interface Epilogue {
  /** [N], or null. */
  bias: TensorInfo | null;
  activation: Activation;
  /** Slope of 'lrelu' below zero. */
  alpha: number;
  /** Also write the value before the activation, as a second output. */
  keepInput: boolean;
}

export const noEpilogue: Epilogue = { bias: null, activation: 'linear', alpha: 0, keepInput: false };

/**
 * The parts of a program: declares `fn activate(x: T) -> T` and, where there is a bias, the binding `bias` of the same
 * element type.
 */
export function epilogue(
  finish: Epilogue,
  type: 'f32' | 'vec4<f32>',
): {
  variant: string;
  floats: Record<string, number>;
  inputs: Record<string, InputBinding>;
  code: string;
} {
  const { bias, activation, alpha, keepInput } = finish;
  return {
    variant: `${activation}${bias ? 'b' : ''}${keepInput ? 'k' : ''}`,
    floats: activation === 'lrelu' ? { alpha } : {},
    inputs: bias ? { bias: { tensor: bias, element: type } } : {},
    code: activationWgsl('activate', activation, 0, type, 'dims.alpha'),
  };
}
