import { describe, expect, it } from 'vitest';
import { memory, type Tensor2D } from '../tensor';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { testEngine } from '../testing/testEngine';
import { overrideTuning } from '../tuning';
import { halfMatMul, toHalfMatrix } from './halfMatMul';
import { matMulRef } from './matmul.ref';

/** Numbers that float16 holds exactly, so that only the product itself is compared. */
const exact = (size: number, seed: number): Float64Array =>
  randomArray(size, seed).map((value) => Math.round(value * 512) / 512);

describeFamilies('halfMatMul', ({ workgroupMemory }) => {
  for (const transposeB of [false, true]) {
    it(`equals its reference to second order, transposed ${transposeB}`, async () => {
      // The smallest tile compiles fastest on a CPU; the matrix is read in the same way by all.
      if (workgroupMemory) overrideTuning({ workgroupMemory, bakeShapes: false, variant: '32x32t64' });
      const [m, k, n] = workgroupMemory ? [20, 12, 24] : [5, 8, 12];
      const b = exact(k * n, 7);
      const matrix = toHalfMatrix(toTensor(b, transposeB ? [n, k] : [k, n]) as Tensor2D);
      await checkOp({
        inputs: [{ shape: [m, k] }],
        op: (a) => halfMatMul(a as Tensor2D, matrix, { transposeB }),
        reference: (a) => matMulRef(a, b, { m, k, n }, false, transposeB),
        outputShape: [m, n],
        order: workgroupMemory ? 1 : 2,
      });
      matrix.dispose();
    });
  }
});

describe('halfMatMul', () => {
  it('takes half the memory, and rounds to float16 only', async () => {
    const engine = await testEngine();
    const [m, k, n] = [6, 64, 32];
    const [a, b] = [randomArray(m * k, 1), randomArray(k * n, 2)];
    const [x, w] = [toTensor(a, [m, k]) as Tensor2D, toTensor(b, [k, n]) as Tensor2D];
    const tensors = memory().numTensors;
    const matrix = toHalfMatrix(w);
    expect(engine.backend.rangeOf(matrix.words.dataId).size).toBe(2 * k * n);
    const y = halfMatMul(x, matrix);
    const error = relativeError(await y.data(), matMulRef(a, b, { m, k, n }));
    expect(error).toBeGreaterThan(1e-6);
    expect(error).toBeLessThan(1e-3);
    y.dispose();
    matrix.dispose();
    expect(memory().numTensors).toBe(tensors);
    x.dispose();
    w.dispose();
  });

  it('holds the largest float16 where a value is larger', async () => {
    await testEngine();
    const matrix = toHalfMatrix(toTensor(Float64Array.of(1e6, -1e6, 1, 0), [1, 4]) as Tensor2D);
    const one = toTensor(Float64Array.of(1), [1, 1]) as Tensor2D;
    const y = halfMatMul(one, matrix);
    expect([...(await y.data())]).toEqual([65504, -65504, 1, 0]);
    for (const thing of [matrix, one, y]) thing.dispose();
  });

  it('refuses rows that are not of a multiple of 4', async () => {
    await testEngine();
    const w = toTensor(randomArray(6, 1), [2, 3]) as Tensor2D;
    expect(() => toHalfMatrix(w)).toThrow(/multiple of 4/);
    w.dispose();
  });
});
