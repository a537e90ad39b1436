/**
 * A convolutional network in the tfjs layers format (a Keras topology as JSON, weights in shards) as an ONNX model.
 * Only the layers of residual networks are known: padding, convolution, batch normalisation, ReLU, maximum pooling,
 * sums and the mean over a picture. Normalisation is folded into the convolution before it (in float64), kernels turn
 * from [h, w, in, out] into [out, in, h, w] and are stored in half precision, which the graph casts back: half the
 * bytes, and onnxruntime does the cast once when it loads.
 */
import { create } from '@bufbuild/protobuf';
import { modelBytes, tensorInfo } from '../src/formats/onnxBuild';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
} from '../src/formats/onnx_pb';
import { floatsToHalves } from '../src/formats/float16';

/** One entry of a Keras topology. */
export interface KerasLayer {
  class_name: string;
  config: Record<string, unknown> & { name: string };
  /** Names of the layers that feed it, in Keras' nesting. */
  inbound_nodes: [string, number, number, unknown][][];
}

export interface KerasWeight {
  shape: readonly number[];
  data: Float32Array;
}

export interface KerasNetwork {
  layers: readonly KerasLayer[];
  /** By their names, e.g. `conv1/kernel`. */
  weights: ReadonlyMap<string, KerasWeight>;
}

interface ModelJson {
  modelTopology: { model_config: { config: { layers: KerasLayer[] } } };
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
}

/** @param shards the files of the weight manifest, in its order, one after the other */
export function readLayersModel(json: string, shards: Uint8Array): KerasNetwork {
  const { modelTopology, weightsManifest } = JSON.parse(json) as ModelJson;
  const weights = new Map<string, KerasWeight>();
  let at = 0;
  for (const { name, shape, dtype } of weightsManifest.flatMap((group) => group.weights)) {
    if (dtype !== 'float32') throw new TypeError(`${name} is ${dtype}, not float32`);
    const count = shape.reduce((product, side) => product * side, 1);
    // Copied: a slice of a Node Buffer is a view on all of it, and not aligned.
    weights.set(name, { shape, data: new Float32Array(Uint8Array.from(shards.subarray(at, at + 4 * count)).buffer) });
    at += 4 * count;
  }
  if (at !== shards.length) throw new RangeError(`${shards.length} bytes of weights in place of ${at}`);
  return { layers: modelTopology.model_config.config.layers, weights };
}

/** Names of the shard files in order. */
export function shardPaths(json: string): string[] {
  return (JSON.parse(json) as ModelJson).weightsManifest.flatMap((group) => group.paths);
}

const ints = (name: string, values: readonly number[]): AttributeProto =>
  create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: values.map(BigInt) });
const int = (name: string, value: number): AttributeProto =>
  create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });

/** Symmetric padding [vertical, horizontal] as ONNX writes it. */
type Padding = readonly [number, number];

/** What a layer's output is called in the graph, and what is still to be done to it by whoever reads it. */
interface Value {
  name: string;
  padding: Padding;
}

class GraphWriter {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  private readonly values = new Map<string, Value>();

  constructor(private readonly network: KerasNetwork) {}

  value(layer: string): Value {
    const value = this.values.get(layer);
    if (!value) throw new RangeError(`the layer ${layer} comes before those that feed it`);
    return value;
  }

  add(layer: KerasLayer, next: KerasLayer | undefined): void {
    const { name } = layer.config;
    const sources = (layer.inbound_nodes[0] ?? []).map(([source]) => this.value(source));
    this.values.set(name, this.translate(layer, sources, next));
  }

  private translate(layer: KerasLayer, sources: Value[], next: KerasLayer | undefined): Value {
    const { config } = layer;
    const source = sources[0];
    if (layer.class_name === 'InputLayer') return { name: 'pixels', padding: [0, 0] };
    if (!source) throw new RangeError(`${config.name} has no input`);
    switch (layer.class_name) {
      case 'ZeroPadding2D':
        return { name: source.name, padding: paddingOf(config) };
      case 'Conv2D':
        return this.convolution(layer, source, next);
      case 'BatchNormalization':
        // Folded into the convolution before it, whose output has its name.
        return source;
      case 'Activation':
        if (config['activation'] !== 'relu')
          throw new TypeError(`${config.name}: activation ${String(config['activation'])}`);
        return this.node('Relu', config.name, [source.name]);
      case 'MaxPooling2D':
        // Zero padding of what a ReLU gives cannot win a maximum, so the pooling's own padding does the same.
        return this.node(
          'MaxPool',
          config.name,
          [source.name],
          [
            ints('kernel_shape', pair(config['pool_size'])),
            ints('strides', pair(config['strides'])),
            ints('pads', both(source.padding)),
          ],
        );
      case 'Add':
        return this.node(
          'Add',
          config.name,
          sources.map((value) => value.name),
        );
      case 'GlobalAveragePooling2D':
        return this.node(
          'Flatten',
          'features',
          [this.node('GlobalAveragePool', config.name, [source.name]).name],
          [int('axis', 1)],
        );
      default:
        throw new TypeError(`${config.name}: layers of the kind ${layer.class_name} are not known`);
    }
  }

