import { InferenceSession, Tensor as OrtTensor, env } from 'onnxruntime-web/wasm';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../../formats/onnx';
import { tensor, tidy } from '../../gpu/tensor';
import { node, wave } from '../testing/againstOrt';
import { floatTensor, smallIntegers, writeOnnx, type ModelSpec } from '../testing/onnxWriter';
import { Value } from './graph';
import { compileProgram } from './program';
import { TowerGraph } from './specialize';
import { tokenTable } from './tokenTable';
import { GpuWeights } from './weights';

env.wasm.numThreads = 1;
env.logLevel = 'error';

const [VOCABULARY, WIDTH, LENGTH] = [9, 32, 4];
const ids = [3, 8, 0, 5, 1, 1, 7, 2];
const words = floatTensor([VOCABULARY, WIDTH], wave(VOCABULARY * WIDTH));
const bytes = (size: number): number[] => Array.from({ length: size }, (_, i) => (37 * i + (i >> 3)) % 256);
const scales = (columns: number): ReturnType<typeof floatTensor> =>
  floatTensor([VOCABULARY, columns], wave(VOCABULARY * columns, 0.4));

/** Look-ups of words, each followed by something that the twin computes. Ids are [2, 4]. */
const lookUps: Record<string, Pick<ModelSpec, 'nodes' | 'constants' | 'opset'>> = {
  'a plain table': {
    nodes: [node('Gather', ['table', 'ids'], 'e'), node('Neg', ['e'], 'y')],
    constants: { table: words },
  },
  'a table of bytes, scaled after the look-up': {
    nodes: [
      node('Gather', ['table', 'ids'], 'q'),
      node('DequantizeLinear', ['q', 's', 'z'], 'e'),
      node('Neg', ['e'], 'y'),
    ],
    constants: {
      table: smallIntegers(2, [VOCABULARY, WIDTH], bytes(VOCABULARY * WIDTH)),
      s: floatTensor([], [0.02]),
      z: smallIntegers(2, [], [130]),
    },
  },
  'a table of four bits in blocks': {
    nodes: [
      node('com.microsoft.GatherBlockQuantized', ['table', 'ids', 's'], 'e', {
        gather_axis: 0,
        quantize_axis: 1,
        block_size: 16,
      }),
      node('Neg', ['e'], 'y'),
    ],
    constants: {
      table: smallIntegers(
        21,
        [VOCABULARY, WIDTH],
        bytes(VOCABULARY * WIDTH).map((value) => value % 16),
      ),
      s: scales(2),
    },
    opset: 21,
  },
  'a table of four bits in blocks with zero points': {
    nodes: [
      node('com.microsoft.GatherBlockQuantized', ['table', 'ids', 's', 'z'], 'e', {
        gather_axis: 0,
        quantize_axis: 1,
        block_size: 16,
      }),
      node('Neg', ['e'], 'y'),
    ],
    constants: {
      table: smallIntegers(
        21,
        [VOCABULARY, WIDTH],
        bytes(VOCABULARY * WIDTH).map((value) => value % 16),
      ),
      s: scales(2),
      z: smallIntegers(
        21,
        [VOCABULARY, 2],
        bytes(18).map((value) => value % 16),
      ),
    },
    opset: 21,
  },
  'a table of bytes that hold two numbers each': {
    nodes: [
      node('com.microsoft.GatherBlockQuantized', ['table', 'ids', 's'], 'e', {
        gather_axis: 0,
        quantize_axis: 1,
        block_size: 16,
        bits: 4,
      }),
      node('Neg', ['e'], 'y'),
    ],
    constants: { table: smallIntegers(2, [VOCABULARY, WIDTH / 2], bytes((VOCABULARY * WIDTH) / 2)), s: scales(2) },
  },
  EmbedLayerNormalization: {
    nodes: [
      node('Cast', ['ids'], 'ids32', { to: 6 }),
      node(
        'com.microsoft.EmbedLayerNormalization',
        ['ids32', '', 'table', 'positions', '', 'gamma', 'beta'],
        ['e', 'm'],
      ),
      node('Neg', ['e'], 'y'),
    ],
    constants: {
      table: words,
      positions: floatTensor([6, WIDTH], wave(6 * WIDTH, 0.3)),
      gamma: floatTensor([WIDTH], wave(WIDTH)),
      beta: floatTensor([WIDTH], wave(WIDTH, 2)),
    },
  },
};

describe('tokenTable', () => {
  for (const [name, spec] of Object.entries(lookUps)) {
    it(`cuts the graph behind ${name}`, async () => {
      const model = writeOnnx({ ...spec, inputs: { ids: ['n', 'length'] }, integers: ['ids'], outputs: { y: null } });
      const session = await InferenceSession.create(model);
      const expected = (
        await session.run({ ids: new OrtTensor('int64', BigInt64Array.from(ids, BigInt), [2, LENGTH]) })
      )['y'] as OrtTensor;
      await session.release();
      const tower = new TowerGraph(readOnnx(model), 'y');
      const table = tokenTable(tower, 'ids');
      expect([table.vocabulary, table.width]).toEqual([VOCABULARY, WIDTH]);
      const given = new Map([
        ['ids', Value.constant({ kind: 'int', dims: [2, LENGTH], data: Int32Array.from(ids) })],
        [table.value, Value.of({ kind: 'input' }, [], [2, LENGTH, WIDTH])],
      ]);
      const weights = new GpuWeights();
      const program = compileProgram([tower.specialize(given)], weights);
      const vectors = tensor(
        Float32Array.from(ids.flatMap((id) => [...table.vectors.subarray(id * WIDTH, (id + 1) * WIDTH)])),
        [2, LENGTH, WIDTH],
      );
      const y = tidy(() => program.run(vectors));
      const actual = await y.data();
      (expected.data as Float32Array).forEach((value, i) =>
        expect(Math.abs((actual[i] as number) - value)).toBeLessThan(2e-5 * Math.max(1, Math.abs(value))),
      );
      for (const made of [vectors, y, weights]) made.dispose();
    });
  }

  it('refuses a tower without one', () => {
    const model = writeOnnx({
      nodes: [node('Cast', ['ids'], 'y', { to: 1 })],
      inputs: { ids: ['n', 4] },
      integers: ['ids'],
      outputs: { y: null },
    });
    expect(() => tokenTable(new TowerGraph(readOnnx(model), 'y'), 'ids')).toThrow(/no table of token vectors/);
  });
});
