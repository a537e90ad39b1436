/**
 * Steps, random numbers and data the stock way: eager bodies, tfjs' random tensors, a float data set. Signatures of
 * `src/gpu/{plan,random,dataset}.ts`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { InputValues, Step, StepSpec } from '../../src/gpu/capture/plan';
import type { RandomKey } from '../../src/gpu/random/random';

export function compileStep<Key extends string>(spec: StepSpec<Key>): Step<Key> {
  let named: [string, tf.Tensor][] = [];
  return {
    name: spec.name,
    info: null,
    compile() {},
    prepare: () => Promise.resolve(),
    run(values: InputValues<Key>) {
      const entries = Object.entries(spec.inputs) as [Key, { shape: number[]; dtype?: 'int32' }][];
      for (const [, statistic] of named) statistic.dispose();
      const inputs = (): Record<Key, tf.Tensor> =>
        Object.fromEntries(
          entries.map(([key, { shape, dtype }]) => [key, tf.tensor(values[key], shape, dtype)]),
        ) as Record<Key, tf.Tensor>;
      // Clones, since a statistic may be a tensor that lives on.
      named = Object.entries(
        tf.tidy(() =>
          Object.fromEntries(
            Object.entries(spec.body(inputs())).map(([name, statistic]) => [name, tf.clone(statistic)]),
          ),
        ),
      );
    },
    async readStats() {
      const values = await tf.tidy(() => tf.stack(named.map(([, statistic]) => tf.reshape(statistic, [])))).data();
      return Object.fromEntries(named.map(([name], i) => [name, values[i] ?? NaN]));
    },
    dispose() {},
  };
}

export function randomNormal<R extends tf.Rank>(shape: tf.ShapeMap[R], _key: RandomKey): tf.Tensor<R> {
  return tf.randomNormal(shape);
}

export function randomUniform<R extends tf.Rank>(shape: tf.ShapeMap[R], _key: RandomKey): tf.Tensor<R> {
  return tf.randomUniform(shape);
}

export class GpuDataset {
  private pictures: tf.Tensor4D | null = null;

  constructor(private readonly shape: { count: number; height: number; width: number }) {}

  set(_first: number, pixels: Uint8Array): void {
    const { count, height, width } = this.shape;
    this.pictures = tf.keep(
      tf.tensor4d(
        Float32Array.from(pixels, (byte) => byte / 127.5 - 1),
        [count, height, width, 3],
      ),
    );
  }

  gather(indices: tf.Tensor, flips: tf.Tensor): tf.Tensor4D {
    const plain = tf.gather(this.pictures as tf.Tensor4D, indices);
    return tf.where(tf.greater(tf.reshape(flips, [-1, 1, 1, 1]), 0.5), tf.reverse(plain, 2), plain) as tf.Tensor4D;
  }

  dispose(): void {
    this.pictures?.dispose();
  }
}

/** Stock tfjs captures nothing. */
export function outsideCapture<T>(make: () => T): T {
  return make();
}
