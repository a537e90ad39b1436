import { expect, test } from 'vitest';
import { RestoreBudget, restoreLimits } from './restoreBudget';

test('three tries within ten minutes, and new ones as the old ones pass', () => {
  let time = 0;
  const budget = new RestoreBudget(() => time);
  const takenAt = (minutes: number): boolean => {
    time = minutes * 60_000;
    return budget.take();
  };
  expect(restoreLimits).toEqual({ times: 3, windowMs: 600_000 });
  expect([0, 4, 8].map(takenAt)).toEqual([true, true, true]);
  expect(takenAt(9.9)).toBe(false);
  // A refused try costs nothing: the first of the three is over now, the second four minutes later.
  expect([10.1, 10.2, 14.1].map(takenAt)).toEqual([true, false, true]);
});
