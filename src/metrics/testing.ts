/**
 * A tiny evaluation network for tests: two random convolutions of a fixed seed and a mean over the picture, as an ONNX
 * file. It judges nothing.
 */
import { create } from '@bufbuild/protobuf';
import { modelBytes, tensorInfo } from '../formats/onnxBuild';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  type NodeProto,
  type TensorProto,
} from '../formats/onnx_pb';
import { CounterRandom } from '../shared/rng';
import type { NetworkEntry } from './networkManifest';

const ints = (name: string, values: number[]) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: values.map(BigInt) });

export interface TinyNetworkOptions {
  /** Numbers a feature. */
  dim: number;
  side?: number | string;
  output?: 'vector' | 'planes';
}

export function tinyNetwork({ dim, side = 'side', output = 'vector' }: TinyNetworkOptions): Uint8Array {
  const random = new CounterRandom(8, 933);
  const middle = 6;
  const weight = (name: string, dims: number[], fan: number): TensorProto =>
    create(TensorProtoSchema, {
      name,
      dims: dims.map(BigInt),
      dataType: 1,
      rawData: new Uint8Array(
        Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal() / Math.sqrt(fan)).buffer,
      ),
    });
  const node = (opType: string, input: string[], name: string, attribute: ReturnType<typeof ints>[] = []): NodeProto =>
    create(NodeProtoSchema, { opType, name, input, output: [name], attribute });
  const nodes = [
    node('Conv', ['pixels', 'w0'], 'c0', [ints('strides', [2, 2]), ints('pads', [1, 1, 1, 1])]),
    node('Relu', ['c0'], 'r0'),
    node('Conv', ['r0', 'w1'], 'c1', [ints('strides', [2, 2]), ints('pads', [1, 1, 1, 1])]),
    node('Relu', ['c1'], 'r1'),
    node('GlobalAveragePool', ['r1'], output === 'planes' ? 'features' : 'pooled'),
    ...(output === 'planes' ? [] : [node('Flatten', ['pooled'], 'features')]),
  ];
  const graph = create(GraphProtoSchema, {
    name: 'tiny',
    node: nodes,
    initializer: [weight('w0', [middle, 3, 3, 3], 27), weight('w1', [dim, middle, 3, 3], 9 * middle)],
    input: [tensorInfo('pixels', ['n', 3, side, side])],
    output: [tensorInfo('features', output === 'planes' ? ['n', dim, 1, 1] : ['n', dim])],
  });
  return modelBytes(graph);
}

export const tinyEntry = (dim: number): NetworkEntry => ({
  id: 'tiny',
  name: 'tiny test network',
  source: 'a fixed seed',
  licence: 'MIT',
  note: '',
  inputSize: 16,
  channels: 'rgb',
  mean: [127.5, 127.5, 127.5],
  std: [64, 64, 64],
  filter: 'bicubic',
  output: 'features',
  dims: [dim],
  comparableWithInceptionFid: false,
  files: [],
});
