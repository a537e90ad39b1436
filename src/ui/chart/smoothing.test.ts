import { describe, expect, it } from 'vitest';
import { smooth, spread } from './smoothing';

const variance = (values: (number | null)[]) =>
  values.reduce<number>((sum, value) => sum + (value ?? 0) ** 2, 0) / values.length;

describe('smooth', () => {
  it('leaves a constant alone from the first value on', () => {
    for (const value of smooth([3, 3, 3, 3], 0.95)) expect(value).toBeCloseTo(3, 12);
  });

  it('is the identity at weight 0', () => {
    expect(smooth([1, -2, 5], 0)).toEqual([1, -2, 5]);
  });

  it('is the weighted mean of what came before', () => {
    const [first, second, third] = smooth([1, 2, 4], 0.5);
    expect(first).toBeCloseTo(1, 12);
    expect(second).toBeCloseTo((0.5 * 2 + 0.25 * 1) / 0.75, 12);
    expect(third).toBeCloseTo((0.5 * 4 + 0.25 * 2 + 0.125 * 1) / 0.875, 12);
  });

  it('keeps gaps and goes on after them', () => {
    const values = smooth([null, 2, null, 2], 0.9);
    expect(values[0]).toBeNull();
    expect(values[2]).toBeNull();
    expect(values[3]).toBeCloseTo(2, 12);
  });

  it('reduces the variance of noise', () => {
    const noise = Array.from({ length: 2000 }, (_, i) => Math.sin(i * i));
    expect(variance(smooth(noise, 0.9))).toBeLessThan(variance(noise) / 5);
  });

  it('refuses a weight outside [0, 1)', () => {
    expect(() => smooth([1], 1)).toThrow(RangeError);
    expect(() => smooth([1], Number.NaN)).toThrow(RangeError);
  });
});

describe('spread', () => {
  it('takes all where they fit, and both ends otherwise', () => {
    expect(spread(3, 5)).toEqual([0, 1, 2]);
    expect(spread(101, 5)).toEqual([0, 25, 50, 75, 100]);
    expect(spread(0, 5)).toEqual([]);
  });
});
