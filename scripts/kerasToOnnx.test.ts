// A tiny residual network in Keras' terms against the same network written down in float64, layer by layer, with
// normalisation where Keras has it.
import { describe, expect, it } from 'vitest';
import { openNodeModel } from '../src/metrics/nodeRuntime';
import { CounterRandom } from '../src/shared/rng';
import { kerasToOnnx, readLayersModel, shardPaths, type KerasLayer, type KerasWeight } from './kerasToOnnx';

const random = new CounterRandom(6, 936);

const layer = (
  class_name: string,
  name: string,
  sources: string[],
  config: Record<string, unknown> = {},
): KerasLayer => ({
  class_name,
  config: { name, ...config },
  inbound_nodes: sources.length === 0 ? [] : [sources.map((source) => [source, 0, 0, {}])],
});
const conv = (name: string, source: string, kernel: number, stride: number, padding: string): KerasLayer =>
  layer('Conv2D', name, [source], {
    kernel_size: [kernel, kernel],
    strides: [stride, stride],
    padding,
    activation: 'linear',
    data_format: 'channels_last',
  });
const norm = (name: string, source: string): KerasLayer =>
  layer('BatchNormalization', name, [source], { epsilon: 0.001 });
const relu = (name: string, source: string): KerasLayer => layer('Activation', name, [source], { activation: 'relu' });

const layers: KerasLayer[] = [
  layer('InputLayer', 'input', []),
  layer('ZeroPadding2D', 'pad', ['input'], {
    padding: [
      [2, 2],
      [2, 2],
    ],
  }),
  conv('stem', 'pad', 5, 2, 'valid'),
  norm('stem_bn', 'stem'),
  relu('stem_relu', 'stem_bn'),
  layer('ZeroPadding2D', 'pool_pad', ['stem_relu'], {
    padding: [
      [1, 1],
      [1, 1],
    ],
  }),
  layer('MaxPooling2D', 'pool', ['pool_pad'], { pool_size: [3, 3], strides: [2, 2], padding: 'valid' }),
  conv('a', 'pool', 3, 1, 'same'),
  norm('a_bn', 'a'),
  conv('b', 'pool', 1, 1, 'valid'),
  layer('Add', 'sum', ['a_bn', 'b']),
  relu('end', 'sum'),
  layer('GlobalAveragePooling2D', 'mean', ['end']),
  layer('Dense', 'head', ['mean']),
];

const shapes: Record<string, number[]> = {
  'stem/kernel': [5, 5, 3, 4],
  'stem/bias': [4],
  'a/kernel': [3, 3, 4, 5],
  'a/bias': [5],
  'b/kernel': [1, 1, 4, 5],
  'b/bias': [5],
};
for (const [name, width] of [
  ['stem_bn', 4],
  ['a_bn', 5],
] as const)
  for (const part of ['gamma', 'beta', 'moving_mean', 'moving_variance']) shapes[`${name}/${part}`] = [width];

/** Multiples of 1/64 in (-2, 2): exact in half precision, so that only the folding is rounded. */
const weights = new Map<string, KerasWeight>(
  Object.entries(shapes).map(([name, shape]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const value = (): number => (random.integer(255) - 127) / 64;
    return [
      name,
      {
        shape,
        data: Float32Array.from({ length: count }, () =>
          name.endsWith('variance') ? 0.5 + Math.abs(value()) : value() / 4,
        ),
      },
    ];
  }),
);

/** [h][w][c] */
type Planes = number[][][];
const at = (x: Planes, row: number, column: number, channel: number): number => x[row]?.[column]?.[channel] ?? 0;
const map = (
  h: number,
  w: number,
  c: number,
  value: (row: number, column: number, channel: number) => number,
): Planes =>
  Array.from({ length: h }, (_, row) =>
    Array.from({ length: w }, (_u, column) => Array.from({ length: c }, (_v, channel) => value(row, column, channel))),
  );
const weightOf = (name: string): KerasWeight => weights.get(name) ?? { shape: [], data: new Float32Array(0) };

