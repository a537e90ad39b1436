import { describe, expect, it } from 'vitest';
import { nearestNeighbours, neighbourAgreement, neighbourLikeness } from './neighbours';

/** On a line: two groups of ten, a neighbour's distance apart inside and far from each other. */
const d = 2;
const line = Float32Array.from(
  Array.from({ length: 20 }, (_, i) => (i < 10 ? 0.02 * i : 2 + 0.02 * i)).flatMap((a) => [Math.cos(a), Math.sin(a)]),
);
const groups = Int32Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 1));

describe('neighbours', () => {
  it('are the most similar others, best first', () => {
    const neighbours = nearestNeighbours(line, d);
    expect([...(neighbours[0] ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(neighbours[5])).not.toContain(5);
    // Three rows have two others each.
    expect(nearestNeighbours(line.subarray(0, 6), d).map((others) => others.length)).toEqual([2, 2, 2]);
  });

  it('agree in full where classes follow the pictures, and not beyond chance where they do not', () => {
    const neighbours = nearestNeighbours(line, d);
    const mean = (classes: Int32Array): number =>
      neighbourAgreement(neighbours, classes, 2).reduce((sum, value) => sum + value / 20, 0);
    expect(mean(groups)).toBeCloseTo(1, 12);
    expect(Math.abs(mean(groups.map((_, i) => i % 2)))).toBeLessThan(0.2);
    expect(mean(new Int32Array(20))).toBe(0);
  });

  it('are as like as the cosine says', () => {
    const three = line.subarray(0, 6);
    const expected = (2 * (Math.cos(0.02) + Math.cos(0.02) + Math.cos(0.04))) / 6;
    expect(neighbourLikeness(three, d, nearestNeighbours(three, d))).toBeCloseTo(expected, 6);
    expect(neighbourLikeness(line.subarray(0, 2), d, [Int32Array.of()])).toBe(0);
  });
});
