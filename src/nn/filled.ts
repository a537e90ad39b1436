/**
 * Constant tensors given from the host: a captured step stores them once, where a fill on the GPU would be dispatched
 * in every step.
 */
import { tensor, type Tensor } from '../gpu/tensor';

/** A tensor of `shape` whose elements are all `value`. */
export function filled<T extends Tensor>(shape: readonly number[], value: number): T {
  const size = shape.reduce((product, side) => product * side, 1);
  return tensor(new Float32Array(size).fill(value), [...shape]) as Tensor as T;
}
