/**
 * Reading ONNX models. `readOnnx` turns the bytes of a `.onnx` file into plain structures with numbers in place of
 * 64-bit integers; weights stay views on the file's bytes until `decodeTensor` asks for them. Only what a forward graph
 * needs is read: one main graph, no training information; weights in a second file are first brought in by
 * onnxExternal.ts. Format: onnx.proto beside this file. Errors are `StudioError`s of code 'format' (the bytes are not a
 * whole ONNX model) or 'clip-unsupported' (they are, but use a part of the format that is not read here).
 */
import { fromBinary } from '@bufbuild/protobuf';
import { StudioError } from '../shared/errors';
import { halvesToFloats } from './float16';
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from './onnx_pb';

/**
 * A tensor in host memory, row-major. Integers are kept in Float64Array (64-bit) or Int32Array: exact up to 2^53.
 * Booleans are 0 or 1.
 */
export interface HostTensor {
  readonly kind: 'float' | 'int' | 'bool';
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

export type AttributeValue = number | string | readonly number[] | readonly string[] | HostTensor;

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  /** '' marks an optional input that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export interface OnnxValue {
  readonly name: string;
  readonly kind: 'float' | 'int' | 'bool' | 'other';
  /**
   * Number where fixed, name where symbolic, null where the file does not say; null as a whole where the rank is
   * unknown.
   */
  readonly dims: readonly (number | string | null)[] | null;
}

export interface OnnxModel {
  /** Version of the default operator set. */
  readonly opset: number;
  /** In topological order, as the format demands. */
  readonly nodes: readonly OnnxNode[];
  /** Without the inputs that are initializers. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: ReadonlyMap<string, TensorProto>;
}

const damaged = (why: string): StudioError =>
  new StudioError({
    code: 'format',
    what: 'This file is not a whole ONNX model.',
    why,
    action: 'Download the file again, or choose another one.',
  });

const unsupported = (what: string, action: string): StudioError =>
  new StudioError({ code: 'clip-unsupported', what, why: '', action });

/** Parses the outer protobuf message; throws 'format'. */
export function parseModelProto(bytes: Uint8Array): ModelProto & { graph: GraphProto } {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw damaged(
      cause instanceof Error && /premature|range|EOF/i.test(cause.message)
        ? 'It ends in the middle.'
        : 'Its bytes do not follow the format.',
    );
  }
  const { graph } = model;
  if (!graph || graph.node.length === 0 || graph.output.length === 0) throw damaged('It holds no graph.');
  return model as ModelProto & { graph: GraphProto };
}

export function readOnnx(bytes: Uint8Array): OnnxModel {
  const { graph, opsetImport } = parseModelProto(bytes);
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  return {
    opset: Number(opsetImport.find((entry) => entry.domain === '' || entry.domain === 'ai.onnx')?.version ?? 1n),
    nodes: graph.node.map((node) => ({
      op: node.domain === '' || node.domain === 'ai.onnx' ? node.opType : `${node.domain}.${node.opType}`,
      name: node.name,
      inputs: node.input,
      outputs: node.output,
      attributes: new Map(node.attribute.map((attribute) => [attribute.name, readAttribute(attribute, node.opType)])),
    })),
    inputs: graph.input.filter((input) => !initializers.has(input.name)).map(readValue),
    outputs: graph.output.map(readValue),
    initializers,
  };
}

function readValue(info: ValueInfoProto): OnnxValue {
  const type = info.type?.value.case === 'tensorType' ? info.type.value.value : undefined;
  const dims = type?.shape?.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : value.case === 'dimParam' ? value.value : null,
  );
  return { name: info.name, kind: (type && kinds.get(type.elemType)) ?? 'other', dims: dims ?? null };
}

function readAttribute(attribute: AttributeProto, op: string): AttributeValue {
  switch (attribute.type) {
    case AttributeType.FLOAT:
      return attribute.f;
    case AttributeType.INT:
      return Number(attribute.i);
    case AttributeType.STRING:
      return new TextDecoder().decode(attribute.s);
    case AttributeType.FLOATS:
      return attribute.floats;
    case AttributeType.INTS:
      return attribute.ints.map(Number);
    case AttributeType.STRINGS:
      return attribute.strings.map((text) => new TextDecoder().decode(text));
    case AttributeType.TENSOR:
      if (attribute.t) return decodeTensor(attribute.t);
      throw damaged(`Attribute ${attribute.name} of ${op} is empty.`);
    default:
      throw unsupported(
        `The model uses the operator ${op} with a nested graph, which is not supported.`,
        'Export the model again without control flow, or choose another one.',
      );
  }
}