  private convolution({ config }: KerasLayer, source: Value, next: KerasLayer | undefined): Value {
    const [h, w] = pair(config['kernel_size']) as [number, number];
    if (config['activation'] !== 'linear' || config['data_format'] !== 'channels_last')
      throw new TypeError(`${config.name}: only linear, channels last`);
    const strides = pair(config['strides']);
    const same = config['padding'] === 'same';
    if (same && (strides.some((stride) => stride !== 1) || h % 2 === 0 || w % 2 === 0))
      throw new TypeError(`${config.name}: "same" padding of this kind is not symmetric`);
    const pads: Padding = same ? [(h - 1) / 2, (w - 1) / 2] : source.padding;
    const { kernel, bias, shape } = this.folded(config.name, next?.class_name === 'BatchNormalization' ? next : null);
    this.constants.push(
      create(TensorProtoSchema, {
        name: `${config.name}.kernel16`,
        dims: shape.map(BigInt),
        dataType: 10,
        rawData: new Uint8Array(floatsToHalves(kernel).buffer),
      }),
      create(TensorProtoSchema, {
        name: `${config.name}.bias`,
        dims: [BigInt(bias.length)],
        dataType: 1,
        rawData: new Uint8Array(bias.buffer),
      }),
    );
    this.node('Cast', `${config.name}.kernel`, [`${config.name}.kernel16`], [int('to', 1)]);
    return this.node(
      'Conv',
      config.name,
      [source.name, `${config.name}.kernel`, `${config.name}.bias`],
      [ints('kernel_shape', [h, w]), ints('strides', strides), ints('pads', both(pads))],
    );
  }

  /**
   * Kernel [out, in, h, w] and bias of a convolution with the normalisation after it: gamma / sqrt(variance + epsilon)
   * scales each output.
   */
  private folded(
    name: string,
    normalization: KerasLayer | null,
  ): { kernel: Float32Array; bias: Float32Array<ArrayBuffer>; shape: number[] } {
    const {
      shape: [h = 0, w = 0, from = 0, to = 0],
      data,
    } = this.weight(`${name}/kernel`);
    const given = this.network.weights.get(`${name}/bias`)?.data ?? new Float32Array(to);
    const norm = normalization?.config;
    const part = (kind: string): Float32Array | null => (norm ? this.weight(`${norm.name}/${kind}`).data : null);
    const [gamma, beta, mean, variance] = [part('gamma'), part('beta'), part('moving_mean'), part('moving_variance')];
    const epsilon = Number(norm?.['epsilon'] ?? 0);
    const kernel = new Float32Array(data.length);
    const bias = new Float32Array(to);
    for (let o = 0; o < to; o += 1) {
      const scale = variance ? (gamma?.[o] as number) / Math.sqrt((variance[o] as number) + epsilon) : 1;
      bias[o] = ((given[o] as number) - (mean?.[o] ?? 0)) * scale + (beta?.[o] ?? 0);
      for (let i = 0; i < from; i += 1)
        for (let p = 0; p < h * w; p += 1)
          kernel[(o * from + i) * h * w + p] = scale * (data[(p * from + i) * to + o] as number);
    }
    return { kernel, bias, shape: [to, from, h, w] };
  }

  private weight(name: string): KerasWeight {
    const weight = this.network.weights.get(name);
    if (!weight) throw new RangeError(`the weight ${name} is missing`);
    return weight;
  }

  private node(opType: string, name: string, input: string[], attribute: AttributeProto[] = []): Value {
    this.nodes.push(create(NodeProtoSchema, { opType, name, input, output: [name], attribute }));
    return { name, padding: [0, 0] };
  }
}

const pair = (value: unknown): number[] => (value as [number, number]).slice();
const both = ([vertical, horizontal]: Padding): number[] => [vertical, horizontal, vertical, horizontal];

function paddingOf(config: KerasLayer['config']): Padding {
  const [[top, bottom], [left, right]] = config['padding'] as [[number, number], [number, number]];
  if (top !== bottom || left !== right) throw new TypeError(`${config.name}: padding is not symmetric`);
  return [top, left];
}

/**
 * The layers up to and with `last` as a model from `pixels` [n, 3, height, width] to `features` [n, d], any height and
 * width.
 */
export function kerasToOnnx(network: KerasNetwork, last: string): Uint8Array {
  const writer = new GraphWriter(network);
  const end = network.layers.findIndex((layer) => layer.config.name === last);
  if (end < 0) throw new RangeError(`there is no layer ${last}`);
  const layers = network.layers.slice(0, end + 1);
  for (const layer of layers)
    writer.add(
      layer,
      layers.find(
        (other) => other.inbound_nodes[0]?.[0]?.[0] === layer.config.name && other.class_name === 'BatchNormalization',
      ),
    );
  const graph = create(GraphProtoSchema, {
    name: 'evaluation',
    node: writer.nodes,
    initializer: writer.constants,
    input: [tensorInfo('pixels', ['n', 3, 'height', 'width'])],
    output: [tensorInfo(writer.value(last).name, ['n', 'd'])],
  });
  return modelBytes(graph);
}
