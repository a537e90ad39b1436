import { expect, it } from 'vitest';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { columnSum } from './columnSum';

function columnSumRef(x: Float64Array, columns: number): Float64Array {
  const y = new Float64Array(columns);
  x.forEach((value, i) => (y[i % columns] = (y[i % columns] ?? 0) + value));
  return y;
}

describeFamilies('columnSum', () => {
  it('equals its reference to second order', async () => {
    for (const shape of [
      [3, 4],
      [2, 3, 2, 5],
      [1, 1],
    ]) {
      const columns = shape.at(-1) ?? 1;
      await checkOp({
        inputs: [{ shape }],
        op: columnSum,
        reference: (x) => columnSumRef(x, columns),
        outputShape: [columns],
      });
    }
  });

  it('sums many rows in parts, to the same bits every time', async () => {
    const [rows, columns] = [5000, 3];
    const x = randomArray(rows * columns, 1);
    const tensor = toTensor(x, [rows, columns]);
    const [first, again] = [columnSum(tensor), columnSum(tensor)];
    const values = await first.data();
    expect(relativeError(values, columnSumRef(x, columns))).toBeLessThanOrEqual(1e-5);
    expect(await again.data()).toEqual(values);
    for (const each of [tensor, first, again]) each.dispose();
  });
});
