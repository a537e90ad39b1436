import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../shared/rng';
import { normalInit, orthogonalInit, unitInit } from './init';

/** Largest deviation of the Gram matrix of the fewer of rows and columns from the identity. */
function gramError(weights: Float32Array, rows: number, columns: number): number {
  const byRow = rows <= columns;
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const at = (i: number, k: number): number => weights[byRow ? i * columns + k : k * columns + i] ?? 0;
  let worst = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      let product = 0;
      for (let k = 0; k < length; k++) product += at(i, k) * at(j, k);
      worst = Math.max(worst, Math.abs(product - (i === j ? 1 : 0)));
    }
  }
  return worst;
}

describe('init', () => {
  it.each([
    [[3, 3, 8, 5], 72, 5],
    [[3, 3, 1, 32], 9, 32],
    [[6, 6], 6, 6],
    [[1, 7], 1, 7],
  ])('makes %j orthogonal', (shape, rows, columns) => {
    expect(gramError(orthogonalInit(shape, new CounterRandom(1, 2)), rows, columns)).toBeLessThan(1e-6);
  });

  it('draws N(0, std^2)', () => {
    const values = normalInit([100, 100], new CounterRandom(3, 4), 0.02);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    // Four standard errors of 10,000 draws.
    expect(Math.abs(mean)).toBeLessThan((4 * 0.02) / 100);
    expect(Math.abs(Math.sqrt(variance) / 0.02 - 1)).toBeLessThan(4 * Math.sqrt(0.5 / 10_000));
  });

  it('repeats from the seed', () => {
    expect(orthogonalInit([4, 9], new CounterRandom(7, 0))).toEqual(orthogonalInit([4, 9], new CounterRandom(7, 0)));
    expect(orthogonalInit([4, 9], new CounterRandom(7, 0))).not.toEqual(
      orthogonalInit([4, 9], new CounterRandom(8, 0)),
    );
  });

  it('starts a power iteration with a unit vector', () => {
    expect(Math.hypot(...unitInit(33, new CounterRandom(5, 6)))).toBeCloseTo(1, 6);
  });
});
