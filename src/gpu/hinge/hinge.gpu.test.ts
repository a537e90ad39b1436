import { expect, it } from 'vitest';
import { square, tensor, tensor1d, tidy } from '../tensor';
import { testEngine } from '../testing/testEngine';
import { randomArray } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { describeFamilies } from '../testing/variants';
import { logitMeans } from './logitMeans';
import { weightedHinge } from './weightedHinge';
import { weightedHingeRef } from './weightedHinge.ref';

describeFamilies('weightedHinge', () => {
  for (const shape of [[1], [6, 2], [250]]) {
    it(`equals its reference, [${shape.join(', ')}]`, async () => {
      await testEngine();
      const size = shape.reduce((a, b) => a * b, 1);
      const signs = Float32Array.from({ length: size }, (_, i) => (i % 3 === 0 ? -1 : 1));
      const coefficients = Float32Array.from(randomArray(size, 7));
      const [signTensor, coefficientTensor] = [tensor1d(signs), tensor1d(coefficients)];
      await checkOp({
        // Scaled so that logits lie on both sides of the hinge.
        inputs: [{ shape, scale: 2.5 }],
        op: (logits) => weightedHinge(logits, signTensor, coefficientTensor),
        reference: (logits) => weightedHingeRef(logits, signs, coefficients),
        outputShape: [],
        order: 1,
      });
      // Linear in what comes from above: the gradient of the square is 2 loss times the loss's own.
      await checkOp({
        inputs: [{ shape, scale: 2.5 }],
        op: (logits) => square(weightedHinge(logits, signTensor, coefficientTensor)),
        reference: (logits) => weightedHingeRef(logits, signs, coefficients).map((value) => value * value),
        outputShape: [],
      });
      signTensor.dispose();
      coefficientTensor.dispose();
    });
  }

  it('takes one dispatch', async () => {
    const { backend } = await testEngine();
    const [logits, signs, coefficients] = [tensor1d([1, 2]), tensor1d([1, -1]), tensor1d([1, 1])];
    const before = backend.counters.dispatches;
    const loss = weightedHinge(logits, signs, coefficients);
    expect(backend.counters.dispatches - before).toBe(1);
    expect([...(await loss.data())]).toEqual([3]);
  });

  it('refuses operands of different sizes', () => {
    expect(() => weightedHinge(tensor1d([1, 2]), tensor1d([1]), tensor1d([1, 1]))).toThrow(RangeError);
  });
});

it('takes means and signs of reals and fakes', async () => {
  await testEngine();
  const logits = tensor([3, 9, -1, 9, -2, 9, -4, 9, 100, 9], [5, 2]);
  const { real, fake, signReal, signFake } = tidy(() => logitMeans(logits, 2));
  const values = await Promise.all([real, fake, signReal, signFake].map(async (mean) => (await mean.data())[0]));
  expect(values).toEqual([1, -3, 0, -1]);
  expect(() => logitMeans(logits, 3)).toThrow(RangeError);
});
