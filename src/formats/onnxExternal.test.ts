import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { decodeTensor, readOnnx } from './onnx';
import { modelBytes, tensorInfo } from './onnxBuild';
import { externalFiles, inlineExternal, MAX_MODEL_BYTES } from './onnxExternal';
import { GraphProtoSchema, NodeProtoSchema, TensorProtoSchema, TensorProto_DataLocation as Location } from './onnx_pb';

type Entries = Record<string, string>;

/** y = x w + b with w [2, 3] and b [3] in other files. */
function model(w: Entries, b: Entries, dims: [bigint, bigint] = [2n, 3n], dataType = 1): Uint8Array {
  const outside = (name: string, shape: bigint[], entries: Entries) =>
    create(TensorProtoSchema, {
      name,
      dims: shape,
      dataType,
      dataLocation: Location.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    });
  const node = (opType: string, input: string[], output: string[]) =>
    create(NodeProtoSchema, { opType, input, output });
  const graph = create(GraphProtoSchema, {
    node: [node('MatMul', ['x', 'w'], ['h']), node('Add', ['h', 'b'], ['y'])],
    initializer: [outside('w', dims, w), outside('b', [3n], b)],
    input: [tensorInfo('x', null)],
    output: [tensorInfo('y', null)],
  });
  return modelBytes(graph);
}

const data = new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i / 4).buffer);
const files = new Map([['m.onnx_data', data]]);
const place = (offset: number, length?: number): Entries => ({
  location: 'm.onnx_data',
  offset: String(offset),
  ...(length === undefined ? {} : { length: String(length) }),
});

describe('weights in other files', () => {
  it('come back into the model', () => {
    const bytes = model(place(4, 24), { location: './sub/m.onnx_data', offset: '36', checksum: 'ab' });
    expect(externalFiles(bytes)).toEqual(new Map([['m.onnx_data', 48]]));
    const { initializers } = readOnnx(inlineExternal(bytes, files));
    const values = (name: string): number[] => {
      const tensor = initializers.get(name);
      return tensor ? [...decodeTensor(tensor).data] : [];
    };
    expect(values('w')).toEqual([0.25, 0.5, 0.75, 1, 1.25, 1.5]);
    expect(values('b')).toEqual([2.25, 2.5, 2.75]);
  });

  it('leave a model of one piece as it is', () => {
    const whole = inlineExternal(model(place(0), place(24)), files);
    expect(externalFiles(whole).size).toBe(0);
    expect(inlineExternal(whole, new Map())).toBe(whole);
  });

  it('are asked for by name where they are missing', () => {
    const bytes = model(place(0), { location: 'other.data' });
    expect([...externalFiles(bytes).keys()]).toEqual(['m.onnx_data', 'other.data']);
    expect(() => inlineExternal(bytes, files)).toThrow(/other\.data is missing/);
  });

  it('are never read outside of their file or with another size than the tensor has', () => {
    expect(() => inlineExternal(model(place(0), place(40)), files)).toThrow(
      /48 bytes, and tensor b should lie up to byte 52/,
    );
    expect(() => inlineExternal(model(place(0, 20), place(24)), files)).toThrow(/takes 24 bytes/);
    expect(() => inlineExternal(model(place(0), { location: '' }), files)).toThrow(/does not say/);
    expect(() => externalFiles(model(place(0), place(0), [2n, 3n], 8))).toThrow(/element type \(8\)/);
    for (const offset of ['-4', '1e3', '0x10', '99999999999999999999', 'abc', ''])
      expect(() => externalFiles(model(place(0), { location: 'm.onnx_data', offset }))).toThrow(/no valid place/);
  });

  it('are refused above 2 GB before anything is copied', () => {
    const bytes = model({ location: 'm.onnx_data' }, place(0), [2n ** 20n, 2n ** 10n]);
    expect(externalFiles(bytes).get('m.onnx_data')).toBeGreaterThan(MAX_MODEL_BYTES);
    expect(() => inlineExternal(bytes, new Map())).toThrow(/larger than 2 GB/);
  });
});
