/**
 * FIR resampling, pooling, minibatch deviation, softmax and embeddings in stock operations; signatures of the op
 * folders.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { MinibatchStdOptions } from '../../src/gpu/minibatchStd/minibatchStd';
import type { AvgPoolOptions } from '../../src/gpu/resample/avgPool';
import type { FirOptions, FirTaps } from '../../src/gpu/upfirdn2d/upfirdn2d';

export const binomial4: readonly number[] = [0.125, 0.375, 0.375, 0.125];

const pair = (value: number | readonly [number, number]): readonly [number, number] =>
  typeof value === 'number' ? [value, value] : value;

function spread(x: Tensor4D, [down, across]: readonly [number, number]): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = tf.pad(tf.reshape(x, [batch * height, 1, width * channels]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
  ]);
  const columns = tf.pad(tf.reshape(rows, [batch * height * down * width, 1, channels]), [
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  return tf.reshape(columns, [batch, height * down, width * across, channels]);
}

/**
 * tfjs has no gradient of a depthwise convolution's gradient, which R1 needs. So the gradient is composed: it is the
 * same operation with up and down exchanged and the taps turned around, which has a gradient in turn.
 */
export function upfirdn2d(x: Tensor4D, taps: FirTaps, options: FirOptions = {}): Tensor4D {
  const { up = 1, down = 1, padding = 0, gain = 1, flip = false } = options;
  const [upY, upX] = pair(up);
  const [downY, downX] = pair(down);
  const [top, , left] = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  const height = taps.length;
  const width = typeof taps[0] === 'number' ? taps.length : ((taps[0] as readonly number[] | undefined)?.length ?? 1);
  const filtered = tf.customGrad((...[input]) => {
    const picture = input as Tensor4D;
    const value = applied(picture, taps, options);
    const [, inputHeight, inputWidth] = picture.shape;
    const [, outputHeight, outputWidth] = value.shape;
    const back: FirOptions = {
      up: [downY, downX],
      down: [upY, upX],
      padding: [
        height - top - 1,
        inputHeight * upY - outputHeight * downY + top - upY + 1,
        width - left - 1,
        inputWidth * upX - outputWidth * downX + left - upX + 1,
      ],
      gain,
      flip: !flip,
    };
    return { value, gradFunc: (dy: Tensor) => upfirdn2d(dy as Tensor4D, taps, back) };
  });
  return filtered(x) as Tensor4D;
}

function applied(
  x: Tensor4D,
  taps: FirTaps,
  { up = 1, down = 1, padding = 0, gain = 1, flip = false }: FirOptions,
): Tensor4D {
  const rows = taps.every((tap) => typeof tap === 'number')
    ? taps.map((a) => taps.map((b) => a * b))
    : (taps as readonly (readonly number[])[]);
  const turned = flip ? rows : rows.toReversed().map((row) => row.toReversed());
  const [top, bottom, left, right] = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  return tf.tidy(() => {
    const large = tf.pad(spread(x, pair(up)), [
      [0, 0],
      [Math.max(0, top), Math.max(0, bottom)],
      [Math.max(0, left), Math.max(0, right)],
      [0, 0],
    ]);
    const [batch, height, width, channels] = large.shape;
    const cut = (pad: number): number => Math.max(0, -pad);
    const framed = tf.slice(
      large,
      [0, cut(top), cut(left), 0],
      [batch, height - cut(top) - cut(bottom), width - cut(left) - cut(right), channels],
    );
    const filter = tf.tensor(
      Float32Array.from(
        turned.flatMap((row) => row.flatMap((tap) => Array.from({ length: channels }, () => tap * gain))),
      ),
      [rows.length, rows[0]?.length ?? 1, channels, 1],
    );
    return tf.depthwiseConv2d(framed, filter as Tensor4D, [...pair(down)], 'valid');
  });
}

function around(taps: number, up: number, down: number): readonly [number, number, number, number] {
  const before = up > 1 ? Math.floor((taps + up - 1) / 2) : Math.floor((taps - down + 1) / 2);
  const after = up > 1 ? Math.floor((taps - up) / 2) : Math.floor((taps - down) / 2);
  return [before, after, before, after];
}

export function upsampleFir(x: Tensor4D, taps: readonly number[], factor = 2): Tensor4D {
  return upfirdn2d(x, taps, { up: factor, padding: around(taps.length, factor, 1), gain: factor ** 2 });
}

export function downsampleFir(x: Tensor4D, taps: readonly number[], factor = 2): Tensor4D {
  return upfirdn2d(x, taps, { down: factor, padding: around(taps.length, 1, factor) });
}

export function avgPool(x: Tensor4D, size: number, { stride = size, padding = 0 }: AvgPoolOptions = {}): Tensor4D {
  return tf.avgPool(
    tf.pad(x, [
      [0, 0],
      [padding, padding],
      [padding, padding],
      [0, 0],
    ]),
    size,
    stride,
    'valid',
  );
}

export function minibatchStd(x: Tensor4D, { group = 4, channels = 1 }: MinibatchStdOptions = {}): Tensor4D {
  const [batch, height, width, depth] = x.shape;
  const size = Math.min(group, batch);
  const groups = batch / size;
  const grouped = tf.reshape(x, [size, groups * height * width, channels, depth / channels]);
  const centred = tf.sub(grouped, tf.mean(grouped, 0, true));
  const deviations = tf.sqrt(tf.add(tf.mean(tf.square(centred), 0), 1e-8));
  const averaged = tf.mean(tf.reshape(tf.mean(deviations, 2), [groups, height * width, channels]), 1);
  return tf.concat(
    [
      x,
      tf.broadcastTo(tf.reshape(tf.tile(averaged, [size, 1]), [batch, 1, 1, channels]), [
        batch,
        height,
        width,
        channels,
      ]) as Tensor4D,
    ],
    3,
  );
}

export function softmax<T extends Tensor>(x: T): T {
  return tf.softmax(x);
}

export function mixEmbeddings(u: Tensor2D, table: Tensor2D): Tensor2D {
  return tf.matMul(u, table);
}

export function pickEmbeddings(indices: Tensor1D, table: Tensor2D): Tensor2D {
  return tf.gather(table, indices);
}
