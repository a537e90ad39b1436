/**
 * Other precisions of small ONNX models, as converters write them: half precision throughout, weights of four bits in
 * blocks, of eight bits a channel. For tests.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { decodeTensor, parseModelProto, type HostTensor } from '../../formats/onnx';
import { floatsToHalves } from '../../formats/float16';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../../formats/onnx_pb';
import { smallIntegers, tensorProto } from './onnxWriter';

type Parsed = ReturnType<typeof parseModelProto>;

const [FLOAT, HALF] = [1, 10];
const bytesOf = (model: ModelProto): Uint8Array => toBinary(ModelProtoSchema, model);
const integer = (name: string, value: number): ReturnType<typeof create<typeof AttributeProtoSchema>> =>
  create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
const castNode = (from: string, to: string, type: number): NodeProto =>
  create(NodeProtoSchema, {
    opType: 'Cast',
    name: `cast_${to}`,
    input: [from],
    output: [to],
    attribute: [integer('to', type)],
  });

function halved(tensor: TensorProto): TensorProto {
  if (tensor.dataType !== FLOAT) return tensor;
  const most = 65504;
  const data = Float32Array.from(decodeTensor(tensor).data, (value) => Math.min(most, Math.max(-most, value)));
  return create(TensorProtoSchema, {
    name: tensor.name,
    dims: tensor.dims,
    dataType: HALF,
    rawData: new Uint8Array(floatsToHalves(data).buffer),
  });
}

/** Every float computed in half precision; the model's inputs and outputs stay float32, with Cast nodes between. */
export function toHalf(bytes: Uint8Array): Uint8Array {
  const model = parseModelProto(bytes);
  const { graph } = model;
  const floatInputs = graph.input
    .filter((input) => input.type?.value.case === 'tensorType' && input.type.value.value.elemType === FLOAT)
    .map(({ name }) => name);
  const outputs = graph.output.map(({ name }) => name);
  const inner = (name: string): string =>
    floatInputs.includes(name) || outputs.includes(name) ? `${name}_half` : name;
  for (const node of graph.node) {
    node.input = node.input.map(inner);
    node.output = node.output.map(inner);
    for (const attribute of node.attribute) {
      if (node.opType === 'Cast' && attribute.name === 'to' && Number(attribute.i) === FLOAT)
        attribute.i = BigInt(HALF);
      if (attribute.t) attribute.t = halved(attribute.t);
    }
  }
  graph.initializer = graph.initializer.map(halved);
  graph.node = [
    ...floatInputs.map((name) => castNode(name, inner(name), HALF)),
    ...graph.node,
    ...outputs.map((name) => castNode(inner(name), name, FLOAT)),
  ];
  return bytesOf(model);
}

/** Replaces every MatMul by weights [K, N] known ahead; `make` returns the nodes and adds initializers. */
function withWeights(
  bytes: Uint8Array,
  make: (node: NodeProto, w: HostTensor, add: (tensor: TensorProto) => string) => NodeProto[],
): Uint8Array {
  const model: Parsed = parseModelProto(bytes);
  const { graph } = model;
  const casts = new Map(
    graph.node.filter(({ opType }) => opType === 'Cast').map((node) => [node.output[0] ?? '', node.input[0] ?? '']),
  );
  const known = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const add = (tensor: TensorProto): string => {
    graph.initializer.push(tensor);
    return tensor.name;
  };
  graph.node = graph.node.flatMap((node) => {
    const name = node.input[1] ?? '';
    const tensor = node.opType === 'MatMul' ? (known.get(name) ?? known.get(casts.get(name) ?? '')) : undefined;
    return tensor?.dims.length === 2 ? make(node, decodeTensor(tensor), add) : [node];
  });
  if (!model.opsetImport.some(({ domain }) => domain === 'com.microsoft'))
    model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: 1n }));
  return bytesOf(model);
}

/** MatMulNBits with blocks of 16 rows, symmetric. */
export function toBlocks(bytes: Uint8Array): Uint8Array {
  const block = 16;
  return withWeights(bytes, (node, { dims, data }, add) => {
    const [k, n] = dims as [number, number];
    const blocks = Math.ceil(k / block);
    const at = (row: number, column: number): number => (row < k ? (data[row * n + column] as number) : 0);
    const scales = new Float32Array(n * blocks);
    const numbers = new Int32Array(n * blocks * block);
    for (let i = 0; i < n * blocks; i++) {
      const [column, first] = [Math.floor(i / blocks), (i % blocks) * block];
      const most = Math.max(...Array.from({ length: block }, (_, j) => Math.abs(at(first + j, column))));
      scales[i] = most / 7 || 1;
      for (let j = 0; j < block; j++)
        numbers[i * block + j] = Math.round(at(first + j, column) / (scales[i] as number)) + 8;
    }
    const packed = Int32Array.from(
      { length: numbers.length / 2 },
      (_, i) => (numbers[2 * i] as number) | ((numbers[2 * i + 1] as number) << 4),
    );
    const name = node.output[0] ?? '';
    const inputs = [
      add(tensorProto(`${name}_q4`, smallIntegers(2, [n, blocks, block / 2], packed))),
      add(tensorProto(`${name}_scales`, { kind: 'float', dims: [n * blocks], data: scales })),
    ];
    const attribute = Object.entries({ K: k, N: n, bits: 4, block_size: block }).map(([key, value]) =>
      integer(key, value),
    );
    return [
      create(NodeProtoSchema, {
        opType: 'MatMulNBits',
        domain: 'com.microsoft',
        name: node.name,
        input: [node.input[0] ?? '', ...inputs],
        output: node.output,
        attribute,
      }),
    ];
  });
}

/** Weights as DequantizeLinear of signed bytes, one scale a column. */
export function toChannels(bytes: Uint8Array): Uint8Array {
  return withWeights(bytes, (node, { dims, data }, add) => {
    const [, n] = dims as [number, number];
    const most = new Float32Array(n);
    data.forEach((value, i) => (most[i % n] = Math.max(most[i % n] as number, Math.abs(value))));
    const scales = most.map((value) => value / 127 || 1);
    const numbers = Int32Array.from(data, (value, i) => Math.round(value / (scales[i % n] as number)));
    const name = node.output[0] ?? '';
    const inputs = [
      add(tensorProto(`${name}_q8`, smallIntegers(3, [...dims], numbers))),
      add(tensorProto(`${name}_scales`, { kind: 'float', dims: [n], data: scales })),
    ];
    const w = create(NodeProtoSchema, {
      opType: 'DequantizeLinear',
      name: `${name}_dequantize`,
      input: inputs,
      output: [`${name}_w`],
      attribute: [integer('axis', 1)],
    });
    return [
      w,
      create(NodeProtoSchema, {
        opType: 'MatMul',
        name: node.name,
        input: [node.input[0] ?? '', `${name}_w`],
        output: node.output,
      }),
    ];
  });
}
