import { describe, it } from 'vitest';
import { checkOp } from '../testing/checkOp';
import { exp, logSoftmax, reshape, sigmoid, softmax, tanh, tidy, type Tensor } from '../tensor';

function softmaxRef(x: Float64Array): Float64Array {
  const total = x.reduce((sum, value) => sum + Math.exp(value), 0);
  return x.map((value) => Math.exp(value) / total);
}

const cases: [string, (x: Tensor) => Tensor, (x: Float64Array) => Float64Array][] = [
  ['exp', exp, (x) => x.map(Math.exp)],
  ['tanh', tanh, (x) => x.map(Math.tanh)],
  ['sigmoid', sigmoid, (x) => x.map((value) => 1 / (1 + Math.exp(-value)))],
  ['softmax', (x) => softmax(x), softmaxRef],
  ['logSoftmax', (x) => logSoftmax(x), (x) => softmaxRef(x).map(Math.log)],
  ['two in a row', (x) => tanh(exp(x)), (x) => x.map((value) => Math.tanh(Math.exp(value)))],
  ['one inside a tidy', (x) => tidy(() => reshape(exp(reshape(x, [3, 2])), [6])), (x) => x.map(Math.exp)],
];

describe('operations whose gradient reads their own result', () => {
  for (const [name, op, reference] of cases) {
    it(`${name}: second derivative`, async () => {
      await checkOp({ inputs: [{ shape: [6] }], op, reference, outputShape: [6] });
    });
  }
});
