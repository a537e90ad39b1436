import { expect, it } from 'vitest';
import { grad, tensor1d, tidy, type Tensor } from '../tensor';
import { testEngine } from '../testing/testEngine';
import { randomArray } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { weightedSoftplus } from './weightedSoftplus';
import { weightedSoftplusRef } from './weightedSoftplus.ref';

describeFamilies('weightedSoftplus', () => {
  for (const shape of [[1], [6, 2], [250]]) {
    it(`equals its reference to second order, [${shape.join(', ')}]`, async () => {
      await testEngine();
      const size = shape.reduce((a, b) => a * b, 1);
      const signs = Float32Array.from({ length: size }, (_, i) => (i % 3 === 0 ? -1 : 1));
      const coefficients = Float32Array.from(randomArray(size, 7));
      const [signTensor, coefficientTensor] = [tensor1d(signs), tensor1d(coefficients)];
      await checkOp({
        inputs: [{ shape, scale: 4 }],
        op: (logits) => weightedSoftplus(logits, signTensor, coefficientTensor),
        reference: (logits) => weightedSoftplusRef(logits, signs, coefficients),
        outputShape: [],
      });
      signTensor.dispose();
      coefficientTensor.dispose();
    });
  }

  it('is finite far out, and so is its slope', async () => {
    await testEngine();
    const far = [-1e4, -200, 200, 1e4];
    const [x, ones] = [tensor1d(far), tensor1d([1, 1, 1, 1])];
    const loss = (t: Tensor): Tensor => weightedSoftplus(t, ones, ones);
    const [value, slope] = tidy(() => [loss(x), grad(loss)(x)]) as [Tensor, Tensor];
    expect((await value.data())[0]).toBe(10_200);
    expect([...(await slope.data())].map(Math.round)).toEqual([-1, -1, -0, -0]);
    for (const each of [x, ones, value, slope]) each.dispose();
  });

  it('takes one dispatch', async () => {
    const { backend } = await testEngine();
    const [logits, signs, coefficients] = [tensor1d([1, 2]), tensor1d([1, -1]), tensor1d([1, 1])];
    const before = backend.counters.dispatches;
    const loss = weightedSoftplus(logits, signs, coefficients);
    expect(backend.counters.dispatches - before).toBe(1);
    for (const each of [logits, signs, coefficients, loss]) each.dispose();
  });

  it('refuses operands of different sizes', () => {
    expect(() => weightedSoftplus(tensor1d([1, 2]), tensor1d([1]), tensor1d([1, 1]))).toThrow(RangeError);
  });
});
