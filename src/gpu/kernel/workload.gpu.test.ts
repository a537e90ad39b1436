import { afterEach, describe, expect, it } from 'vitest';
import { matMulRef } from '../matmul/matmul.ref';
import { matMul } from '../matmul/matmul';
import { compileStep } from '../capture/plan';
import { add, mul, sum } from '../tensor';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { testEngine } from '../testing/testEngine';
import { overrideTuning } from '../tuning';
import { expectedMilliseconds, piecesOf } from './workload';

describe('workload', () => {
  afterEach(() => overrideTuning({}));

  it('cuts along y what is expected to take longer than half a second, and nothing else', async () => {
    const { device } = (await testEngine()).backend;
    const halfSecond = 500 / expectedMilliseconds(device, 1, 0);
    expect(piecesOf(halfSecond, 1000, device)).toEqual([{ start: 0, length: 1000 }]);
    for (const [operations, groups] of [
      [3.5 * halfSecond, 1000],
      [40 * halfSecond, 7],
      [2 * halfSecond, 1],
    ] as const) {
      const pieces = piecesOf(operations, groups, device);
      expect(pieces.length).toBe(Math.min(groups, Math.ceil(operations / halfSecond)));
      expect(pieces.reduce((next, { start, length }) => (start === next ? start + length : NaN), 0)).toBe(groups);
    }
  });

  it('a product in several dispatches is the same to the bit', async () => {
    const { backend } = await testEngine();
    const [m, k, n] = [70, 16, 8];
    const [a, b] = [randomArray(m * k, 1), randomArray(k * n, 2)];
    const [x, y] = [toTensor(a, [m, k]), toTensor(b, [k, n])];
    for (const bakeShapes of [true, false]) {
      overrideTuning({ variant: '32x32t64', bakeShapes });
      const whole = matMul(x, y);
      overrideTuning({ variant: '32x32t64', bakeShapes, dispatchMilliseconds: 1e-9 });
      const before = backend.counters.dispatches;
      const pieces = matMul(x, y);
      expect(backend.counters.dispatches - before).toBe(3);
      expect(await pieces.data()).toEqual(await whole.data());
      expect(relativeError(await pieces.data(), matMulRef(a, b, { m, k, n }))).toBeLessThanOrEqual(1e-5);
      whole.dispose();
      pieces.dispose();
    }
    x.dispose();
    y.dispose();
  });

  it('also in a captured step, where what follows may be joined to a product that is whole but not to a piece', async () => {
    await testEngine();
    const [a, b] = [toTensor(randomArray(70 * 16, 1), [70, 16]), toTensor(randomArray(16 * 8, 2), [16, 8])];
    const totals: (number | undefined)[] = [];
    const products: (number | undefined)[] = [];
    for (const dispatchMilliseconds of [500, 1e-9]) {
      overrideTuning({ variant: '32x32t64', bakeShapes: true, dispatchMilliseconds });
      const step = compileStep({
        name: 'pieces',
        inputs: {},
        body: () => ({ total: sum(add(mul(matMul(a, b), 2), 1)) }),
      });
      step.run({});
      totals.push((await step.readStats()).total);
      products.push(
        Object.entries(step.info?.labels ?? {}).reduce(
          (count, [label, n]) => count + (label.startsWith('matMul') ? n : 0),
          0,
        ),
      );
      step.dispose();
    }
    expect(totals[1]).toBe(totals[0]);
    expect(products).toEqual([1, 3]);
    a.dispose();
    b.dispose();
  });
});
