import { describe, expect, it } from 'vitest';
import type { Activation } from '../biasAct/activation';
import { biasActRef } from '../biasAct/activation.ref';
import { matMulRef } from '../matmul/matmul.ref';
import { randomArray, relativeError, toTensor } from '../testing/arrays';
import { checkOp } from '../testing/checkOp';
import { testEngine } from '../testing/testEngine';
import { grad, tidy, type Tensor, type Tensor2D } from '../tensor';
import { overrideTuning } from '../tuning';
import { dense } from './dense';

const activations: Activation[] = ['linear', 'relu', 'lrelu', 'gelu', 'geluTanh', 'quickGelu'];
const denseRef = (
  x: Float64Array,
  w: Float64Array,
  bias: Float64Array | null,
  [m, k, n]: readonly [number, number, number],
  activation: Activation,
): Float64Array => biasActRef(matMulRef(x, w, { m, k, n }), bias, activation);

describe('dense', () => {
  for (const activation of activations) {
    it(`${activation} equals its reference to second order`, async () => {
      for (const [seed, size] of (
        [
          [5, 8, 4],
          [3, 6, 7],
        ] as const
      ).entries()) {
        const [m, k, n] = size;
        await checkOp({
          seed,
          inputs: [{ shape: [m, k] }, { shape: [k, n] }, { shape: [n] }],
          op: (x, w, bias) => dense(x as Tensor2D, w as Tensor2D, bias, activation),
          reference: (x, w, bias) => denseRef(x, w, bias, size, activation),
          outputShape: [m, n],
        });
      }
      await checkOp({
        inputs: [{ shape: [2, 4] }, { shape: [4, 4] }],
        op: (x, w) => dense(x as Tensor2D, w as Tensor2D, null, activation),
        reference: (x, w) => denseRef(x, w, null, [2, 4, 4], activation),
        outputShape: [2, 4],
      });
    });
  }

  it('finishes a split product as it does a whole one', async () => {
    overrideTuning({ workgroupMemory: true, bakeShapes: false, wantedWorkgroups: 64 });
    try {
      for (const n of [8, 7]) {
        const [x, w, bias] = [randomArray(3 * 600, 1), randomArray(600 * n, 2), randomArray(n, 3)];
        const tensors = [toTensor(x, [3, 600]), toTensor(w, [600, n]), toTensor(bias, [n])] as const;
        const y = dense(tensors[0] as Tensor2D, tensors[1] as Tensor2D, tensors[2], 'quickGelu');
        expect(relativeError(await y.data(), denseRef(x, w, bias, [3, 600, n], 'quickGelu'))).toBeLessThanOrEqual(1e-5);
        for (const tensor of [...tensors, y]) tensor.dispose();
      }
    } finally {
      overrideTuning({});
    }
  });

  it('computes no gradient of weights that nobody asked for', async () => {
    const { backend } = await testEngine();
    const [x, w, bias, dy] = [[4, 8], [8, 4], [4], [4, 4]].map((shape, i) =>
      toTensor(
        randomArray(
          shape.reduce((a, b) => a * b, 1),
          i,
        ),
        shape,
      ),
    ) as [Tensor2D, Tensor2D, Tensor, Tensor2D];
    for (const [activation, dispatches] of [
      ['linear', 2],
      ['quickGelu', 3],
      ['lrelu', 3],
    ] as const) {
      const before = backend.counters.dispatches;
      tidy(() => grad((t: Tensor) => dense(t as Tensor2D, w, bias, activation))(x, dy)).dispose();
      expect(backend.counters.dispatches - before, activation).toBe(dispatches);
    }
    for (const tensor of [x, w, bias, dy]) tensor.dispose();
  });
});
