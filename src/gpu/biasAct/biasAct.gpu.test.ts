import { describe, expect, it } from 'vitest';
import { randomArray, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { grad, square, sum, tidy, type Tensor } from '../tensor';
import { biasActRef, erfRef } from './activation.ref';
import type { Activation } from './activation';
import { biasAct } from './biasAct';

const activations: Activation[] = ['linear', 'relu', 'lrelu', 'gelu', 'geluTanh', 'quickGelu'];

describe('biasAct', () => {
  for (const activation of activations) {
    it(`${activation} equals its reference to second order`, async () => {
      for (const shape of [[3, 8], [2, 3, 5], [7]]) {
        const columns = shape.at(-1) ?? 1;
        await checkOp({
          inputs: [{ shape, scale: 3 }, { shape: [columns] }],
          op: (x, bias) => biasAct(x, bias, { activation, gain: 1.5, alpha: 0.1 }),
          reference: (x, bias) => biasActRef(x, bias, activation, 1.5, 0.1),
          outputShape: shape,
        });
        await checkOp({
          inputs: [{ shape, scale: 3 }],
          op: (x) => biasAct(x, null, { activation }),
          reference: (x) => biasActRef(x, null, activation),
          outputShape: shape,
        });
      }
    });
  }

  it('has third derivatives where they are not zero', async () => {
    for (const activation of ['gelu', 'geluTanh', 'quickGelu'] as const) {
      await checkOp({
        inputs: [{ shape: [6], scale: 2 }],
        op: (x) => grad((t: Tensor) => sum(biasAct(t, null, { activation })))(x),
        reference: (x) =>
          x.map(
            (value) =>
              (biasActRef(Float64Array.of(value + 1e-4), null, activation)[0] ?? NaN) / 2e-4 -
              (biasActRef(Float64Array.of(value - 1e-4), null, activation)[0] ?? NaN) / 2e-4,
          ),
        outputShape: [6],
        // Differencing a difference: rounding noise of 1e-16 / (1e-4)^3.
        gradientTolerance: 5e-3,
      });
    }
  });

  it('is finite far out', async () => {
    const x = toTensor(Float64Array.of(-1e4, -100, 100, 1e4), [4]);
    for (const activation of activations) {
      const y = biasAct(x, null, { activation });
      const slope = grad((t: Tensor) => biasAct(t, null, { activation }))(x);
      for (const tensor of [y, slope]) {
        (await tensor.data()).forEach((value) => expect(Number.isFinite(value)).toBe(true));
        tensor.dispose();
      }
    }
    x.dispose();
  });

  it('is constant to the tape where its derivative is constant, so that nothing flows back through it', () => {
    const x = toTensor(randomArray(8, 1), [2, 4]);
    const slopes = (t: Tensor): Tensor => square(grad((u: Tensor) => biasAct(u, null, { activation: 'lrelu' }))(t));
    expect(() => tidy(() => grad(slopes)(x))).toThrow(/Cannot compute gradient/);
    x.dispose();
  });

  it('has a reference with an exact erf', () => {
    // Abramowitz and Stegun, table 7.1.
    for (const [x, value] of [
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3.5, 0.9999992569016276],
    ] as const) {
      expect(erfRef(x)).toBeCloseTo(value, 14);
      expect(erfRef(-x)).toBeCloseTo(-value, 14);
    }
  });
});
