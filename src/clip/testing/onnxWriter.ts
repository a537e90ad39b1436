/** Writes small ONNX models, for tests. */
import { create, toBinary } from '@bufbuild/protobuf';
import type { HostTensor } from '../../formats/onnx';
import { tensorInfo } from '../../formats/onnxBuild';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  type AttributeProto,
  type TensorProto,
} from '../../formats/onnx_pb';

export type Attribute = number | string | number[] | HostTensor | { float: number };

export interface NodeSpec {
  op: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, Attribute>;
  domain?: string;
}

export interface ModelSpec {
  nodes: NodeSpec[];
  constants?: Record<string, HostTensor>;
  /** Float inputs, unless named in `integers`. */
  inputs?: Record<string, (number | string)[]>;
  integers?: string[];
  /** Null where the shape is left open. */
  outputs: Record<string, (number | string)[] | null>;
  opset?: number;
}

export const floatTensor = (dims: number[], data: ArrayLike<number>): HostTensor => ({
  kind: 'float',
  dims,
  data: Float32Array.from(data),
});
export const intTensor = (dims: number[], data: ArrayLike<number>): HostTensor => ({
  kind: 'int',
  dims,
  data: Float64Array.from(data),
});
export const boolTensor = (dims: number[], data: ArrayLike<number>): HostTensor => ({
  kind: 'bool',
  dims,
  data: Int32Array.from(data),
});

/** Small integers: element type 2 (uint8), 3 (int8), 6 (int32), 21 (uint4) or 22 (int4). */
export interface SmallIntegers extends HostTensor {
  elementType: 2 | 3 | 6 | 21 | 22;
}

export const smallIntegers = (
  elementType: SmallIntegers['elementType'],
  dims: number[],
  data: ArrayLike<number>,
): SmallIntegers => ({ kind: 'int', dims, data: Int32Array.from(data), elementType });

function smallBytes({ elementType, data }: SmallIntegers): Uint8Array {
  if (elementType === 6) return new Uint8Array(Int32Array.from(data).buffer);
  if (elementType < 21) return Uint8Array.from(data, (value) => value & 255);
  return Uint8Array.from(
    { length: Math.ceil(data.length / 2) },
    (_, i) => ((data[2 * i] as number) & 15) | (((data[2 * i + 1] ?? 0) & 15) << 4),
  );
}

export function tensorProto(name: string, tensor: HostTensor | SmallIntegers): TensorProto {
  const { kind, dims, data } = tensor;
  const shape = dims.map(BigInt);
  if ('elementType' in tensor)
    return create(TensorProtoSchema, { name, dims: shape, dataType: tensor.elementType, rawData: smallBytes(tensor) });
  if (kind === 'float')
    return create(TensorProtoSchema, {
      name,
      dims: shape,
      dataType: 1,
      rawData: new Uint8Array(Float32Array.from(data).buffer),
    });
  if (kind === 'bool')
    return create(TensorProtoSchema, { name, dims: shape, dataType: 9, rawData: Uint8Array.from(data) });
  return create(TensorProtoSchema, {
    name,
    dims: shape,
    dataType: 7,
    rawData: new Uint8Array(BigInt64Array.from(data, BigInt).buffer),
  });
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  if (Array.isArray(value))
    return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeType.TENSOR, t: tensorProto('', value) });
}

export function writeOnnx({
  nodes,
  constants = {},
  inputs = {},
  integers = [],
  outputs,
  opset = 17,
}: ModelSpec): Uint8Array {
  const graph = create(GraphProtoSchema, {
    name: 'test',
    node: nodes.map(({ op, inputs: from, outputs: to, attributes = {}, domain = '' }, i) =>
      create(NodeProtoSchema, {
        opType: op,
        name: `${op}_${i}`,
        domain,
        input: from,
        output: to,
        attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
      }),
    ),
    initializer: Object.entries(constants).map(([name, tensor]) => tensorProto(name, tensor)),
    input: Object.entries(inputs).map(([name, dims]) => tensorInfo(name, dims, integers.includes(name) ? 7 : 1)),
    output: Object.entries(outputs).map(([name, dims]) => tensorInfo(name, dims)),
  });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: opset > 20 ? 10n : 8n,
      opsetImport: [
        create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) }),
        create(OperatorSetIdProtoSchema, { domain: 'com.microsoft', version: 1n }),
      ],
      graph,
    }),
  );
}
