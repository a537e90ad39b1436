/**
 * Our kernels against stock tfjs 4.22 and jax-js on the same adapter, interleaved: convolution forward and both
 * gradients, matrix product, attention forward and backward. Figures are speed ratios (above 1: ours is faster),
 * `jax.*` those against jax-js; on a hardware adapter also our GFLOP/s.
 */
import { createRival, flushRival, rivalDevice, rivalName, use } from './tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { attention } from '../src/gpu/attention/attention';
import { convGeometry } from '../src/gpu/conv2d/geometry';
import { convForward, convGradientFilter, convGradientX } from '../src/gpu/conv2d/kernels';
import { acquireDevice } from '../src/gpu/device/device';
import { createEngine } from '../src/gpu/engine';
import { matMul } from '../src/gpu/matmul/matmul';
import { installNodeGpu } from '../src/headless/nodeGpu';
import type { Bench } from './bench';
import { jaxContest, openJax } from './jax';
import { interleaved, median, rounded } from './measure';

const rounds = 9;

interface Contest {
  name: string;
  /** Floating-point operations of one call. */
  operations: number;
  shapes: number[][];
  stock: (inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  ours: (inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
}

function runKernel(name: string, inputs: Record<string, tf.Tensor>, attrs: object): tf.Tensor {
  return tf
    .engine()
    .runKernel(name, inputs, attrs as Parameters<ReturnType<typeof tf.engine>['runKernel']>[2]) as tf.Tensor;
}

function tensorOf(infos: tf.TensorInfo[]): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(infos[0] as tf.TensorInfo);
}

function convolutions(batch: number, side: number, channels: number): Contest[] {
  const picture = [batch, side, side, channels];
  const filter = [3, 3, channels, channels] as [number, number, number, number];
  const geometry = convGeometry(picture, filter, 1, 'same');
  const operations = 2 * batch * side * side * 9 * channels * channels;
  const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
  return [
    {
      name: 'conv.fwd',
      operations,
      shapes: [picture, filter],
      stock: ([x, w]) => runKernel('Conv2D', { x: x as tf.Tensor, filter: w as tf.Tensor }, attrs),
      ours: ([x, w]) => tensorOf(convForward(x as tf.Tensor, w as tf.Tensor, geometry)),
    },
    {
      name: 'conv.dx',
      operations,
      shapes: [picture, filter],
      stock: ([dy, w]) =>
        runKernel(
          'Conv2DBackpropInput',
          { dy: dy as tf.Tensor, filter: w as tf.Tensor },
          { ...attrs, inputShape: picture },
        ),
      ours: ([dy, w]) => tensorOf(convGradientX(dy as tf.Tensor, w as tf.Tensor, geometry)),
    },
    {
      name: 'conv.dw',
      operations,
      shapes: [picture, picture],
      stock: ([x, dy]) =>
        runKernel(
          'Conv2DBackpropFilter',
          { x: x as tf.Tensor, dy: dy as tf.Tensor },
          { ...attrs, filterShape: filter },
        ),
      ours: ([x, dy]) => tensorOf(convGradientFilter(x as tf.Tensor, dy as tf.Tensor, geometry)),
    },
  ];
}

function attentions(batch: number, heads: number, length: number, width: number): Contest {
  const shape = [batch, heads, length, width];
  const scale = 1 / Math.sqrt(width);
  const stock = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor =>
    tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), scale)), v);
  return {
    name: 'attention',
    operations: 2 * batch * heads * length * length * width * 7, // 2 products forward, 5 backward
    shapes: [shape, shape, shape],
    stock: (inputs) =>
      tf.grads((...given: tf.Tensor[]) => stock(...(given as [tf.Tensor, tf.Tensor, tf.Tensor])))(inputs),
    ours: (inputs) =>
      tf.grads((...given: tf.Tensor[]) =>
        attention(...(given as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D]), { scale, causal: false }),
      )(inputs),
  };
}

function product(size: number): Contest {
  return {
    name: 'matmul',
    operations: 2 * size ** 3,
    shapes: [
      [size, size],
      [size, size],
    ],
    stock: ([a, b]) => tf.matMul(a as tf.Tensor, b as tf.Tensor),
    ours: ([a, b]) => matMul(a as tf.Tensor, b as tf.Tensor),
  };
}

export const run: Bench = async ({ long }) => {
  const gpu = installNodeGpu();
  const rival = await rivalDevice(gpu);
  const rivalBackend = createRival(rival.device, rival.info);
  const engine = await createEngine(await acquireDevice(gpu));
  const jax = await openJax();
  const hardware = !engine.context.adapter.isFallback;
  const contests =
    hardware || long
      ? [...convolutions(16, 32, 128), product(2048), attentions(16, 12, 50, 64)]
      : [...convolutions(8, 32, 64), product(512), attentions(8, 8, 50, 64)];
  const repeats = hardware ? 20 : 1;
  const figures: Record<string, number> = {};
  const absolute: Record<string, number> = {};
  const againstJax: Record<string, number> = {};
  for (const { name, operations, shapes, stock, ours } of contests) {
    const make = (): tf.Tensor[] => shapes.map((shape) => tf.randomNormal(shape, 0, 1, 'float32', 7));
    await use(rivalName);
    const theirs = make();
    await use('webgpu');
    const mine = make();
    const third = jax && jaxContest(jax, name, shapes);
    const times = await interleaved(
      {
        stock: async () => {
          await use(rivalName);
          for (let i = 0; i < repeats; i++) tf.dispose(tf.tidy(() => stock(theirs)));
          flushRival(rivalBackend);
          await rival.device.queue.onSubmittedWorkDone();
        },
        ours: async () => {
          await use('webgpu');
          for (let i = 0; i < repeats; i++) tf.dispose(tf.tidy(() => ours(mine)));
          await engine.settle();
        },
        jax: () => third?.(repeats),
      },
      rounds,
    );
    const [a, b] = [median(times.stock), median(times.ours)];
    figures[name] = rounded(a / b);
    if (third) againstJax[name] = rounded(median(times.jax) / b);
    if (hardware) absolute[name] = rounded((operations * repeats) / b / 1e6);
    console.log(
      `${name.padEnd(10)} ${(a / b).toFixed(2)} x stock tfjs${third ? `, ${againstJax[name]} x jax-js` : ''}${hardware ? `, ${absolute[name]} GFLOP/s` : ''}`,
    );
    tf.dispose([theirs, mine]);
  }
  const { vendor, architecture } = engine.context.adapter;
  engine.dispose();
  return {
    adapter: `${vendor} ${architecture}`,
    ...figures,
    jax: againstJax,
    ...(hardware ? { gflops: absolute } : {}),
  };
};
