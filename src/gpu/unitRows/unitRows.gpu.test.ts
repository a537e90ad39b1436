import { expect, it } from 'vitest';
import { grad, tidy, type Tensor, type Tensor2D } from '../tensor';
import { testEngine } from '../testing/testEngine';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { unitRows } from './unitRows';
import { unitRowsRef } from './unitRows.ref';

describeFamilies('unitRows', () => {
  for (const [rows, columns, scale] of [
    [3, 5, 1],
    [1, 1, 2],
    [4, 33, 5.5],
    [2, 600, 1],
  ] as const) {
    it(`equals its reference to second order, [${rows}, ${columns}]`, async () => {
      await checkOp({
        inputs: [{ shape: [rows, columns], offset: 0.1 }],
        op: (x) => unitRows(x as Tensor2D, scale),
        reference: (x) => unitRowsRef(x, columns, scale),
        outputShape: [rows, columns],
        // A row of one is constant but for its sign.
        order: columns === 1 ? 0 : 2,
      });
    });
  }

  it('leaves a row of zeros at zero', async () => {
    await testEngine();
    const y = unitRows(toTensor(new Float64Array(8), [2, 4]) as Tensor2D);
    expect([...(await y.data())]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('takes one dispatch each way', async () => {
    const { backend } = await testEngine();
    const x = toTensor(randomArray(12, 1), [3, 4]);
    const before = backend.counters.dispatches;
    const value = unitRows(x as Tensor2D);
    expect(backend.counters.dispatches - before).toBe(1);
    const slope = tidy(() => grad((t: Tensor) => unitRows(t as Tensor2D))(x, value));
    expect(backend.counters.dispatches - before).toBe(3);
    for (const tensor of [x, value, slope]) tensor.dispose();
  });
});
