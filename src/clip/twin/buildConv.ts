/**
 * Builder for convolutions. A patch embedding (kernel = stride, no padding) becomes one matrix product over rearranged pixels, with
 * the input's normalisation folded into its weights; other convolutions run channels-last.
 */
import type { HostTensor } from '../../formats/onnx';
import type { DerivedConstants } from './derived';
import { hostFloats, madeByBinary, Value, vectorOf } from './graph';
import { transposeHost } from './hostMovingOps';
import { transpose } from './buildMoving';
import { linear } from './buildProducts';

export interface ConvOptions {
  strides: readonly number[];
  /** Top, left, bottom, right. */
  pads: readonly number[];
  dilations: readonly number[];
  group: number;
}

/**
 * @param x [n, C, H, W]
 * @param w [O, C, kh, kw]
 * @returns [n, O, H', W']
 */
export function conv(x: Value, w: HostTensor, bias: HostTensor | undefined, options: ConvOptions, derived: DerivedConstants): Value {
  const [out, channels, kh, kw] = w.dims as [number, number, number, number];
  const [stride, strideX] = options.strides as [number, number];
  const pad = options.pads[0] ?? 0;
  if (options.group !== 1 || options.dilations.some((d) => d !== 1)) throw new RangeError('Grouped or dilated convolution.');
  const pixels = transpose(x, [0, 2, 3, 1]);
  const [n, height, width] = pixels.shape as [number, number, number];
  if (kh === kw && stride === kh && strideX === kw && options.pads.every((p) => p === 0) && height % kh === 0 && width % kw === 0) {
    const normal = normalization(pixels, channels);
    const source = normal?.x ?? pixels;
    const patches = Value.of({ kind: 'patches', size: kh }, [source], [n, height / kh, width / kw, kh * kw * channels]);
    const folded = patchWeights(w, bias, normal, derived);
    return transpose(linear(patches, folded.w, folded.bias), [0, 3, 1, 2]);
  }
  if (stride !== strideX || (stride !== 1 && stride !== 2) || options.pads.some((p) => p !== pad)) throw new RangeError('Convolution with uneven stride or padding.');
  const filter = derived.derive('hwio', [w], () => transposeHost(w, [2, 3, 1, 0]));
  const size = (dim: number, kernel: number): number => Math.floor((dim + 2 * pad - kernel) / stride) + 1;
  const inputs = [pixels, Value.constant(filter), ...(bias ? [Value.constant(bias)] : [])];
  return transpose(Value.of({ kind: 'conv', stride, pad }, inputs, [n, size(height, kh), size(width, kw), out]), [0, 3, 1, 2]);
}

interface Normalization {
  x: Value;
  gain: HostTensor;
  offset: HostTensor;
}

/** `x * gain + offset`, one number a channel of channels-last pictures. */
function normalization(x: Value, channels: number): Normalization | null {
  const sum = madeByBinary(x, 'add');
  const product = madeByBinary(sum?.a, 'mul');
  const offset = vectorOf(sum?.b, channels);
  const gain = vectorOf(product?.b, channels);
  return product && offset && gain ? { x: product.a, gain, offset } : null;
}

/** The filter as [kh * kw * C, O] and the bias, for pixels before normalisation. */
function patchWeights(w: HostTensor, bias: HostTensor | undefined, normal: Normalization | null, derived: DerivedConstants): { w: HostTensor; bias: HostTensor | undefined } {
  const [out, channels, kh, kw] = w.dims as [number, number, number, number];
  const rows = kh * kw * channels;
  const sources = normal ? [w, normal.gain] : [w];
  const matrix = derived.derive('patch matrix', sources, () => {
    const hwio = transposeHost(w, [2, 3, 1, 0]).data;
    const gain = normal?.gain.data;
    return hostFloats([rows, out], Float32Array.from(hwio, (v, i) => v * (gain?.[Math.floor(i / out) % channels] ?? 1)));
  });
  if (!normal) return { w: matrix, bias };
  const shifted = derived.derive('patch bias', bias ? [w, normal.offset, bias] : [w, normal.offset], () => {
    const sums = Float64Array.from({ length: out }, (_, o) => bias?.data[o] ?? 0);
    for (let i = 0; i < w.data.length; i++) {
      const [o, channel] = [Math.floor(i / rows), Math.floor(i / (kh * kw)) % channels];
      sums[o] = (sums[o] as number) + (w.data[i] as number) * (normal.offset.data[channel] as number);
    }
    return hostFloats([out], Float32Array.from(sums));
  });
  return { w: matrix, bias: shifted };
}

/** Pictures [n, s, s, 3] in [0, 1] as the tower's input: normalised, channel planes first. */
export function towerInput(pixels: Value, mean: readonly number[], std: readonly number[], derived: DerivedConstants): Value {
  const gain = derived.derive(`gain ${std}`, [], () => hostFloats([3], Float32Array.from(std, (deviation) => 1 / deviation)));
  const offset = derived.derive(`offset ${mean} ${std}`, [], () => hostFloats([3], Float32Array.from(std, (deviation, c) => -(mean[c] as number) / deviation)));
  const product = Value.of({ kind: 'binary', fn: 'mul' }, [pixels, Value.constant(gain)], pixels.shape);
  const sum = Value.of({ kind: 'binary', fn: 'add' }, [product, Value.constant(offset)], pixels.shape);
  return transpose(sum, [0, 3, 1, 2]);
}
