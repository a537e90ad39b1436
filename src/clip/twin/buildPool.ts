/** Translations of pooling and padding. An average over windows is a depthwise convolution with equal weights. */
import { binary } from './buildMath';
import { convOptions } from './buildConv';
import { channelsFirst, padded, transpose } from './buildMoving';
import { hostFloats, Value } from './graph';
import { attributeNumber, attributeNumbers, numbersOf } from './node';
import { normalizeAxis } from './shape';
import { known, type Translate } from './translation';

export const pool =
  (kind: 'average' | 'max'): Translate =>
  (context, x) => {
    const { node, derived } = context;
    const [kh, kw] = (attributeNumbers(node, 'kernel_shape') ?? []) as [number, number];
    const { strides, pads, dilations } = convOptions(node, x, [kh, kw]);
    if (attributeNumber(node, 'ceil_mode', 0) === 1 || dilations.some((d) => d !== 1))
      throw new RangeError('Its windows are not regular.');
    const pixels = transpose(x, [0, 2, 3, 1]);
    const [n, height, width, channels] = pixels.shape as [number, number, number, number];
    const size = [
      Math.floor((height + pads[0] + pads[2] - kh) / strides[0]) + 1,
      Math.floor((width + pads[1] + pads[3] - kw) / strides[1]) + 1,
    ] as const;
    if (kind === 'max') {
      const source = padded(
        pixels,
        [
          [0, 0],
          [pads[0], pads[2]],
          [pads[1], pads[3]],
          [0, 0],
        ],
        -3e38,
      );
      return transpose(
        Value.of({ kind: 'maxPool', size: [kh, kw], strides }, [source], [n, ...size, channels]),
        channelsFirst,
      );
    }
    if (strides[0] !== strides[1]) throw new RangeError('Its strides differ.');
    const filter = derived.derive(`average ${kh} ${kw} ${channels}`, [], () =>
      hostFloats([kh, kw, channels], new Float32Array(kh * kw * channels).fill(1 / (kh * kw))),
    );
    const mean = Value.of(
      { kind: 'depthwise', stride: strides[0], pads },
      [pixels, Value.constant(filter)],
      [n, ...size, channels],
    );
    if (attributeNumber(node, 'count_include_pad', 0) === 1 || pads.every((p) => p === 0))
      return transpose(mean, channelsFirst);
    // Windows that reach over the edge divide by what they hold.
    const inside = (at: number, step: number, before: number, kernel: number, dim: number): number =>
      Math.min(dim, at * step - before + kernel) - Math.max(0, at * step - before);
    const shares = hostFloats(
      [...size, 1],
      Float32Array.from(
        { length: size[0] * size[1] },
        (_, i) =>
          (kh * kw) /
          (inside(Math.floor(i / size[1]), strides[0], pads[0], kh, height) *
            inside(i % size[1], strides[1], pads[1], kw, width)),
      ),
    );
    return transpose(binary('mul', mean, Value.constant(shares), derived), channelsFirst);
  };

/** Pad with a constant. */
export const pad: Translate = (context, x) => {
  const { node } = context;
  if ((node.attributes.get('mode') ?? 'constant') !== 'constant')
    throw new RangeError('It repeats or mirrors the edge.');
  const sizes = numbersOf(node, known(context, 1), 'pads') ?? [];
  const axes = known(context, 3)
    ? Array.from(known(context, 3)?.data ?? [], (axis) => normalizeAxis(axis, x.shape.length))
    : x.shape.map((_, i) => i);
  const pads = x.shape.map((_, axis): [number, number] => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 0] : [sizes[at] ?? 0, sizes[at + axes.length] ?? 0];
  });
  return padded(x, pads, known(context, 2)?.data[0] ?? attributeNumber(node, 'value', 0));
};
