/**
 * The twin's own graph. Shapes are fixed, so ONNX's many ways to say the same thing shrink to a few operators; what can
 * be computed ahead is a constant. Values point at the node that makes them, so that patterns are recognised while the
 * graph is built (see build*.ts): a node that was absorbed into a better one is simply never reached from the output.
 */
import type { HostTensor } from '../../formats/onnx';
import { sizeOf, type Shape } from './shape';

export type BinaryFunction = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'min' | 'max';
export type UnaryFunction =
  | 'neg'
  | 'abs'
  | 'sqrt'
  | 'square'
  | 'reciprocal'
  | 'exp'
  | 'log'
  | 'erf'
  | 'tanh'
  | 'sigmoid'
  | 'relu'
  | 'softplus'
  | 'sin'
  | 'cos'
  | 'isNaN';
export type ReduceFunction = 'mean' | 'sum' | 'max' | 'l2';
export type TwinActivation = 'linear' | 'relu' | 'gelu' | 'geluTanh' | 'quickGelu';

export type TwinOp =
  | { kind: 'input' }
  | { kind: 'reshape' }
  | { kind: 'transpose'; perm: readonly number[] }
  | { kind: 'expand' }
  | { kind: 'slice'; axis: number; start: number; count: number }
  | { kind: 'concat'; axis: number }
  | { kind: 'binary'; fn: BinaryFunction }
  | { kind: 'unary'; fn: UnaryFunction }
  | { kind: 'activation'; fn: Exclude<TwinActivation, 'linear'> }
  | { kind: 'reduce'; fn: ReduceFunction; axes: readonly number[] }
  | { kind: 'softmax' }
  | { kind: 'matmul' }
  /** x [..., I], w [I, O], bias [O] if there are three inputs. `quantized`: w still lacks its scale. */
  | { kind: 'linear'; activation: TwinActivation; quantized: boolean }
  /** x [..., C], then gamma [C] and beta [C] if present. */
  | { kind: 'layerNorm'; epsilon: number }
  /** q, k, v, each [B, H, T, D]. */
  | { kind: 'attention'; scale: number; causal: boolean }
  /** qkv [B, T, 3 * H * D] (all q, then all k, then all v) to [B, T, H * D]. */
  | { kind: 'jointAttention'; heads: number; scale: number; causal: boolean }
  /** x NHWC, filter HWIO, bias [O] if there are three inputs. */
  | { kind: 'conv'; stride: number; pad: number }
  /**
   * x NHWC, filter [kh, kw, O] with the O / C results of each channel side by side, bias [O] if there are three inputs.
   */
  | { kind: 'depthwise'; stride: number; pads: readonly [number, number, number, number] }
  /** x NHWC. */
  | { kind: 'maxPool'; size: readonly [number, number]; strides: readonly [number, number] }
  /** Numbers of `fill` before and after each axis. */
  | { kind: 'pad'; pads: readonly (readonly [number, number])[]; fill: number }
  /** x NHWC pictures to [n, gh, gw, patch * patch * C]: each patch as one row. */
  | { kind: 'patches'; size: number };

export class Value {
  readonly shape: Shape;
  readonly constant: HostTensor | null;
  readonly producer: TwinNode | null;
  #shared = false;

  private constructor(shape: Shape, constant: HostTensor | null, producer: TwinNode | null) {
    this.shape = shape;
    this.constant = constant;
    this.producer = producer;
  }

  static constant(tensor: HostTensor): Value {
    return new Value(tensor.dims, tensor, null);
  }

  /**
   * Whether several nodes of the model read it: then nothing may be taken into the layer that made it, or that would be
   * computed twice.
   */
  get shared(): boolean {
    return this.#shared;
  }

  /** Marks it, and what it is a mere view of. */
  share(): void {
    this.#shared = true;
    const producer = this.producer;
    if (producer?.op.kind === 'transpose' || producer?.op.kind === 'reshape') producer.inputs[0]?.share();
  }

  /** The result of an operator on values. */
  static of(op: TwinOp, inputs: readonly Value[], shape: Shape): Value {
    return new Value(shape, null, { op, inputs });
  }
}

export interface TwinNode {
  readonly op: TwinOp;
  readonly inputs: readonly Value[];
}

type OpOf<K extends TwinOp['kind']> = Extract<TwinOp, { kind: K }>;

/** The node that made `value`, if it is of this kind. */
export function madeBy<K extends TwinOp['kind']>(
  value: Value | undefined,
  kind: K,
): { op: OpOf<K>; inputs: readonly Value[]; x: Value } | null {
  const producer = value?.producer;
  const x = producer?.inputs[0];
  return producer && x && producer.op.kind === kind ? { op: producer.op as OpOf<K>, inputs: producer.inputs, x } : null;
}

export function madeByBinary(value: Value | undefined, fn: BinaryFunction): { a: Value; b: Value } | null {
  const node = madeBy(value, 'binary');
  const b = node?.inputs[1];
  return node && b && node.op.fn === fn ? { a: node.x, b } : null;
}

export function madeByUnary(value: Value | undefined, fn: UnaryFunction): Value | null {
  const node = madeBy(value, 'unary');
  return node && node.op.fn === fn ? node.x : null;
}

/** The number, where `value` is a float constant of one element. */
export function scalarOf(value: Value | undefined): number | null {
  const tensor = value?.constant;
  return tensor && tensor.kind === 'float' && tensor.data.length === 1 ? (tensor.data[0] as number) : null;
}

/** The constant, where `value` is a float vector of `length` along the last axis (other axes of length 1). */
export function vectorOf(value: Value | undefined, length: number): HostTensor | null {
  const tensor = value?.constant;
  return tensor && tensor.kind === 'float' && tensor.data.length === length && (tensor.dims.at(-1) ?? 1) === length
    ? tensor
    : null;
}

export function scalarConstant(value: number): Value {
  return Value.constant({ kind: 'float', dims: [], data: Float32Array.of(value) });
}

/** Every value that `outputs` need, inputs before users. */
export function topological(outputs: readonly Value[]): Value[] {
  const order: Value[] = [];
  const seen = new Set<Value>();
  const stack = outputs.toReversed().map((value) => ({ value, entered: false }));
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.entered) {
      order.push(top.value);
      continue;
    }
    if (seen.has(top.value)) continue;
    seen.add(top.value);
    stack.push({ value: top.value, entered: true });
    for (const input of top.value.producer?.inputs ?? [])
      if (!seen.has(input)) stack.push({ value: input, entered: false });
  }
  return order;
}

/** A float tensor in host memory. */
export function hostFloats(dims: Shape, data: Float32Array): HostTensor {
  if (data.length !== sizeOf(dims)) throw new RangeError(`${data.length} numbers for shape [${dims}].`);
  return { kind: 'float', dims, data };
}
