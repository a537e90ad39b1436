import { describe, expect, it } from 'vitest';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies, lanesFamily } from '../testing/variants';
import { testEngine } from '../testing/testEngine';
import { overrideTuning } from '../tuning';
import { matMulRef } from './matmul.ref';
import { matMul } from './matmul';

const shapes: [number, number, number][] = [
  [1, 1, 1],
  [4, 8, 4],
  [5, 7, 3],
  [3, 6, 9],
  [17, 5, 8],
];
/** Compiling the unrolled kernels dominates on a CPU, so the family for GPUs gets one aligned and one odd shape. */
const fewShapes: [number, number, number][] = [
  [20, 8, 12],
  [5, 7, 3],
];

describeFamilies(
  'matMul',
  ({ workgroupMemory }) => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        it(`equals its reference to second order, transposed ${transposeA} ${transposeB}`, async () => {
          for (const [seed, [m, k, n]] of (workgroupMemory ? fewShapes : shapes).entries()) {
            await checkOp({
              seed,
              inputs: [{ shape: transposeA ? [k, m] : [m, k] }, { shape: transposeB ? [n, k] : [k, n] }],
              op: (a, b) => matMul(a, b, { transposeA, transposeB }),
              reference: (a, b) => matMulRef(a, b, { m, k, n }, transposeA, transposeB),
              outputShape: [m, n],
              order: !workgroupMemory && seed % 2 === 0 ? 2 : 1,
            });
          }
        });
      }
    }

    it('multiplies batches, and a batch of one with a batch', async () => {
      for (const [batchA, batchB] of [
        [3, 3],
        [1, 3],
        [3, 1],
      ] as const) {
        await checkOp({
          inputs: [{ shape: [batchA, 5, 4] }, { shape: [batchB, 4, 6] }],
          op: (a, b) => matMul(a, b),
          reference: (a, b) => matMulRef(a, b, { batchA, batchB, m: 5, k: 4, n: 6 }),
          outputShape: [3, 5, 6],
          order: 1,
        });
      }
    });

    it('covers several tiles', async () => {
      for (const [m, k, n] of [
        [70, 20, 70],
        [130, 33, 72],
      ] as const) {
        const [a, b] = [randomArray(m * k, 1), randomArray(k * n, 2)];
        const [x, y] = [toTensor(a, [m, k]), toTensor(b, [k, n])];
        const product = matMul(x, y);
        expect(relativeError(await product.data(), matMulRef(a, b, { m, k, n }))).toBeLessThanOrEqual(1e-5);
        for (const tensor of [x, y, product]) tensor.dispose();
      }
    });

    it('refuses shapes that do not fit', () => {
      const x = toTensor(randomArray(6, 1), [2, 3]);
      expect(() => matMul(x, x)).toThrow(/do not fit/);
      x.dispose();
    });
  },
  lanesFamily,
);

describe('matMul, split k, shapes in the code', () => {
  it('sums the parts in order: same bits every time', async () => {
    const { backend } = await testEngine();
    overrideTuning({ workgroupMemory: true, bakeShapes: true, wantedWorkgroups: 64 });
    try {
      const [m, k, n] = [6, 1000, 8];
      const [a, b] = [randomArray(m * k, 1), randomArray(k * n, 2)];
      const [x, y] = [toTensor(a, [m, k]), toTensor(b, [k, n])];
      const before = backend.counters.dispatches;
      const product = matMul(x, y);
      expect(backend.counters.dispatches - before).toBe(2);
      const again = matMul(x, y);
      const values = await product.data();
      expect(relativeError(values, matMulRef(a, b, { m, k, n }))).toBeLessThanOrEqual(1e-5);
      expect(await again.data()).toEqual(values);
      for (const tensor of [x, y, product, again]) tensor.dispose();
    } finally {
      overrideTuning({});
    }
  });
});
