import { describe, expect, it } from 'vitest';
import { makeFeatures } from '../partition/features.testing';
import { chanceOf, cohensKappa, leastShare, namesHelp, nearestNeighbours, neighbourAgreement } from './namesHelp';

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
});

describe('cohensKappa', () => {
  it('is (p - p_e) / (1 - p_e)', () => {
    // Equal in 4 of 6; chance 1/2 * 1/3 + 1/2 * 2/3.
    expect(cohensKappa(Int32Array.of(0, 0, 0, 1, 1, 1), Int32Array.of(0, 0, 1, 1, 1, 1), 2)).toBeCloseTo(
      (5 / 6 - 1 / 2) / (1 / 2),
      12,
    );
    expect(cohensKappa(Int32Array.of(0, 0), Int32Array.of(0, 0), 2)).toBe(0);
  });
});

describe('namesHelp', () => {
  const width = 16;
  const { features, classes } = makeFeatures({ d: width, counts: [[20], [20], [20], [20], [20], [20]], noise: 0.5 });
  const question = { vectors: features, d: width, classCount: 6, labeled: { right: 6, count: 6 }, seed: 1 };
  /** Every so many answers wrong. */
  const spoilt = (one: number): Int32Array => classes.map((c, i) => (i % one === 0 ? (c + 1 + (i % 5)) % 6 : c));

  it('takes names that fit the pictures better than the probe', () => {
    expect(namesHelp({ ...question, names: classes, probe: spoilt(2) })).toBe(true);
  });

  it('leaves names that mean something, but clearly less than the probe knows', () => {
    expect(namesHelp({ ...question, names: spoilt(4), probe: classes })).toBe(false);
  });

  it('leaves names without meaning', () => {
    const guessed = { ...question, labeled: { right: 1, count: 6 } };
    const meaningless = classes.map((_, i) => i % 6);
    expect(namesHelp({ ...guessed, names: meaningless, probe: spoilt(2) })).toBe(false);
    expect(namesHelp({ ...guessed, names: new Int32Array(classes.length), probe: spoilt(3) })).toBe(false);
  });

  it('decides for two classes as well', () => {
    const two = { vectors: line, d, classCount: 2, labeled: { right: 5, count: 10 }, seed: 1 };
    const halfRight = groups.map((c, i) => (i % 2 === 0 ? c : 1 - c));
    expect(namesHelp({ ...two, names: groups, probe: halfRight })).toBe(true);
    expect(namesHelp({ ...two, names: halfRight, probe: groups })).toBe(false);
  });

  it('asks the labeled pictures where two classes leave no order to compare with', () => {
    const oneWrong = groups.map((c, i) => (i === 3 ? 1 - c : c));
    const two = { vectors: line, d, classCount: 2, names: oneWrong, probe: groups, seed: 1 };
    const helps = (right: number, count: number): boolean => namesHelp({ ...two, labeled: { right, count } });
    expect([helps(10, 10), helps(9, 10)]).toEqual([true, true]);
    // As good as guessing, or too few to tell.
    expect([helps(5, 10), helps(2, 2)]).toEqual([false, false]);
  });

  it('takes names that are right where the probe is not, though its classes fit the pictures better', () => {
    // Names know three of four; the probe's classes are the pictures' own groups, half of them under a wrong label.
    const wrongly = classes.map((c) => (c < 3 ? c : 3 + ((c - 2) % 3)));
    const helps = (right: number, count: number): boolean =>
      namesHelp({ ...question, names: spoilt(4), probe: wrongly, labeled: { right, count } });
    expect(helps(75, 100)).toBe(true);
    // Too few to tell, or no more than both agree on.
    expect([helps(3, 4), helps(40, 100)]).toEqual([false, false]);
  });

  it('knows the lower end of what a share may be', () => {
    expect(leastShare(0, 0)).toBe(0);
    expect(leastShare(0, 10)).toBeCloseTo(0, 12);
    expect(leastShare(4, 4)).toBeCloseTo(0.5, 12);
    // (1/2 + 2/100 - sqrt(4/100 * 1/4 + (2/100)^2)) / (1 + 4/100)
    expect(leastShare(50, 100)).toBeCloseTo((0.52 - Math.sqrt(0.0104)) / 1.04, 12);
  });

  it('knows how likely a guess is', () => {
    expect(chanceOf(0, 4, 0.5)).toBeCloseTo(1, 12);
    expect(chanceOf(4, 4, 0.5)).toBeCloseTo(1 / 16, 12);
    expect(chanceOf(3, 4, 0.5)).toBeCloseTo(5 / 16, 12);
    expect(chanceOf(3, 3, 1 / 3)).toBeCloseTo(1 / 27, 12);
  });
});