function convolve(x: Planes, name: string, stride: number, pad: number): Planes {
  const {
    shape: [k = 1, , from = 1, to = 1],
    data,
  } = weightOf(`${name}/kernel`);
  const side = Math.floor((x.length + 2 * pad - k) / stride) + 1;
  return map(side, side, to, (row, column, o) => {
    let sum = weightOf(`${name}/bias`).data[o] as number;
    for (let y = 0; y < k; y += 1)
      for (let z = 0; z < k; z += 1)
        for (let i = 0; i < from; i += 1)
          sum +=
            at(x, row * stride + y - pad, column * stride + z - pad, i) *
            (data[((y * k + z) * from + i) * to + o] as number);
    return sum;
  });
}

function normalized(x: Planes, name: string): Planes {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(
    (part) => weightOf(`${name}/${part}`).data,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  return x.map((row) =>
    row.map((pixel) =>
      pixel.map(
        (value, c) =>
          ((value - (mean[c] as number)) * (gamma[c] as number)) / Math.sqrt((variance[c] as number) + 0.001) +
          (beta[c] as number),
      ),
    ),
  );
}

const rectified = (x: Planes): Planes => x.map((row) => row.map((pixel) => pixel.map((value) => Math.max(0, value))));

function reference(x: Planes): number[] {
  const stem = rectified(normalized(convolve(x, 'stem', 2, 2), 'stem_bn'));
  const side = Math.floor((stem.length + 2 - 3) / 2) + 1;
  const pooled = map(side, side, 4, (row, column, c) =>
    Math.max(...[0, 1, 2].flatMap((y) => [0, 1, 2].map((z) => at(stem, 2 * row + y - 1, 2 * column + z - 1, c)))),
  );
  const [a, b] = [normalized(convolve(pooled, 'a', 1, 1), 'a_bn'), convolve(pooled, 'b', 1, 0)];
  const end = rectified(map(side, side, 5, (row, column, c) => at(a, row, column, c) + at(b, row, column, c)));
  return Array.from(
    { length: 5 },
    (_, c) => end.flat().reduce((sum, pixel) => sum + (pixel[c] as number), 0) / side ** 2,
  );
}

describe('a Keras network as ONNX', () => {
  it.each([11, 16])('gives the features of the layers as they are, on %i x %i pixels', async (side) => {
    const x = map(side, side, 3, () => random.normal());
    const model = await openNodeModel(kerasToOnnx({ layers, weights }, 'mean'));
    const data = Float32Array.from(
      [0, 1, 2].flatMap((c) => x.flatMap((row) => row.map((pixel) => pixel[c] as number))),
    );
    const { data: found } = await model.run({ pixels: { kind: 'float', data, dims: [1, 3, side, side] } }, 'features');
    await model.close();
    // Folded kernels are stored in half precision: 11 bits.
    reference(x).forEach((value, c) =>
      expect(Math.abs((found[c] as number) - value)).toBeLessThan(2e-3 * (1 + Math.abs(value))),
    );
  });

  it('is refused where a layer is not known, a weight missing or the end not there', () => {
    expect(() => kerasToOnnx({ layers, weights }, 'nowhere')).toThrow(RangeError);
    expect(() => kerasToOnnx({ layers, weights }, 'head')).toThrow(TypeError);
    expect(() => kerasToOnnx({ layers, weights: new Map() }, 'mean')).toThrow(RangeError);
  });

  it('is read from shards in the order of the manifest', () => {
    const json = JSON.stringify({
      modelTopology: { model_config: { config: { layers } } },
      weightsManifest: [
        {
          paths: ['one', 'two'],
          weights: [
            { name: 'x', shape: [2], dtype: 'float32' },
            { name: 'y', shape: [1, 1], dtype: 'float32' },
          ],
        },
      ],
    });
    const bytes = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
    const read = readLayersModel(json, bytes);
    expect(shardPaths(json)).toEqual(['one', 'two']);
    expect([...(read.weights.get('x')?.data ?? [])]).toEqual([1, 2]);
    expect(read.weights.get('y')).toEqual({ shape: [1, 1], data: Float32Array.of(3) });
    expect(() => readLayersModel(json, bytes.subarray(0, 8))).toThrow();
  });
});
