import { expect, it } from 'vitest';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { randomArray, toTensor } from '../testing/arrays';
import { testEngine } from '../testing/testEngine';
import { add, grad, square, sum, tidy } from '../tensor';
import { addLayerNorm } from './addLayerNorm';
import { layerNormRef } from './layerNorm.ref';
import { layerNorm } from './layerNorm';

describeFamilies('layerNorm', () => {
  for (const shape of [
    [2, 3, 8],
    [5, 7],
    [3, 20],
    [2, 36],
    [1, 1],
  ]) {
    it(`equals its reference to second order, [${shape.join(', ')}]`, async () => {
      const columns = shape.at(-1) ?? 1;
      await checkOp({
        inputs: [{ shape }, { shape: [columns], offset: 0.5 }, { shape: [columns] }],
        op: (x, gamma, beta) => layerNorm(x, gamma, beta, 1e-5),
        reference: (x, gamma, beta) => layerNormRef(x, gamma, beta, columns, 1e-5),
        outputShape: shape,
        // A row of one is constant.
        order: columns === 1 ? 1 : 2,
      });
    });
  }

  it('centres before it squares: a large mean costs no accuracy', async () => {
    await checkOp({
      inputs: [{ shape: [3, 64], offset: 100, scale: 0.5 }, { shape: [64] }, { shape: [64] }],
      op: (x, gamma, beta) => layerNorm(x, gamma, beta, 1e-5),
      reference: (x, gamma, beta) => layerNormRef(x, gamma, beta, 64, 1e-5),
      outputShape: [3, 64],
      order: 1,
      tolerance: 2e-5, // float32 spacing at 100 is 8e-6
    });
  });

  it('takes one dispatch, and one for the input’s gradient', async () => {
    const { backend } = await testEngine();
    const [x, gamma, beta, dy] = [[4, 16], [16], [16], [4, 16]].map((shape, i) =>
      toTensor(
        randomArray(
          shape.reduce((a, b) => a * b, 1),
          i,
        ),
        shape,
      ),
    );
    if (!x || !gamma || !beta || !dy) return;
    const counted = (f: () => { dispose: () => void }): number => {
      const before = backend.counters.dispatches;
      f().dispose();
      return backend.counters.dispatches - before;
    };
    const forward = counted(() => tidy(() => layerNorm(x, gamma, beta, 1e-5)));
    expect(forward).toBe(1);
    expect(counted(() => tidy(() => grad((t) => layerNorm(t, gamma, beta, 1e-5))(x, dy)))).toBe(2);
    expect(counted(() => tidy(() => sum(x)))).toBeGreaterThan(0);
    for (const tensor of [x, gamma, beta, dy]) tensor.dispose();
  });

  it('adds before it normalises, and gives both, to second order', async () => {
    for (const shape of [
      [2, 3, 8],
      [3, 5],
    ]) {
      const columns = shape.at(-1) ?? 1;
      const inputs = [{ shape }, { shape }, { shape: [columns], offset: 0.5 }, { shape: [columns] }];
      const added = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + (b[i] ?? NaN));
      // sum^2 + normed, so that what arrives through the sum is no constant.
      await checkOp({
        inputs,
        op: (a, b, gamma, beta) => {
          const { sum: total, normed } = addLayerNorm(a, b, gamma, beta, 1e-5);
          return add(square(total), normed);
        },
        reference: (a, b, gamma, beta) =>
          added(
            added(a, b).map((value) => value * value),
            layerNormRef(added(a, b), gamma, beta, columns, 1e-5),
          ),
        outputShape: shape,
      });
      await checkOp({
        inputs,
        op: (a, b, gamma, beta) => addLayerNorm(a, b, gamma, beta, 1e-5).normed,
        reference: (a, b, gamma, beta) => layerNormRef(added(a, b), gamma, beta, columns, 1e-5),
        outputShape: shape,
        order: 1,
      });
    }
  });
});
