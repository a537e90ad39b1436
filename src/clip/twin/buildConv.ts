/**
 * Builder for convolutions. A patch embedding (kernel = stride, no padding) becomes one matrix product over rearranged
 * pixels, with the input's normalisation folded into its weights, a filter of one pixel a product; other convolutions
 * run channels-last, in groups where they have groups.
 */
import type { HostTensor } from '../../formats/onnx';
import type { DerivedConstants } from './derived';
import { hostFloats, madeByBinary, Value, vectorOf } from './graph';
import { transposeHost } from './hostMovingOps';
import { binary } from './buildMath';
import { channelsFirst, concat, padded, slice, transpose } from './buildMoving';
import { linear } from './buildProducts';
import { attributeNumber, attributeNumbers, type NodeLike } from './node';
import { sizeOf } from './shape';
import type { TranslateContext } from './translation';

export interface ConvOptions {
  strides: readonly [number, number];
  /** Top, left, bottom, right. */
  pads: readonly [number, number, number, number];
  dilations: readonly number[];
  group: number;
}

/** Strides, padding and groups of a Conv or pooling node, with `auto_pad` worked out. */
export function convOptions(node: NodeLike, x: Value, kernel: readonly [number, number]): ConvOptions {
  if (x.shape.length !== 4) throw new RangeError('It is not two-dimensional.');
  const strides = (attributeNumbers(node, 'strides') ?? [1, 1]) as [number, number];
  const dilations = attributeNumbers(node, 'dilations') ?? [1, 1];
  const given = (attributeNumbers(node, 'pads') ?? [0, 0, 0, 0]) as [number, number, number, number];
  const mode = node.attributes.get('auto_pad') ?? 'NOTSET';
  const options = { strides, dilations, group: attributeNumber(node, 'group', 1) };
  if (mode === 'NOTSET') return { ...options, pads: given };
  if (mode === 'VALID') return { ...options, pads: [0, 0, 0, 0] };
  const [total, first] = [
    [0, 1],
    [0, 1],
  ].map((axes, which) =>
    axes.map((axis) => {
      const [size, step] = [x.shape[axis + 2] as number, strides[axis] as number];
      const all = Math.max(
        0,
        (Math.ceil(size / step) - 1) * step + ((kernel[axis] as number) - 1) * (dilations[axis] as number) + 1 - size,
      );
      return which === 0 ? all : mode === 'SAME_UPPER' ? Math.floor(all / 2) : Math.ceil(all / 2);
    }),
  ) as [[number, number], [number, number]];
  return { ...options, pads: [first[0], first[1], total[0] - first[0], total[1] - first[1]] };
}

/** A Conv node on `x` [n, C, H, W] with the filter `w` [O, C / groups, kh, kw]. */
export function convNode(context: TranslateContext, x: Value, w: HostTensor, bias: HostTensor | undefined): Value {
  if (w.dims.length !== 4) throw new RangeError('It is not two-dimensional.');
  return conv(x, w, bias, convOptions(context.node, x, w.dims.slice(2) as [number, number]), context.derived);
}

/**
 * @param x [n, C, H, W]
 * @param w [O, C / groups, kh, kw]
 * @returns [n, O, H', W']
 */
export function conv(
  x: Value,
  w: HostTensor,
  bias: HostTensor | undefined,
  options: ConvOptions,
  derived: DerivedConstants,
): Value {
  if (options.dilations.some((d) => d !== 1))
    return conv(x, dilated(w, options.dilations, derived), bias, { ...options, dilations: [1, 1] }, derived);
  const channels = x.shape[1] as number;
  const pixels = transpose(x, [0, 2, 3, 1]);
  if (options.group === 1) return transpose(plain(pixels, w, bias, options, derived), channelsFirst);
  if (options.group === channels) return transpose(depthwise(pixels, w, bias, options, derived), channelsFirst);
  const [width, outputs] = [channels / options.group, (w.dims[0] as number) / options.group];
  const parts = Array.from({ length: options.group }, (_, g) => {
    const own = derived.derive(`group ${g} of ${options.group}`, [w], () => ({
      ...w,
      dims: [outputs, ...w.dims.slice(1)],
      data: w.data.slice(g * outputs * sizeOf(w.dims.slice(1)), (g + 1) * outputs * sizeOf(w.dims.slice(1))),
    }));
    return plain(slice(pixels, 3, g * width, width), own, undefined, options, derived);
  });
  const joined = concat(parts, 3);
  return transpose(bias ? binary('add', joined, Value.constant(bias), derived) : joined, channelsFirst);
}

/** The filter with zeros between its taps. */
function dilated(w: HostTensor, [down = 1, across = 1]: readonly number[], derived: DerivedConstants): HostTensor {
  return derived.derive(`dilated ${down} ${across}`, [w], () => {
    const [outputs, inputs, kh, kw] = w.dims as [number, number, number, number];
    const [height, width] = [(kh - 1) * down + 1, (kw - 1) * across + 1];
    const data = new Float32Array(outputs * inputs * height * width);
    for (let i = 0; i < w.data.length; i++) {
      const [plane, row, column] = [Math.floor(i / (kh * kw)), Math.floor(i / kw) % kh, i % kw];
      data[(plane * height + row * down) * width + column * across] = w.data[i] as number;
    }
    return hostFloats([outputs, inputs, height, width], data);
  });
}

