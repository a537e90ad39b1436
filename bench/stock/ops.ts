/**
 * Our operations as stock tfjs would have them: its best kernels where it has one (fused products, pooling, nearest
 * resize), else composed of its elementary operations. Same signatures and results as the op folders of `src/gpu`,
 * which `conformance.ts` checks.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Activation, BiasActOptions } from '../../src/gpu/biasAct/biasAct';
import type { Conv2dOptions, ConvTranspose2dOptions } from '../../src/gpu/conv2d/conv2d';
import type { DepthwiseConv2dOptions } from '../../src/gpu/depthwiseConv2d/depthwiseConv2d';
import type { LogitMeans } from '../../src/gpu/hinge/logitMeans';
import type { MatMulOptions } from '../../src/gpu/matmul/matmul';
import { resizeMatrix, type ResizeMethod } from '../../src/gpu/resample/resizeMatrix';

export { resizeMatrix };

export function conv2d(x: Tensor4D, filter: Tensor4D, { stride = 1, pad = 'same' }: Conv2dOptions = {}): Tensor4D {
  return tf.conv2d(x, filter, stride, pad, 'NHWC', 1, typeof pad === 'number' ? 'floor' : undefined);
}

export function convTranspose2d(
  x: Tensor4D,
  filter: Tensor4D,
  { stride = 1, pad = 0 }: ConvTranspose2dOptions = {},
): Tensor4D {
  const [batch, height, width] = x.shape;
  const [kernelHeight, kernelWidth, outputs] = filter.shape;
  const side = (size: number, kernel: number): number => (size - 1) * stride + kernel - 2 * pad;
  const shape: [number, number, number, number] = [
    batch,
    side(height, kernelHeight),
    side(width, kernelWidth),
    outputs,
  ];
  return tf.conv2dTranspose(x, filter, shape, stride, pad, 'floor');
}

export function matMul<T extends Tensor>(
  a: T,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatMulOptions = {},
): T {
  return tf.matMul(a, b, transposeA, transposeB);
}

/** tfjs cannot differentiate its own gradient of it, which R1 needs; the same slope by `step` has a gradient. */
function leakyRelu(x: Tensor, alpha: number): Tensor {
  const activated = tf.customGrad((...inputs) => {
    const [input, save] = inputs as [Tensor, tf.GradSaveFunc];
    save([input]);
    const gradFunc = (dy: Tensor, [saved]: Tensor[]): Tensor => tf.mul(dy, tf.step(saved as Tensor, alpha));
    return { value: tf.leakyRelu(input, alpha), gradFunc };
  });
  return activated(x);
}

function activate(x: Tensor, activation: Activation, alpha: number): Tensor {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'lrelu':
      return leakyRelu(x, alpha);
    case 'gelu':
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    case 'geluTanh':
      return tf.mul(
        tf.mul(x, 0.5),
        tf.add(tf.tanh(tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI))), 1),
      );
    case 'quickGelu':
      return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
  }
}

export function biasAct<T extends Tensor>(
  x: T,
  bias: Tensor | null,
  { activation, gain = 1, alpha = 0.2 }: BiasActOptions,
): T {
  const activated = activate(bias ? tf.add(x, bias) : x, activation, alpha);
  return (gain === 1 ? activated : tf.mul(activated, gain)) as T;
}

export function dense(
  x: Tensor2D,
  w: Tensor2D,
  bias: Tensor | null,
  activation: Activation = 'linear',
  _options: object = {},
): Tensor2D {
  const fusable = activation === 'relu' || activation === 'linear';
  if (bias && fusable)
    return tf.fused.matMul({ a: x, b: w, transposeA: false, transposeB: false, bias, activation }) as Tensor2D;
  const product = tf.matMul(x, w) as Tensor2D;
  return bias === null && activation === 'linear' ? product : biasAct(product, bias, { activation });
}

export function layerNorm<T extends Tensor>(x: T, gamma: Tensor, beta: Tensor, epsilon: number): T {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return tf.add(tf.mul(tf.mul(centred, scale), gamma), beta) as T;
}

export function addLayerNorm(
  a: Tensor,
  b: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
): { sum: Tensor; normed: Tensor } {
  const sum = tf.add(a, b);
  return { sum, normed: layerNorm(sum, gamma, beta, epsilon) };
}

interface AttentionOptions {
  scale: number;
  causal: boolean;
}

export function attention(q: Tensor4D, k: Tensor4D, v: Tensor4D, { scale, causal }: AttentionOptions): Tensor4D {
  const length = q.shape[2];
  const logits = tf.mul(tf.matMul(q, k, false, true), scale);
  const mask = (): Tensor =>
    tf.tensor(
      Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0)),
      [length, length],
    );
  return tf.matMul(tf.softmax(causal ? tf.add(logits, mask()) : logits), v) as Tensor4D;
}

