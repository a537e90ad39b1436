/**
 * A small class-conditional GAN in stock tfjs operations only, for benches that need a typical step and not our
 * networks: generator with conditional batch norm, projection discriminator, 32 x 32.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CounterRandom } from '../src/shared/rng';

export interface StockGan {
  generator: tf.Variable[];
  discriminator: tf.Variable[];
  /** Scalar losses, functions of the variables. */
  discriminatorLoss: (real: tf.Tensor4D, z: tf.Tensor2D, hot: tf.Tensor2D) => tf.Scalar;
  generatorLoss: (z: tf.Tensor2D, hot: tf.Tensor2D) => tf.Scalar;
}

export const ganSizes = { latent: 32, classes: 10 };
const embedding = 32;

/** He's scale for a number of inputs. */
const he = (inputs: number): number => Math.sqrt(2 / inputs);

export function stockGan(channels: number, prefix: string): StockGan {
  const random = new CounterRandom(1);
  const make = (name: string, shape: number[], scale: number): tf.Variable => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * random.normal());
    return tf.variable(tf.tensor(values, shape), true, `${prefix}/${name}`);
  };
  const widths = [4, 4, 2, 1].map((factor) => factor * channels);
  const first = widths[0] ?? 0;
  const g = {
    embed: make('g.embed', [ganSizes.classes, embedding], 1),
    linear: make('g.linear', [ganSizes.latent + embedding, 16 * first], he(ganSizes.latent + embedding)),
    gains: widths.map((width, i) => make(`g.gain${i}`, [embedding, width], 0.02)),
    biases: widths.map((width, i) => make(`g.bias${i}`, [embedding, width], 0.02)),
    convs: widths.map((width, i) => make(`g.conv${i}`, [3, 3, width, widths[i + 1] ?? 3], he(9 * width))),
  };
  const back = [3, ...widths.toReversed()];
  const d = {
    convs: back.slice(1).map((width, i) => make(`d.conv${i}`, [3, 3, back[i] ?? 3, width], he(9 * (back[i] ?? 3)))),
    biases: back.slice(1).map((width, i) => make(`d.bias${i}`, [width], 0)),
    linear: make('d.linear', [first, 1], he(first)),
    embed: make('d.embed', [ganSizes.classes, first], 0.05),
  };
  const normalized = (x: tf.Tensor4D, e: tf.Tensor2D, i: number): tf.Tensor4D => {
    const { mean, variance } = tf.moments(x, [0, 1, 2], true);
    const affine = (w: tf.Variable | undefined): tf.Tensor4D =>
      tf.reshape(tf.matMul(e, w as tf.Tensor2D), [x.shape[0], 1, 1, x.shape[3]]);
    const unit = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    return tf.relu(tf.add(tf.mul(unit, tf.add(affine(g.gains[i]), 1)), affine(g.biases[i])));
  };
  const generate = (z: tf.Tensor2D, hot: tf.Tensor2D): tf.Tensor4D => {
    const e = tf.matMul(hot, g.embed as unknown as tf.Tensor2D) as tf.Tensor2D;
    let x = tf.reshape(tf.matMul(tf.concat([z, e], 1) as tf.Tensor2D, g.linear as unknown as tf.Tensor2D), [
      z.shape[0],
      4,
      4,
      first,
    ]) as tf.Tensor4D;
    g.convs.forEach((conv, i) => {
      const y = normalized(x, e, i);
      const up = i < 3 ? tf.image.resizeNearestNeighbor(y, [2 * y.shape[1], 2 * y.shape[2]]) : y;
      x = tf.conv2d(up, conv as unknown as tf.Tensor4D, 1, 'same');
    });
    return tf.tanh(x);
  };
  const judge = (picture: tf.Tensor4D, hot: tf.Tensor2D): tf.Tensor2D => {
    let x = picture;
    d.convs.forEach((conv, i) => {
      x = tf.relu(
        tf.add(tf.conv2d(x, conv as unknown as tf.Tensor4D, i === 0 ? 1 : 2, 'same'), d.biases[i] as tf.Tensor),
      );
    });
    const h = tf.sum(x, [1, 2]) as tf.Tensor2D;
    const projection = tf.sum(tf.mul(h, tf.matMul(hot, d.embed as unknown as tf.Tensor2D)), 1, true);
    return tf.add(tf.matMul(h, d.linear as unknown as tf.Tensor2D), projection);
  };
  return {
    generator: [g.embed, g.linear, ...g.gains, ...g.biases, ...g.convs],
    discriminator: [...d.convs, ...d.biases, d.linear, d.embed],
    discriminatorLoss: (real, z, hot) =>
      tf.add(
        tf.mean(tf.relu(tf.sub(1, judge(real, hot)))),
        tf.mean(tf.relu(tf.add(1, judge(generate(z, hot), hot)))),
      ) as tf.Scalar,
    generatorLoss: (z, hot) => tf.neg(tf.mean(judge(generate(z, hot), hot))) as tf.Scalar,
  };
}
