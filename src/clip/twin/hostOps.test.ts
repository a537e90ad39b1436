import { InferenceSession, env } from 'onnxruntime-web/wasm';
import { describe, expect, it } from 'vitest';
import { readOnnx, type HostTensor, type OnnxNode } from '../../formats/onnx';
import { boolTensor, floatTensor, intTensor, writeOnnx, type Attribute } from '../testing/onnxWriter';
import { hostOps } from './hostOps';

env.wasm.numThreads = 1;

const count = (size: number, from = 0): number[] => Array.from({ length: size }, (_, i) => i + from);
const wave = (size: number): number[] => count(size).map((i) => Math.sin(1.7 * i) * 3);

interface Case {
  op: string;
  inputs: (HostTensor | null)[];
  attributes?: Record<string, Attribute>;
  outputs?: number;
  opset?: number;
}

const x = floatTensor([2, 3, 4], wave(24));
const ids = intTensor([2, 3], [4, 0, 2, 5, 1, 3]);

const cases: Case[] = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min'].map((op) => ({
    op,
    inputs: [floatTensor([2, 1, 3], count(6, 1)), floatTensor([4, 1], [0.5, 2, 3, 1])],
  })),
  { op: 'Div', inputs: [intTensor([4], [7, -7, 8, 0]), intTensor([1], [2])] },
  { op: 'Mod', inputs: [intTensor([4], [7, -7, 8, -8]), intTensor([1], [3])] },
  { op: 'Mod', inputs: [floatTensor([4], [7, -7, 8, -8.5]), floatTensor([1], [3])], attributes: { fmod: 1 } },
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].map((op) => ({
    op,
    inputs: [ids, intTensor([3], [4, 1, 2])],
  })),
  ...['And', 'Or'].map((op) => ({ op, inputs: [boolTensor([2, 1], [1, 0]), boolTensor([2], [1, 0])] })),
  { op: 'Not', inputs: [boolTensor([3], [1, 0, 1])] },
  { op: 'IsNaN', inputs: [floatTensor([3], [1, NaN, 0])] },
  ...['Neg', 'Abs', 'Exp', 'Floor', 'Ceil', 'Tanh', 'Sigmoid', 'Reciprocal'].map((op) => ({ op, inputs: [x] })),
  ...['Sqrt', 'Log'].map((op) => ({ op, inputs: [floatTensor([4], [0.25, 1, 2, 9])] })),
  { op: 'Cast', inputs: [floatTensor([4], [1.7, -1.7, 0, 3])], attributes: { to: 7 } },
  { op: 'Cast', inputs: [floatTensor([3], [0.2, 0, -1])], attributes: { to: 9 } },
  { op: 'Shape', inputs: [x] },
  { op: 'Shape', inputs: [x], attributes: { start: 1, end: 3 } },
  { op: 'Gather', inputs: [x, intTensor([2, 2], [0, 2, -1, 1])], attributes: { axis: 1 } },
  { op: 'Gather', inputs: [x, intTensor([], [1])], attributes: { axis: 2 } },
  { op: 'Slice', inputs: [x, intTensor([2], [0, 1]), intTensor([2], [9e15, -1]), intTensor([2], [1, 2])] },
  {
    op: 'Slice',
    inputs: [x, intTensor([1], [-1]), intTensor([1], [-9e15]), intTensor([1], [2]), intTensor([1], [-2])],
  },
  { op: 'Slice', inputs: [x, intTensor([1], [1]), intTensor([1], [3])] },
  { op: 'Slice', inputs: [x], attributes: { starts: [1], ends: [2], axes: [-1] }, opset: 9 },
  { op: 'Split', inputs: [x, intTensor([2], [1, 3])], attributes: { axis: -1 }, outputs: 2 },
  { op: 'Split', inputs: [floatTensor([2, 6], count(12))], attributes: { axis: 1 }, outputs: 3 },
  { op: 'Concat', inputs: [x, floatTensor([2, 1, 4], count(8))], attributes: { axis: 1 } },
  { op: 'Reshape', inputs: [x, intTensor([3], [0, -1, 2])] },
  { op: 'Flatten', inputs: [x], attributes: { axis: 2 } },
  { op: 'Flatten', inputs: [x], attributes: { axis: 0 } },
  { op: 'Squeeze', inputs: [floatTensor([1, 3, 1], count(3)), intTensor([1], [-1])] },
  { op: 'Squeeze', inputs: [floatTensor([1, 3, 1], count(3))] },
  { op: 'Unsqueeze', inputs: [x, intTensor([2], [0, -1])] },
  { op: 'Unsqueeze', inputs: [floatTensor([3], count(3))], attributes: { axes: [0, 2] }, opset: 11 },
  { op: 'Transpose', inputs: [x], attributes: { perm: [2, 0, 1] } },
  { op: 'Transpose', inputs: [x] },
  { op: 'Expand', inputs: [floatTensor([3, 1], count(3)), intTensor([3], [2, 1, 4])] },
  { op: 'Where', inputs: [boolTensor([2, 1], [1, 0]), floatTensor([3], [1, 2, 3]), floatTensor([2, 3], count(6, 10))] },
  { op: 'Range', inputs: [intTensor([], [2]), intTensor([], [11]), intTensor([], [3])] },
  { op: 'Range', inputs: [floatTensor([], [1]), floatTensor([], [-1]), floatTensor([], [-0.5])] },
  { op: 'ConstantOfShape', inputs: [intTensor([2], [2, 3])], attributes: { value: intTensor([1], [7]) } },
  { op: 'ConstantOfShape', inputs: [intTensor([1], [4])] },
  { op: 'Trilu', inputs: [floatTensor([2, 3, 3], count(18, 1)), intTensor([], [1])] },
  { op: 'Trilu', inputs: [floatTensor([3, 4], count(12, 1))], attributes: { upper: 0 } },
  {
    op: 'ScatterND',
    inputs: [floatTensor([4, 2], count(8)), intTensor([2, 1], [3, 1]), floatTensor([2, 2], [90, 91, 92, 93])],
  },
  {
    op: 'ScatterND',
    inputs: [floatTensor([2, 3], count(6)), intTensor([2, 2], [0, 2, 1, 0]), floatTensor([2], [90, 91])],
  },
  { op: 'CumSum', inputs: [x, intTensor([], [1])] },
  { op: 'CumSum', inputs: [x, intTensor([], [2])], attributes: { exclusive: 1 } },
  { op: 'Tile', inputs: [floatTensor([2, 2], count(4)), intTensor([2], [2, 3])] },
  { op: 'ArgMax', inputs: [ids], attributes: { axis: -1, keepdims: 0 } },
  { op: 'ArgMax', inputs: [intTensor([1, 4], [1, 5, 5, 2])], attributes: { axis: 1, select_last_index: 1 } },
  { op: 'ArgMin', inputs: [x], attributes: { axis: 1 } },
  ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL2'].map((op) => ({
    op,
    inputs: [x],
    attributes: { axes: [0, -1], keepdims: 0 },
  })),
  { op: 'ReduceSum', inputs: [x, intTensor([1], [1])] },
  { op: 'ReduceMean', inputs: [x] },
  { op: 'MatMul', inputs: [floatTensor([2, 1, 3, 4], wave(24)), floatTensor([2, 4, 2], wave(16))] },
  { op: 'MatMul', inputs: [floatTensor([2, 3], wave(6)), floatTensor([3, 2], wave(6))] },
  { op: 'Constant', inputs: [], attributes: { value: floatTensor([2], [1, 2]) } },
  { op: 'Constant', inputs: [], attributes: { value_ints: [3, 4] } },
];

