import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../formats/onnx';
import { floatTensor, intTensor, writeOnnx, type ModelSpec } from '../testing/onnxWriter';
import { topological, Value } from './graph';
import { TowerGraph } from './specialize';

const build = (model: Omit<ModelSpec, 'outputs'>, shape = [2, 3, 4]): Value =>
  new TowerGraph(readOnnx(writeOnnx({ inputs: { x: ['n', 3, 4] }, outputs: { y: null }, ...model })), 'y').specialize(
    new Map([['x', Value.of({ kind: 'input' }, [], shape)]]),
  );
const kindsOf = (value: Value): (string | undefined)[] =>
  topological([value]).flatMap(({ producer }) => (producer ? [producer.op.kind] : []));

const attempt =
  (op: string, more: Partial<ModelSpec> = {}): (() => Value) =>
  () =>
    build({ nodes: [{ op, inputs: ['x', ...Object.keys(more.constants ?? {})], outputs: ['y'] }], ...more });

describe('TowerGraph', () => {
  it('turns shapes into constants, whatever they are computed from', () => {
    const value = build({
      nodes: [
        { op: 'Shape', inputs: ['x'], outputs: ['s'] },
        { op: 'Gather', inputs: ['s', 'zero'], outputs: ['n'], attributes: { axis: 0 } },
        { op: 'Unsqueeze', inputs: ['n', 'axes'], outputs: ['n1'] },
        { op: 'Concat', inputs: ['n1', 'rest'], outputs: ['target'], attributes: { axis: 0 } },
        { op: 'Reshape', inputs: ['x', 'target'], outputs: ['y'] },
      ],
      constants: { zero: intTensor([], [0]), axes: intTensor([1], [0]), rest: intTensor([1], [-1]) },
    });
    expect([value.shape, kindsOf(value)]).toEqual([
      [2, 12],
      ['input', 'reshape'],
    ]);
  });

  it('leaves out what its output does not need', () => {
    const value = build({
      nodes: [
        { op: 'NoSuchOperator', inputs: ['x'], outputs: ['z'] },
        { op: 'Neg', inputs: ['x'], outputs: ['y'] },
      ],
    });
    expect(kindsOf(value)).toEqual(['input', 'unary']);
  });

  it('computes what depends on weights alone once for all shapes', () => {
    const tower = new TowerGraph(
      readOnnx(
        writeOnnx({
          nodes: [
            { op: 'Neg', inputs: ['w'], outputs: ['v'] },
            { op: 'MatMul', inputs: ['x', 'v'], outputs: ['y'] },
          ],
          constants: { w: floatTensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
          inputs: { x: ['n', 4] },
          outputs: { y: null },
        }),
      ),
      'y',
    );
    const weightOf = (n: number): unknown =>
      tower.specialize(new Map([['x', Value.of({ kind: 'input' }, [], [n, 4])]])).producer?.inputs[1]?.constant;
    expect(weightOf(1)).toMatchObject({ dims: [4, 2] });
    expect(weightOf(1)).toBe(weightOf(5));
  });

  it('names the operator and the node that it cannot follow, and what to do', () => {
    expect(attempt('Upsample')).toThrow(/Upsample/);
    try {
      attempt('Upsample')();
    } catch (error) {
      expect(error).toMatchObject({
        info: {
          code: 'clip-unsupported',
          detail: 'operator Upsample, node Upsample_0',
          action: expect.stringMatching(/f32 or f16/) as string,
        },
      });
    }
    expect(
      attempt('Pad', { nodes: [{ op: 'Pad', inputs: ['x'], outputs: ['y'], attributes: { mode: 'reflect' } }] }),
    ).toThrow(/Pad.*mirrors the edge/);
    expect(attempt('NonZero')).toThrow(/NonZero \(node NonZero_0\).*without control flow/);
    expect(() =>
      build({ nodes: [{ op: 'QAttention', domain: 'com.microsoft', inputs: ['x'], outputs: ['y'] }] }),
    ).toThrow(/com.microsoft.QAttention.*quantised/);
    expect(() =>
      build({ nodes: [{ op: 'Sampling', domain: 'com.microsoft', inputs: ['x'], outputs: ['y'] }] }),
    ).toThrow(/optimised for one runtime/);
    expect(() => build({ nodes: [{ op: 'Loop', domain: 'com.example', inputs: ['x'], outputs: ['y'] }] })).toThrow(
      /com.example.Loop/,
    );
    expect(() =>
      build({
        nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
        constants: { w: floatTensor([5], [1, 2, 3, 4, 5]) },
      }),
    ).toThrow(/broadcast/);
  });

  it('refuses an output that does not depend on its input', () => {
    expect(() =>
      build({ nodes: [{ op: 'Neg', inputs: ['w'], outputs: ['y'] }], constants: { w: floatTensor([2], [1, 2]) } }),
    ).toThrow(/does not depend/);
  });
});