const outputSize = (
  pixels: Value,
  [kh, kw]: readonly [number, number],
  { strides, pads }: ConvOptions,
): [number, number] => [
  Math.floor(((pixels.shape[1] as number) + pads[0] + pads[2] - kh) / strides[0]) + 1,
  Math.floor(((pixels.shape[2] as number) + pads[1] + pads[3] - kw) / strides[1]) + 1,
];

/** One group, on pictures with channels last: single pixels and patches as products, the rest as a convolution. */
function plain(
  pixels: Value,
  w: HostTensor,
  bias: HostTensor | undefined,
  options: ConvOptions,
  derived: DerivedConstants,
): Value {
  const [out, channels, kh, kw] = w.dims as [number, number, number, number];
  const { strides, pads } = options;
  const [n, height, width] = pixels.shape as [number, number, number];
  const bare = pads.every((p) => p === 0);
  if (kh === 1 && kw === 1 && bare && strides[0] === 1 && strides[1] === 1) {
    return linear(
      pixels,
      derived.derive('pixel matrix', [w], () => transposeHost({ ...w, dims: [out, channels] }, [1, 0])),
      bias,
    );
  }
  if (kh === kw && strides[0] === kh && strides[1] === kw && bare && height % kh === 0 && width % kw === 0) {
    const normal = normalization(pixels, channels);
    const source = normal?.x ?? pixels;
    const patches = Value.of({ kind: 'patches', size: kh }, [source], [n, height / kh, width / kw, kh * kw * channels]);
    const folded = patchWeights(w, bias, normal, derived);
    return linear(patches, folded.w, folded.bias);
  }
  if (strides[0] !== strides[1]) throw new RangeError('Its strides differ.');
  const even = pads.every((p) => p === pads[0]);
  const source = even
    ? pixels
    : padded(
        pixels,
        [
          [0, 0],
          [pads[0], pads[2]],
          [pads[1], pads[3]],
          [0, 0],
        ],
        0,
      );
  const filter = derived.derive('hwio', [w], () => transposeHost(w, [2, 3, 1, 0]));
  const inputs = [source, Value.constant(filter), ...(bias ? [Value.constant(bias)] : [])];
  return Value.of({ kind: 'conv', stride: strides[0], pad: even ? pads[0] : 0 }, inputs, [
    n,
    ...outputSize(pixels, [kh, kw], options),
    out,
  ]);
}

function depthwise(
  pixels: Value,
  w: HostTensor,
  bias: HostTensor | undefined,
  options: ConvOptions,
  derived: DerivedConstants,
): Value {
  const [out, , kh, kw] = w.dims as [number, number, number, number];
  if (options.strides[0] !== options.strides[1]) throw new RangeError('Its strides differ.');
  const filter = derived.derive('depthwise', [w], () => transposeHost({ ...w, dims: [out, kh, kw] }, [1, 2, 0]));
  const inputs = [pixels, Value.constant(filter), ...(bias ? [Value.constant(bias)] : [])];
  return Value.of({ kind: 'depthwise', stride: options.strides[0], pads: options.pads }, inputs, [
    pixels.shape[0] as number,
    ...outputSize(pixels, [kh, kw], options),
    out,
  ]);
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
function patchWeights(
  w: HostTensor,
  bias: HostTensor | undefined,
  normal: Normalization | null,
  derived: DerivedConstants,
): { w: HostTensor; bias: HostTensor | undefined } {
  const [out, channels, kh, kw] = w.dims as [number, number, number, number];
  const rows = kh * kw * channels;
  const sources = normal ? [w, normal.gain] : [w];
  const matrix = derived.derive('patch matrix', sources, () => {
    const hwio = transposeHost(w, [2, 3, 1, 0]).data;
    const gain = normal?.gain.data;
    return hostFloats(
      [rows, out],
      Float32Array.from(hwio, (v, i) => v * (gain?.[Math.floor(i / out) % channels] ?? 1)),
    );
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
export function towerInput(
  pixels: Value,
  mean: readonly number[],
  std: readonly number[],
  derived: DerivedConstants,
): Value {
  const gain = derived.derive(`gain ${std}`, [], () =>
    hostFloats(
      [3],
      Float32Array.from(std, (deviation) => 1 / deviation),
    ),
  );
  const offset = derived.derive(`offset ${mean} ${std}`, [], () =>
    hostFloats(
      [3],
      Float32Array.from(std, (deviation, c) => -(mean[c] as number) / deviation),
    ),
  );
  const product = Value.of({ kind: 'binary', fn: 'mul' }, [pixels, Value.constant(gain)], pixels.shape);
  const sum = Value.of({ kind: 'binary', fn: 'add' }, [product, Value.constant(offset)], pixels.shape);
  return transpose(sum, [0, 3, 1, 2]);
}
