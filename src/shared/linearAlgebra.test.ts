import { describe, expect, it } from 'vitest';
import { CounterRandom } from './rng';
import {
  accumulateRows,
  choleskyOf,
  choleskySolve,
  covarianceOfRows,
  meanOfRows,
  multiplyRows,
  normalize,
} from './linearAlgebra';

const random = new CounterRandom(5, 901);
const numbers = (count: number): number[] => Array.from({ length: count }, () => random.normal());
// Odd sizes on purpose: they leave remainders after blocks of two rows, four rows, two classes and four classes.
const shapes = [
  { total: 9, n: 1, d: 1, m: 1 },
  { total: 9, n: 7, d: 5, m: 3 },
  { total: 20, n: 12, d: 8, m: 4 },
  { total: 20, n: 13, d: 17, m: 7 },
];

describe.each(shapes)('products of $n rows of $d numbers with $m classes', ({ total, n, d, m }) => {
  const features = Float32Array.from(numbers(total * d));
  const rows = Int32Array.from({ length: n }, () => random.integer(total));
  const f = (i: number, j: number): number => features[(rows[i] as number) * d + j] as number;

  it('multiplies rows like the plain sum', () => {
    const weights = Float64Array.from(numbers(m * d));
    const out = new Float64Array(n * m);
    multiplyRows({ features, d, rows, weights, m }, out);
    for (let i = 0; i < n; i += 1) {
      for (let c = 0; c < m; c += 1) {
        let sum = 0;
        for (let j = 0; j < d; j += 1) sum += f(i, j) * (weights[c * d + j] as number);
        expect(out[i * m + c]).toBeCloseTo(sum, 10);
      }
    }
  });

  it('accumulates weighted rows on top of what is there', () => {
    const coefficients = Float64Array.from(numbers(n * m));
    const before = Float64Array.from(numbers(m * d));
    const out = before.slice();
    accumulateRows(features, d, rows, coefficients, m, out);
    for (let c = 0; c < m; c += 1) {
      for (let j = 0; j < d; j += 1) {
        let sum = before[c * d + j] as number;
        for (let i = 0; i < n; i += 1) sum += (coefficients[i * m + c] as number) * f(i, j);
        expect(out[c * d + j]).toBeCloseTo(sum, 10);
      }
    }
  });

  it('has mean and covariance like the plain sums', () => {
    const mean = meanOfRows(features, d, rows);
    const covariance = covarianceOfRows(features, d, rows, mean);
    for (let a = 0; a < d; a += 1) {
      let sum = 0;
      for (let i = 0; i < n; i += 1) sum += f(i, a);
      expect(mean[a]).toBeCloseTo(sum / n, 10);
      for (let b = 0; b <= a; b += 1) {
        let product = 0;
        for (let i = 0; i < n; i += 1) product += (f(i, a) - (mean[a] as number)) * (f(i, b) - (mean[b] as number));
        expect(covariance[a * d + b]).toBeCloseTo(product / n, 10);
      }
    }
  });
});

describe('Cholesky', () => {
  it.each([1, 2, 5, 9])('solves (scale A + ridge I) x = b for %i unknowns, A rank deficient', (d) => {
    const low = numbers(d);
    const a = new Float64Array(d * d);
    for (let i = 0; i < d; i += 1)
      for (let j = 0; j <= i; j += 1) a[i * d + j] = (low[i] as number) * (low[j] as number);
    const x = Float64Array.from(numbers(3 * d));
    const b = new Float64Array(3 * d);
    for (let r = 0; r < 3; r += 1) {
      for (let i = 0; i < d; i += 1) {
        for (let j = 0; j < d; j += 1) {
          const entry = 0.7 * (low[i] as number) * (low[j] as number) + (i === j ? 0.1 : 0);
          b[r * d + i] = (b[r * d + i] as number) + entry * (x[r * d + j] as number);
        }
      }
    }
    choleskySolve(choleskyOf(a, d, 0.7, 0.1), d, b, 3);
    b.forEach((value, i) => expect(value).toBeCloseTo(x[i] as number, 9));
  });
});

describe('normalize', () => {
  it('scales to unit length, in a range, and leaves zeros alone', () => {
    const vector = Float64Array.of(9, 3, 4, 9);
    expect(normalize(vector, 1, 3)).toBe(5);
    expect([...vector]).toEqual([9, 0.6, 0.8, 9]);
    const zero = new Float32Array(3);
    expect(normalize(zero)).toBe(0);
    expect([...zero]).toEqual([0, 0, 0]);
  });
});