/** [B, T, H D] -> [B, H, T, D] */
function headsFirst(x: Tensor3D, heads: number): Tensor4D {
  const [batch, length, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

export function multiHeadAttention(
  q: Tensor3D,
  k: Tensor3D,
  v: Tensor3D,
  { heads, ...options }: AttentionOptions & { heads: number },
): Tensor3D {
  const mixed = attention(headsFirst(q, heads), headsFirst(k, heads), headsFirst(v, heads), options);
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), q.shape);
}

export function jointAttention(qkv: Tensor3D, options: AttentionOptions & { heads: number }): Tensor3D {
  const [q, k, v] = tf.split(qkv, 3, 2) as [Tensor3D, Tensor3D, Tensor3D];
  return multiHeadAttention(q, k, v, options);
}

export function conditionalBatchNorm(
  x: Tensor4D,
  gain: Tensor2D,
  bias: Tensor2D,
  epsilon: number,
  activation: 'linear' | 'relu' = 'linear',
): Tensor4D {
  const [batch, , , channels] = x.shape;
  const perExample = (t: Tensor2D): Tensor4D => tf.reshape(t, [batch, 1, 1, channels]);
  const centred = tf.sub(x, tf.mean(x, [0, 1, 2], true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), [0, 1, 2], true), epsilon));
  const normalized = tf.add(tf.mul(tf.mul(centred, scale), perExample(gain)), perExample(bias));
  return (activation === 'relu' ? tf.relu(normalized) : normalized) as Tensor4D;
}

export function upsampleNearest2x(x: Tensor4D): Tensor4D {
  return tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);
}

export function avgPool2x(x: Tensor4D): Tensor4D {
  return tf.avgPool(x, 2, 2, 'valid');
}

export function resize(x: Tensor4D, height: number, width: number, method: ResizeMethod): Tensor4D {
  const [batch, sourceHeight, sourceWidth, channels] = x.shape;
  const along = (source: number, target: number): Tensor3D =>
    tf.tensor(Float32Array.from(resizeMatrix(source, target, method)), [1, target, source]);
  const across = tf.matMul(along(sourceWidth, width), tf.reshape(x, [batch * sourceHeight, sourceWidth, channels]));
  return tf.reshape(
    tf.matMul(along(sourceHeight, height), tf.reshape(across, [batch, sourceHeight, width * channels])),
    [batch, height, width, channels],
  );
}

export function depthwiseConv2d(
  x: Tensor4D,
  filter: Tensor3D,
  { stride = 1, pad = 0 }: DepthwiseConv2dOptions = {},
): Tensor4D {
  const [top, left, bottom, right] = typeof pad === 'number' ? [pad, pad, pad, pad] : pad;
  const channels = x.shape[3];
  const [height, width, outputs] = filter.shape;
  return tf.depthwiseConv2d(
    tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
    tf.reshape(filter, [height, width, channels, outputs / channels]),
    stride,
    'valid',
  );
}

export function weightedHinge(logits: Tensor, signs: Tensor, coefficients: Tensor): Tensor {
  const shaped = (t: Tensor): Tensor => tf.reshape(t, logits.shape);
  return tf.sum(tf.mul(shaped(coefficients), tf.relu(tf.sub(1, tf.mul(shaped(signs), logits)))));
}

export function scaleChannels(x: Tensor4D, s: Tensor2D): Tensor4D {
  return tf.mul(x, tf.reshape(s, [s.shape[0], 1, 1, s.shape[1]]));
}

export function pictureDot(x: Tensor4D, y: Tensor4D): Tensor2D {
  return tf.sum(tf.mul(x, y), [1, 2]);
}

export function addNoise(x: Tensor4D, noise: Tensor4D, strength: Tensor): Tensor4D {
  return tf.add(x, tf.mul(noise, strength));
}

export function weightedSoftplus(logits: Tensor, signs: Tensor, coefficients: Tensor): Tensor {
  const shaped = (t: Tensor): Tensor => tf.reshape(t, logits.shape);
  return tf.sum(tf.mul(shaped(coefficients), tf.softplus(tf.neg(tf.mul(shaped(signs), logits)))));
}

export function logitMeans(logits: Tensor, batch: number): LogitMeans {
  const rows = (start: number): Tensor => tf.slice(logits, [start, 0], [batch, 1]);
  const [reals, fakes] = [rows(0), rows(batch)];
  return {
    real: tf.mean(reals),
    fake: tf.mean(fakes),
    signReal: tf.mean(tf.sign(reals)),
    signFake: tf.mean(tf.sign(fakes)),
  };
}

export function splitColumns(x: Tensor2D, widths: number | readonly number[]): Tensor2D[] {
  return tf.split(x, typeof widths === 'number' ? widths : [...widths], 1) as Tensor2D[];
}

export function joinColumns(parts: readonly Tensor2D[]): Tensor2D {
  return tf.concat([...parts], 1) as Tensor2D;
}

export function unitRows(x: Tensor2D, scale = 1): Tensor2D {
  return tf.mul(x, tf.mul(tf.rsqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-12)), scale));
}
