import { describe, expect, it } from 'vitest';
import { cutByCost } from './cuts';

describe('cutByCost', () => {
  it('gives parts of equal time, not of equal length', () => {
    expect(cutByCost([1, 1, 1, 1, 1, 1], 3)).toEqual([2, 4, 6]);
    expect(cutByCost([10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 2)).toEqual([1, 11]);
    expect(cutByCost([1, 1, 1, 9], 2)).toEqual([4]);
  });

  it('covers every command once, whatever is asked', () => {
    for (const parts of [1, 2, 3, 7, 100]) {
      for (const length of [0, 1, 5, 40]) {
        const ends = cutByCost(
          Array.from({ length }, (_, i) => 1 + (i % 5)),
          parts,
        );
        expect(ends.length).toBeLessThanOrEqual(parts);
        expect(ends.at(-1) ?? 0).toBe(length);
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        expect(new Set(ends).size).toBe(ends.length);
      }
    }
  });

  it('keeps each part below its share and one command', () => {
    const costs = Array.from({ length: 200 }, (_, i) => ((i * 7919) % 13) + 0.5);
    const total = costs.reduce((a, b) => a + b, 0);
    let start = 0;
    for (const end of cutByCost(costs, 8)) {
      expect(costs.slice(start, end).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(total / 8 + Math.max(...costs));
      start = end;
    }
  });
});
