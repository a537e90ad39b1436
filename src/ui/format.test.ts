import { describe, expect, it } from 'vitest';
import { formatDuration, formatShare, formatShort, formatValue, plural } from './format';

describe('format', () => {
  it.each([
    [0, '1 s'],
    [40.2, '40 s'],
    [59.7, '1 min'],
    [725, '12 min'],
    [3599, '1 h 00 min'],
    [7500, '2 h 05 min'],
    [277_200, '3 d 5 h'],
    [5_480_000, '63 d'],
    [218_100_000, '7 years'],
    [Number.NaN, 'unknown'],
    [-1, 'unknown'],
  ])('duration %s s is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [0, '0%'],
    [0.0004, '<0.1%'],
    [0.004, '0.4%'],
    [0.05, '5%'],
    [0.0996, '10%'],
    [0.1234, '12%'],
    [1, '100%'],
  ])('share %s is %s', (share, text) => expect(formatShare(share)).toBe(text));

  it.each([
    [0.69314, '0.693'],
    [-12.4, '\u221212.40'],
    [123.45, '123.5'],
    [0, '0.000'],
    [1.23e-5, '1.2e-5'],
    [-2e6, '\u22122.0e6'],
    [null, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('value %s is %s', (value, text) => expect(formatValue(value)).toBe(text));

  it('short counts and plurals', () => {
    expect([950, 1234, 12_345, 1_234_567, 10_300_000].map(formatShort)).toEqual([
      '950',
      '1.2 k',
      '12 k',
      '1.2 M',
      '10 M',
    ]);
    expect([plural(1, 'class', 'classes'), plural(5410, 'picture')]).toEqual(['1 class', '5,410 pictures']);
  });
});
