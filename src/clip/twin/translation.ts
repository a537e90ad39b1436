/** What the translations of ONNX operators (translate*.ts) are given and share. */
import type { HostTensor } from '../../formats/onnx';
import type { DerivedConstants } from './derived';
import type { Value } from './graph';
import type { NodeLike } from './node';

export interface TranslateContext {
  readonly node: NodeLike;
  /** Undefined where an optional input is absent. */
  readonly inputs: readonly (Value | undefined)[];
  readonly opset: number;
  readonly derived: DerivedConstants;
}

/**
 * Returns the result, or one value an output; undefined for outputs that nobody reads. `x` is the first input. Throws
 * RangeError with the reason where it cannot.
 */
export type Translate = (context: TranslateContext, x: Value) => Value | readonly (Value | undefined)[];

export function input(context: TranslateContext, index: number): Value {
  const value = context.inputs[index];
  if (!value) throw new RangeError(`Input ${index} is missing.`);
  return value;
}

/** Input `index`, where it must be known ahead; undefined where it is absent. */
export function known(context: TranslateContext, index: number): HostTensor | undefined {
  const value = context.inputs[index];
  if (value && !value.constant) throw new RangeError(`Input ${index} depends on the picture or text.`);
  return value?.constant ?? undefined;
}

export function knownInput(context: TranslateContext, index: number): HostTensor {
  const tensor = known(context, index);
  if (!tensor) throw new RangeError(`Input ${index} is missing.`);
  return tensor;
}

export const asFloats = (tensor: HostTensor): HostTensor =>
  tensor.kind === 'float' ? tensor : { kind: 'float', dims: tensor.dims, data: Float32Array.from(tensor.data) };
