import { expect, test } from 'vitest';
import { frameAt } from './useMoment';

test('an iteration shows the last grid that is not later', () => {
  expect(frameAt([10, 20, 40], null)).toBe(2);
  expect(frameAt([10, 20, 40], 39)).toBe(1);
  expect(frameAt([10, 20, 40], 40)).toBe(2);
  expect(frameAt([10, 20, 40], 3)).toBe(0);
  expect(frameAt([], 3)).toBe(0);
});
