/**
 * Small helpers that the bodies of captured steps share: declaring inputs, finding them, and joining values on the CPU.
 */
import type { Tensor } from '../../gpu/tensor';

export interface InputSpec {
  shape: number[];
  dtype: 'float32' | 'int32';
}

/** A float32 input. */
export function floats(...shape: number[]): InputSpec {
  return { shape, dtype: 'float32' };
}

/** An int32 input. */
export function integers(...shape: number[]): InputSpec {
  return { shape, dtype: 'int32' };
}

export type StepInputs = Record<string, Tensor>;
export type StepValues = Record<string, Float32Array | Int32Array>;

/** @throws RangeError if the step has no such input */
export function stepInput<T extends Tensor>(inputs: StepInputs, name: string): T {
  const found = inputs[name];
  if (found === undefined) throw new RangeError(`the step has no input ${name}`);
  return found as T;
}
