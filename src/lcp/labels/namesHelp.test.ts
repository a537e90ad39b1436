import { describe, expect, it } from 'vitest';
import { makeFeatures } from '../partition/features.testing';
import { logOddsOfMeaning, namesHelp } from './namesHelp';
import { nearestNeighbours } from './neighbours';

describe('namesHelp', () => {
  const width = 16;
  const { features, classes } = makeFeatures({ d: width, counts: [[20], [20], [20], [20], [20], [20]], noise: 0.5 });
  const question = { neighbours: nearestNeighbours(features, width), classCount: 6, labeled: { right: 6, count: 6 } };
  /** Every so many answers wrong. */
  const spoilt = (one: number): Int32Array => classes.map((c, i) => (i % one === 0 ? (c + 1 + (i % 5)) % 6 : c));

  it('takes names that name labeled pictures rightly and fit the pictures better than the probe', () => {
    expect(namesHelp({ ...question, names: classes, probe: spoilt(2) })).toBe(true);
  });

  it('leaves names that mean something, but clearly less than the probe knows', () => {
    expect(namesHelp({ ...question, names: spoilt(4), probe: classes })).toBe(false);
  });

  it('takes names that fit worse where enough labeled pictures bear them out', () => {
    const helps = (right: number, count: number): boolean =>
      namesHelp({ ...question, names: spoilt(12), probe: classes, labeled: { right, count } });
    expect(helps(75, 100)).toBe(true);
    // Too few to tell, or hardly more than guessing.
    expect([helps(3, 4), helps(20, 100)]).toEqual([false, false]);
  });

  it('leaves names without meaning', () => {
    const guessed = { ...question, labeled: { right: 1, count: 6 } };
    const meaningless = classes.map((_, i) => i % 6);
    expect(namesHelp({ ...guessed, names: meaningless, probe: spoilt(2) })).toBe(false);
    expect(namesHelp({ ...guessed, names: new Int32Array(classes.length), probe: spoilt(3) })).toBe(false);
  });

  it('leaves names of other classes, though they fit the pictures as well as can be', () => {
    const another = classes.map((c) => (c + 1) % 6);
    const wrong = { right: 0, count: 6 };
    expect(namesHelp({ ...question, names: another, probe: spoilt(2), labeled: wrong })).toBe(false);
  });

  it('decides by the labeled pictures where names and probe say the same', () => {
    const helps = (right: number): boolean =>
      namesHelp({ ...question, names: classes, probe: classes, labeled: { right, count: 6 } });
    expect([helps(4), helps(1)]).toEqual([true, false]);
  });
});

describe('logOddsOfMeaning', () => {
  it('is the likelihood over shares between chance and 1, over that of guessing', () => {
    // All of n right of two classes: mean of (2 q)^n over q in [1/2, 1] = (2^(n + 1) - 1) / (n + 1).
    expect(logOddsOfMeaning(2, 2, 2)).toBeCloseTo(Math.log(7 / 3), 4);
    // None of two right: mean of (2 (1 - q))^2 = 1/3.
    expect(logOddsOfMeaning(0, 2, 2)).toBeCloseTo(Math.log(1 / 3), 4);
    expect(logOddsOfMeaning(0, 0, 5)).toBeCloseTo(0, 12);
  });

  it('grows with the right names, and stays finite with many labels', () => {
    const odds = [0, 1, 2, 4, 8].map((right) => logOddsOfMeaning(right, 10, 10));
    expect(odds).toEqual(odds.toSorted((a, b) => a - b));
    expect([odds[1], odds[4]].map((value) => (value as number) > 0)).toEqual([false, true]);
    expect(Number.isFinite(logOddsOfMeaning(900, 930, 93))).toBe(true);
    expect(Number.isFinite(logOddsOfMeaning(0, 930, 93))).toBe(true);
  });
});
