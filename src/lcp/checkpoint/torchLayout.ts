/**
 * How networks look from PyTorch: names and memory order, both ways and without changing a bit. Here filters are HWIO,
 * dense weights [in, out] and pixels come before channels; there filters are OIHW, dense weights [out, in] and channels
 * come before pixels, so that the generator's first layer, whose outputs are the 4 x 4 pixels of a feature map, has its
 * outputs reordered too. Tables of embeddings have a row an entry on both sides.
 */
import type { NamedArray } from '../../gpu/parameter';

/**
 * `block0.conv0.weight` -> `blocks.0.conv0.weight`, `output.conv.bias` -> `output_conv.bias`, `block0.norm0.mean` ->
 * `blocks.0.norm0.running_mean`.
 */
export function torchName(name: string): string {
  return name
    .replace(/^block(\d+)\./, 'blocks.$1.')
    .replace(/^condition\./, 'affine.')
    .replace(/^condition(\d+)\./, 'affines.$1.')
    .replace(/^output\./, 'output_')
    .replace(/^output_norm\.gain$/, 'output_norm.weight')
    .replace(/\.mean$/, '.running_mean')
    .replace(/\.variance$/, '.running_var');
}

/** Inverse of `torchName`. */
export function studioName(name: string): string {
  return name
    .replace(/^blocks\.(\d+)\./, 'block$1.')
    .replace(/^affine\./, 'condition.')
    .replace(/^affines\.(\d+)\./, 'condition$1.')
    .replace(/^output_norm\.weight$/, 'output_norm.gain')
    .replace(/^output_/, 'output.')
    .replace(/\.running_mean$/, '.mean')
    .replace(/\.running_var$/, '.variance');
}

/** A parameter as the studio has it. */
export interface StudioParameter {
  /** Name inside its network, e.g. `block0.conv0.weight`, `linear.u`. */
  name: string;
  shape: readonly number[];
  /** Whether it is a generator's: those have a first layer that runs over pixels. */
  ofGenerator: boolean;
}

/** Pixels of the generator's first feature map. */
const startPixels = 16;

/** A change of memory order: the array as a box of sides `from`, whose side `axes[i]` becomes side i. */
interface Move {
  from: readonly number[];
  axes: readonly number[];
  /** PyTorch's shape. */
  shape: readonly number[];
}

function moveOf({ name, shape, ofGenerator }: StudioParameter): Move {
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  const overStart = ofGenerator && /^linear\.(weight|bias|u)$/.test(name);
  if (shape.length === 4) return { from: shape, axes: [3, 2, 0, 1], shape: [d, c, a, b] };
  if (shape.length === 2 && overStart)
    return { from: [a, startPixels, b / startPixels], axes: [2, 1, 0], shape: [b, a] };
  if (shape.length === 1 && overStart) return { from: [startPixels, a / startPixels], axes: [1, 0], shape };
  if (shape.length === 2 && name !== 'embedding.weight') return { from: shape, axes: [1, 0], shape: [b, a] };
  return { from: shape, axes: shape.map((_, axis) => axis), shape };
}

/** Elements in another order of axes. Works on bits, so that no NaN loses its payload. */
function permuted(data: Float32Array, from: readonly number[], axes: readonly number[]): Float32Array {
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
export function toTorch(parameter: StudioParameter, { shape, data }: NamedArray): NamedArray {
  checkShape(parameter.name, shape, parameter.shape);
  const move = moveOf(parameter);
  return { shape: [...move.shape], data: permuted(data, move.from, move.axes) };
}

/** Inverse of `toTorch`. @throws RangeError unless the array has the shape that PyTorch gives to the parameter */
export function fromTorch(parameter: StudioParameter, { shape, data }: NamedArray): NamedArray {
  const move = moveOf(parameter);
  checkShape(torchName(parameter.name), shape, move.shape);
  const from = move.axes.map((axis) => move.from[axis] ?? 1);
  const axes = move.axes.map((_, axis) => move.axes.indexOf(axis));
  return { shape: [...parameter.shape], data: permuted(data, from, axes) };
}
