import { describe, expect, it } from 'vitest';
import { add, mul, square, sum, tidy, type Tensor, type Tensor2D } from '../tensor';
import { testEngine } from '../testing/testEngine';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { joinColumns, splitColumns } from './splitColumns';

/** Column block `part` of `count` of a row-major matrix. */
function block(x: Float64Array, rows: number, count: number, part: number): Float64Array {
  const columns = x.length / rows;
  const width = columns / count;
  return Float64Array.from(
    { length: rows * width },
    (_, i) => x[Math.floor(i / width) * columns + part * width + (i % width)] ?? NaN,
  );
}

describe('splitColumns', () => {
  it('cuts from left to right, and joinColumns puts together again', async () => {
    await testEngine();
    for (const [rows, count, width] of [
      [3, 1, 4],
      [2, 4, 1],
      [5, 12, 3],
      [4, 25, 2],
    ] as const) {
      const values = randomArray(rows * count * width, 1);
      const x = toTensor(values, [rows, count * width]) as Tensor2D;
      const parts = tidy(() => splitColumns(x, count).map((part) => add(part, 0)));
      expect(parts.length).toBe(count);
      for (const [i, part] of parts.entries())
        expect(Float64Array.from(await part.data())).toEqual(block(values, rows, count, i));
      const whole = tidy(() => add(joinColumns(parts as Tensor2D[]), 0));
      expect(Float64Array.from(await whole.data())).toEqual(values);
      for (const tensor of [x, ...parts, whole]) tensor.dispose();
    }
  });

  it('differentiates, to second order', async () => {
    await testEngine();
    const weights = Array.from({ length: 12 }, (_, i) => 1 + i);
    await checkOp({
      inputs: [{ shape: [3, 24] }],
      // Each part counts differently, so that a part in the wrong place is seen.
      op: (x) =>
        splitColumns(x as Tensor2D, 12)
          .map((part, i) => sum(mul(mul(square(part), part), weights[i] ?? 0)))
          .reduce((a: Tensor, b) => add(a, b)),
      reference: (x) =>
        Float64Array.of(
          weights.reduce(
            (total, weight, i) => total + weight * block(x, 3, 12, i).reduce((all, value) => all + value ** 3, 0),
            0,
          ),
        ),
      outputShape: [],
    });
  });

  it('takes as few dispatches as the bindings allow', async () => {
    const { backend } = await testEngine();
    const x = toTensor(randomArray(24, 1), [1, 24]) as Tensor2D;
    const before = backend.counters.dispatches;
    tidy(() => void splitColumns(x, 12));
    expect(backend.counters.dispatches - before).toBeLessThanOrEqual(2);
    x.dispose();
    expect(() => splitColumns(toTensor(randomArray(4, 1), [1, 4]) as Tensor2D, 3)).toThrow(RangeError);
  });
});
