import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { decodeTensor, kindOfElementType, readOnnx } from './onnx';
import { modelBytes, tensorInfo } from './onnxBuild';
import {
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type TensorProto,
} from './onnx_pb';
import { inputsOf, pruneOnnx } from './onnxPrune';

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
const raw = (dataType: number, array: ArrayBufferView, dims: number[]): TensorProto =>
  create(TensorProtoSchema, { name: 't', dataType, dims: dims.map(BigInt), rawData: bytesOf(array) });
const node = (opType: string, input: string[], output: string[]): ReturnType<typeof create<typeof NodeProtoSchema>> =>
  create(NodeProtoSchema, { opType, name: `${opType}_0`, input, output });

/** Two branches that share weight w: y = x w, z = i + w. */
const branches = (): Uint8Array =>
  modelBytes(
    create(GraphProtoSchema, {
      node: [node('MatMul', ['x', 'w'], ['y']), node('Add', ['i', 'v'], ['z0']), node('Neg', ['z0'], ['z'])],
      initializer: [
        { ...raw(1, Float32Array.of(1, 2, 3, 4), [2, 2]), name: 'w' },
        { ...raw(1, Float32Array.of(9), [1]), name: 'v' },
      ],
      input: [tensorInfo('x', ['n', 2]), tensorInfo('i', [1, null], 7), tensorInfo('w', [2, 2])],
      output: [tensorInfo('y', ['n', 2]), tensorInfo('z', ['n'])],
    }),
  );

const decoded = (fields: object): number[] => [
  ...decodeTensor(create(TensorProtoSchema, { dims: [2n], ...fields })).data,
];

describe('decodeTensor', () => {
  it('reads every element type from raw bytes', () => {
    const cases: [number, ArrayBufferView, number[]][] = [
      [1, Float32Array.of(1.5, -2), [1.5, -2]],
      [2, Uint8Array.of(0, 255), [0, 255]],
      [3, Int8Array.of(-128, 127), [-128, 127]],
      [4, Uint16Array.of(0, 65535), [0, 65535]],
      [5, Int16Array.of(-32768, 5), [-32768, 5]],
      [6, Int32Array.of(-5, 2 ** 31 - 1), [-5, 2 ** 31 - 1]],
      [7, BigInt64Array.of(-1n, 2n ** 52n), [-1, 2 ** 52]],
      [9, Uint8Array.of(1, 0), [1, 0]],
      [11, Float64Array.of(0.25, -4), [0.25, -4]],
      [12, Uint32Array.of(0, 2 ** 32 - 1), [0, 2 ** 32 - 1]],
      [13, BigUint64Array.of(0n, 2n ** 53n), [0, 2 ** 53]],
      [16, Uint16Array.of(0x3f80, 0xc000), [1, -2]],
    ];
    for (const [type, array, expected] of cases) {
      const tensor = decodeTensor(raw(type, array, [2]));
      expect([tensor.kind, [...tensor.dims], [...tensor.data]]).toEqual([kindOfElementType(type), [2], expected]);
    }
  });

  it('reads half bytes, the lower half first, from raw bytes and from fields', () => {
    for (const [type, expected] of [
      [21, [1, 15, 8]],
      [22, [1, -1, -8]],
    ] as const) {
      const bytes = Uint8Array.of(0xf1, 0x08);
      expect([...decodeTensor(raw(type, bytes, [3])).data]).toEqual(expected);
      expect([
        ...decodeTensor(create(TensorProtoSchema, { dataType: type, dims: [3n], int32Data: [0xf1, 0x08] })).data,
      ]).toEqual(expected);
    }
    expect(() => decodeTensor(raw(21, Uint8Array.of(1), [3]))).toThrow(/holds 2 numbers in place of 3/);
  });

  it('reads half precision exactly: normal, subnormal, zero, infinite, not a number', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0x7c00, 0xfc00, 0x7e00);
    const expected = [1, -2, 0.333251953125, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, -0, Infinity, -Infinity, NaN];
    expect([...decodeTensor(raw(10, bits, [11])).data]).toEqual(expected);
  });

  it('reads from any alignment, and views where it can', () => {
    const file = new Uint8Array(13);
    file.set(bytesOf(Float32Array.of(1, 2, 3)), 1);
    expect([
      ...decodeTensor(create(TensorProtoSchema, { dataType: 1, dims: [3n], rawData: file.subarray(1) })).data,
    ]).toEqual([1, 2, 3]);
    const aligned = new Uint8Array(Float32Array.of(4, 5).buffer);
    expect(decodeTensor(create(TensorProtoSchema, { dataType: 1, dims: [2n], rawData: aligned })).data.buffer).toBe(
      aligned.buffer,
    );
  });

  it('reads the typed fields that small tensors use', () => {
    expect(decoded({ dataType: 1, floatData: [1, 2] })).toEqual([1, 2]);
    expect(decoded({ dataType: 11, doubleData: [1, 2] })).toEqual([1, 2]);
    expect(decoded({ dataType: 7, int64Data: [1n, -2n] })).toEqual([1, -2]);
    expect(decoded({ dataType: 9, int32Data: [1, 0] })).toEqual([1, 0]);
    expect(decoded({ dataType: 10, int32Data: [0x3c00, 0x4000] })).toEqual([1, 2]);
    expect(decoded({ dataType: 13, uint64Data: [3n, 4n] })).toEqual([3, 4]);
    expect([...decodeTensor(create(TensorProtoSchema, { dataType: 1, dims: [], floatData: [7] })).data]).toEqual([7]);
  });

  it('refuses strings, weights elsewhere and tensors that are too short', () => {
    expect(() => decodeTensor(raw(8, new Uint8Array(0), [0]))).toThrow(/type 8/);
    expect(() => decodeTensor(create(TensorProtoSchema, { dataType: 1, dims: [2n], dataLocation: 1 }))).toThrow(
      /second file/,
    );
    expect(() => decodeTensor(raw(1, Float32Array.of(1), [3]))).toThrow(/1 numbers in place of 3/);
  });
});

