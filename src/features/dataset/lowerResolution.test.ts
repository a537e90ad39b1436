import { expect, test } from 'vitest';
import { tooLarge } from './LowerResolution';
import { expectation, timeHere } from './TimeHere';

test('a size is too large where memory or patience would not do', () => {
  expect(tooLarge(9e9, 4e9, 60)).toContain('9.0 GB');
  expect(tooLarge(1e9, 4e9, 10 * 24 * 3600)).toContain('10 d');
  expect(tooLarge(1e9, 4e9, 3600)).toBeNull();
  expect(tooLarge(1e9, 4e9, null)).toBeNull();
});

test('times are told as what they are', () => {
  const estimate = { whole: 7200, recognisable: 240, measured: true, borrowed: false };
  expect(timeHere(estimate)).toBe('about 2 h 00 min here');
  expect(timeHere({ ...estimate, measured: false })).toBe('roughly 2 h 00 min here');
  expect(timeHere(null)).toBeNull();
  expect(expectation(estimate)).toContain('4 min');
  expect(expectation({ ...estimate, recognisable: null })).toContain('Too short');
  expect(expectation({ ...estimate, borrowed: true })).toContain('was not measured');
});
