/** Tensors in host memory: what the folding operators share. */
import type { HostTensor } from '../../formats/onnx';
import type { NodeLike } from './node';
import { stridesOf, type Shape } from './shape';

/** Takes an operator's inputs (undefined where optional ones are absent) and returns its outputs. */
export type HostOp = (inputs: readonly (HostTensor | undefined)[], node: NodeLike) => HostTensor[];

/** Takes an input that must be there. */
export function given(tensor: HostTensor | undefined): HostTensor {
  if (!tensor) throw new RangeError('An input is missing.');
  return tensor;
}

/** Allocates the array that `kind` is kept in. */
export function allocate(kind: HostTensor['kind'], size: number): Float32Array | Float64Array {
  return kind === 'float' ? new Float32Array(size) : new Float64Array(size);
}

/** Reads `tensor` as if it had `shape` (broadcast): positions in its data, in row-major order of `shape`. */
export function broadcastIndex(tensor: HostTensor, shape: Shape): (flat: number) => number {
  if (tensor.data.length === 1) return () => 0;
  const own = stridesOf(tensor.dims);
  const shift = shape.length - tensor.dims.length;
  const strides = shape.map((_, i) => (i < shift || tensor.dims[i - shift] === 1 ? 0 : (own[i - shift] as number)));
  const outer = stridesOf(shape);
  return (flat) => {
    let position = 0;
    let rest = flat;
    for (let i = 0; i < shape.length; i++) {
      const stride = outer[i] as number;
      const index = Math.floor(rest / stride);
      rest -= index * stride;
      position += index * (strides[i] as number);
    }
    return position;
  };
}