/** Two numbers a byte, the lower half first. */
const [UINT4, INT4] = [21, 22];

/** ONNX element types (TensorProto.DataType) by what they mean to us. */
const kinds = new Map<number, HostTensor['kind']>([
  [1, 'float'],
  [10, 'float'],
  [11, 'float'],
  [16, 'float'],
  [2, 'int'],
  [3, 'int'],
  [4, 'int'],
  [5, 'int'],
  [6, 'int'],
  [7, 'int'],
  [12, 'int'],
  [13, 'int'],
  [9, 'bool'],
  [UINT4, 'int'],
  [INT4, 'int'],
]);

/** What an element type number of ONNX (attribute `to` of Cast) means here, or undefined. */
export function kindOfElementType(type: number): HostTensor['kind'] | undefined {
  return kinds.get(type);
}

/** Decodes a tensor of the file to host memory. float32 is a view on the file's bytes where their alignment allows. */
export function decodeTensor(proto: TensorProto): HostTensor {
  const dims = proto.dims.map(Number);
  const kind = kinds.get(proto.dataType);
  if (kind === undefined)
    throw unsupported(
      `The model stores numbers in a form (type ${proto.dataType}) that is not supported.`,
      'Use its f32 or f16 version.',
    );
  if (proto.dataLocation === 1) {
    throw unsupported('The model keeps its weights in a second file.', 'Use a version of the model that is one file.');
  }
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data =
    proto.dataType === UINT4 || proto.dataType === INT4
      ? nibbles(
          proto.rawData.byteLength > 0 ? proto.rawData : Uint8Array.from(proto.int32Data),
          size,
          proto.dataType === INT4,
        )
      : proto.rawData.byteLength > 0 || size === 0
        ? decodeRaw(proto.rawData, proto.dataType)
        : decodeFields(proto);
  if (data.length !== size) throw damaged(`Tensor ${proto.name} holds ${data.length} numbers in place of ${size}.`);
  return { kind, dims, data };
}

/** Half bytes as numbers; shorter than `size` where the bytes end early. */
function nibbles(bytes: Uint8Array, size: number, signed: boolean): Int32Array {
  return Int32Array.from({ length: Math.min(size, 2 * bytes.length) }, (_, i) => {
    const half = ((bytes[i >> 1] as number) >> (4 * (i & 1))) & 15;
    return signed && half > 7 ? half - 16 : half;
  });
}

/** A little-endian array over `bytes`, copied only if its start is not aligned to its element size. */
function view<T>(
  bytes: Uint8Array,
  make: { new (buffer: ArrayBufferLike, offset: number, length: number): T; readonly BYTES_PER_ELEMENT: number },
): T {
  const size = make.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new make(aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / size));
}

function decodeRaw(bytes: Uint8Array, dataType: number): HostTensor['data'] {
  switch (dataType) {
    case 1:
      return view(bytes, Float32Array);
    case 2:
    case 9:
      return Int32Array.from(bytes);
    case 3:
      return Int32Array.from(view(bytes, Int8Array));
    case 4:
      return Int32Array.from(view(bytes, Uint16Array));
    case 5:
      return Int32Array.from(view(bytes, Int16Array));
    case 6:
      return view(bytes, Int32Array);
    case 7:
      return Float64Array.from(view(bytes, BigInt64Array), Number);
    case 10:
      return halvesToFloats(view(bytes, Uint16Array));
    case 11:
      return Float32Array.from(view(bytes, Float64Array));
    case 12:
      return Float64Array.from(view(bytes, Uint32Array));
    case 13:
      return Float64Array.from(view(bytes, BigUint64Array), Number);
    default:
      return bfloatsToFloats(view(bytes, Uint16Array));
  }
}

/** The typed repeated fields that small tensors may use instead of raw bytes (onnx.proto, TensorProto). */
function decodeFields(proto: TensorProto): HostTensor['data'] {
  switch (proto.dataType) {
    case 1:
      return Float32Array.from(proto.floatData);
    case 11:
      return Float32Array.from(proto.doubleData);
    case 7:
      return Float64Array.from(proto.int64Data, Number);
    case 12:
    case 13:
      return Float64Array.from(proto.uint64Data, Number);
    case 10:
      return halvesToFloats(Uint16Array.from(proto.int32Data));
    case 16:
      return bfloatsToFloats(Uint16Array.from(proto.int32Data));
    default:
      return Int32Array.from(proto.int32Data);
  }
}

function bfloatsToFloats(values: Uint16Array): Float32Array {
  const bits = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = (values[i] as number) << 16;
  return new Float32Array(bits.buffer);
}