const attribute = (fields: object): ReturnType<typeof create<typeof AttributeProtoSchema>> =>
  create(AttributeProtoSchema, { name: 'a', ...fields });

/** Writes an attribute and reads it back. */
function attributeRead(fields: object): unknown {
  const graph = create(GraphProtoSchema, {
    node: [{ ...node('If', [], ['y']), attribute: [attribute(fields)] }],
    output: [tensorInfo('y', [])],
  });
  return readOnnx(modelBytes(graph)).nodes[0]?.attributes.get('a');
}

describe('readOnnx', () => {
  it('tells inputs from weights and keeps what is known of shapes', () => {
    const model = readOnnx(branches());
    expect(model.opset).toBe(17);
    expect(model.inputs).toEqual([
      { name: 'x', kind: 'float', dims: ['n', 2] },
      { name: 'i', kind: 'int', dims: [1, null] },
    ]);
    expect(model.outputs.map(({ name }) => name)).toEqual(['y', 'z']);
    expect([...model.initializers.keys()]).toEqual(['w', 'v']);
  });

  it('reads attributes of every plain type, and names the operator with a nested graph', () => {
    expect(attributeRead({ type: AttributeType.INT, i: -3n })).toBe(-3);
    expect(attributeRead({ type: AttributeType.FLOAT, f: 0.5 })).toBe(0.5);
    expect(attributeRead({ type: AttributeType.INTS, ints: [1n, 2n] })).toEqual([1, 2]);
    expect(attributeRead({ type: AttributeType.FLOATS, floats: [1, 2] })).toEqual([1, 2]);
    expect(attributeRead({ type: AttributeType.STRING, s: new TextEncoder().encode('é') })).toBe('é');
    expect(attributeRead({ type: AttributeType.STRINGS, strings: [new TextEncoder().encode('b')] })).toEqual(['b']);
    expect(attributeRead({ type: AttributeType.TENSOR, t: raw(1, Float32Array.of(2), [1]) })).toMatchObject({
      kind: 'float',
      dims: [1],
    });
    expect(() => attributeRead({ type: AttributeType.GRAPH })).toThrow(/If with a nested graph/);
  });

  it('refuses what is not a whole model, at every length, without another kind of error', () => {
    const whole = branches();
    for (let length = 0; length < whole.length; length++) {
      try {
        readOnnx(whole.subarray(0, length));
      } catch (error) {
        expect(error).toMatchObject({ info: { code: 'format' } });
      }
    }
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(100),
      new TextEncoder().encode('<!doctype html><html></html>'),
      Uint8Array.from({ length: 999 }, (_, i) => (i * 7919) % 256),
    ]) {
      expect(() => readOnnx(bytes)).toThrow(/not a whole ONNX model/);
    }
  });
});

describe('pruneOnnx', () => {
  it('keeps what one output needs, weights unread', () => {
    const model = readOnnx(pruneOnnx(branches(), ['z']));
    expect(model.nodes.map(({ op }) => op)).toEqual(['Add', 'Neg']);
    expect([...model.initializers.keys()]).toEqual(['v']);
    expect(model.inputs.map(({ name }) => name)).toEqual(['i']);
    expect(model.outputs.map(({ name }) => name)).toEqual(['z']);
    expect(inputsOf(readOnnx(branches()), 'y')).toEqual(['x']);
  });
});
