/**
 * How networks look from PyTorch: names and memory order, both ways and without changing a bit. Here filters are HWIO,
 * dense weights [in, out] and pixels come before channels; there filters are OIHW, dense weights [out, in] and channels
 * come before pixels. Tables of embeddings have a row an entry on both sides. A base model's networks add names of
 * their own, and layers whose outputs are pixels.
 */
import type { NamedArray } from '../../gpu/parameter';

/** A parameter as the studio has it. */
export interface StudioParameter {
  /** Name inside its network, e.g. `block0.conv0.weight`, `linear.u`. */
  name: string;
  shape: readonly number[];
}

/** A change of memory order: the array as a box of sides `from`, whose side `axes[i]` becomes side i. */
export interface Move {
  from: readonly number[];
  axes: readonly number[];
  /** PyTorch's shape. */
  shape: readonly number[];
}

/** One network's way to PyTorch. */
export interface TorchLayout {
  /** The name that a parameter has there. */
  name(studioName: string): string;
  move(parameter: StudioParameter): Move;
}

function plainMove({ name, shape }: StudioParameter): Move {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  if (shape.length === 4) return { from: shape, axes: [3, 2, 0, 1], shape: [d, c, a, b] };
  if (shape.length === 2 && name !== 'embedding.weight') return { from: shape, axes: [1, 0], shape: [b, a] };
  return { from: shape, axes: shape.map((_, axis) => axis), shape };
}

/** The same names there; filters and dense weights turned. */
export const plainLayout: TorchLayout = { name: (name) => name, move: plainMove };

/**
 * Elements in another order of axes: of a box of sides `from`, whose side `axes[i]` becomes side i. Works on bits, so that no
 * NaN loses its payload.
 */
export function permuted(data: Float32Array, from: readonly number[], axes: readonly number[]): Float32Array {
  const strides = from.map((_, axis) => from.slice(axis + 1).reduce((product, side) => product * side, 1));
  const source = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const target = new Uint32Array(data.length);
  let next = 0;
  const walk = (depth: number, offset: number): void => {
    const axis = axes[depth] ?? 0;
    const side = from[axis] ?? 1;
    const stride = strides[axis] ?? 1;
    if (depth < axes.length - 1) {
      for (let i = 0; i < side; i++) walk(depth + 1, offset + i * stride);
      return;
    }
    // The hot loop: networks have tens of millions of values.
    for (let i = 0, at = offset; i < side; i++, at += stride) target[next++] = source[at] as number;
  };
  walk(0, 0);
  return new Float32Array(target.buffer);
}

function checkShape(name: string, shape: readonly number[], expected: readonly number[]): void {
  if (shape.join() !== expected.join())
    throw new RangeError(`"${name}" is [${shape.join()}], expected [${expected.join()}]`);
}

/** @throws RangeError unless the array has the parameter's shape */
export function toTorch(layout: TorchLayout, parameter: StudioParameter, { shape, data }: NamedArray): NamedArray {
  checkShape(parameter.name, shape, parameter.shape);
  const move = layout.move(parameter);
  return { shape: [...move.shape], data: permuted(data, move.from, move.axes) };
}

/** Inverse of `toTorch`. @throws RangeError unless the array has the shape that PyTorch gives to the parameter */
export function fromTorch(layout: TorchLayout, parameter: StudioParameter, { shape, data }: NamedArray): NamedArray {
  const move = layout.move(parameter);
  checkShape(layout.name(parameter.name), shape, move.shape);
  const from = move.axes.map((axis) => move.from[axis] ?? 1);
  const axes = move.axes.map((_, axis) => move.axes.indexOf(axis));
  return { shape: [...parameter.shape], data: permuted(data, from, axes) };
}
