import { expect, it } from 'vitest';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { testEngine } from '../testing/testEngine';
import { grad, tidy, type Tensor } from '../tensor';
import { softmax } from './softmax';
import { softmaxRef } from './softmax.ref';

describeFamilies('softmax', () => {
  for (const shape of [[3, 5], [2, 3, 4], [2, 37], [4]]) {
    it(`equals its reference to second order, [${shape.join(', ')}]`, async () => {
      await checkOp({
        inputs: [{ shape, scale: 2 }],
        op: softmax,
        reference: (x) => softmaxRef(x, shape.at(-1) ?? 1),
        outputShape: shape,
      });
    });
  }

  it('has a third derivative', async () => {
    await checkOp({
      inputs: [{ shape: [2, 4] }],
      op: (x) => grad((t: Tensor) => softmax(t))(x, toTensor(randomArray(8, 5), [2, 4])),
      reference: (x) => {
        const [y, dy] = [softmaxRef(x, 4), randomArray(8, 5)];
        return y.map((value, i) => {
          const first = i - (i % 4);
          return (
            value *
            ((dy[i] ?? NaN) - [0, 1, 2, 3].reduce((sum, j) => sum + (dy[first + j] ?? NaN) * (y[first + j] ?? NaN), 0))
          );
        });
      },
      outputShape: [2, 4],
    });
  });

  it('does not overflow, and takes one dispatch each way', async () => {
    const { backend } = await testEngine();
    const [x, dy] = [toTensor(Float64Array.of(1e4, 1e4, -1e4, 0), [2, 2]), toTensor(randomArray(4, 2), [2, 2])];
    const before = backend.counters.dispatches;
    const dx = tidy(() => grad((t: Tensor) => softmax(t))(x, dy));
    expect(backend.counters.dispatches - before).toBe(2);
    const y = softmax(x);
    expect(Array.from(await y.data())).toEqual([0.5, 0.5, 0, 1]);
    (await dx.data()).forEach((value) => expect(Number.isFinite(value)).toBe(true));
    for (const tensor of [x, dy, dx, y]) tensor.dispose();
  });
});