const castOut = (
  outputs: number,
): { op: string; inputs: string[]; outputs: string[]; attributes: Record<string, Attribute> }[] =>
  count(outputs).map((i) => ({ op: 'Cast', inputs: [`y${i}`], outputs: [`z${i}`], attributes: { to: 1 } }));

describe('host operators', () => {
  for (const [n, { op, inputs, attributes = {}, outputs = 1, opset = 17 }] of cases.entries()) {
    it(`${op} gives what onnxruntime gives (${n})`, async () => {
      const names = inputs.map((input, i) => (input ? `x${i}` : ''));
      const bytes = writeOnnx({
        nodes: [{ op, inputs: names, outputs: count(outputs).map((i) => `y${i}`), attributes }, ...castOut(outputs)],
        constants: Object.fromEntries(inputs.flatMap((input, i) => (input ? [[`x${i}`, input]] : []))),
        outputs: Object.fromEntries(count(outputs).map((i) => [`z${i}`, null])),
        opset,
      });
      const node = readOnnx(bytes).nodes[0] as OnnxNode;
      const results = (hostOps[op] as (typeof hostOps)[string])(
        inputs.map((input) => input ?? undefined),
        node,
      );
      const session = await InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled' });
      const expected = await session.run({});
      for (const [i, result] of results.entries()) {
        const reference = expected[`z${i}`];
        if (!reference) throw new Error(`onnxruntime gave no z${i}`);
        expect([...result.dims]).toEqual([...reference.dims]);
        (reference.data as Float32Array).forEach((value, at) => expect(result.data[at]).toBeCloseTo(value, 4));
      }
      await session.release();
    });
  }
});
