import { describe, expect, it } from 'vitest';
import { add, mul, square, sum, tensor, tidy, type Tensor, type Tensor2D } from '../tensor';
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
      for (const each of [x, ...parts, whole]) each.dispose();
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

  it('cuts into parts of any widths, and differentiates, to second order', async () => {
    await testEngine();
    // More than one dispatch binds.
    const widths = [3, 1, 2, 4, 1, 1, 2, 5, 1, 3, 2, 1];
    const columns = widths.reduce((a, b) => a + b);
    const starts = widths.map((_, i) => widths.slice(0, i).reduce((a, b) => a + b, 0));
    const cubed = (x: Float64Array, part: number): number =>
      x.reduce((total, value, i) => {
        const at = (i % columns) - (starts[part] ?? 0);
        // The place within the part counts too.
        return at < 0 || at >= (widths[part] ?? 0) ? total : total + (1 + at) * value ** 3;
      }, 0);
    await checkOp({
      inputs: [{ shape: [3, columns] }],
      op: (x) =>
        splitColumns(x as Tensor2D, widths)
          .map((part, i) => {
            const places = tensor(Float32Array.from({ length: part.shape[1] }, (_, at) => (1 + at) * (2 + i)));
            return sum(mul(mul(square(part), part), places));
          })
          .reduce((a: Tensor, b) => add(a, b)),
      reference: (x) => Float64Array.of(widths.reduce((total, _, i) => total + (2 + i) * cubed(x, i), 0)),
      outputShape: [],
    });
    const values = randomArray(2 * columns, 3);
    const x = toTensor(values, [2, columns]) as Tensor2D;
    const whole = tidy(() => add(joinColumns(splitColumns(x, widths)), 0));
    expect(Float64Array.from(await whole.data())).toEqual(values);
    for (const wrong of [[], [3], [columns, 0], [columns + 1, -1]])
      expect(() => splitColumns(x, wrong), `${wrong.join()}`).toThrow(RangeError);
    x.dispose();
    whole.dispose();
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
