// Scores of pictures by texts, held to float64 computed the long way.
import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../shared/rng';
import { extremes, histogram, medianOf, sharesOfTexts, textCosines } from './scoreTexts';
import { normalizeRows } from './vectors';

const d = 37;
const n = 211;
const random = new CounterRandom(5, 3);
const gone = 17;
const features = normalizeRows(
  Float32Array.from({ length: n * d }, () => random.uniform() - 0.4),
  d,
);
features.fill(0, gone * d, (gone + 1) * d);
const texts = Array.from({ length: 3 }, () =>
  normalizeRows(
    Float32Array.from({ length: d }, () => random.uniform() - 0.5),
    d,
  ),
);

/** Cosines in float64. */
function reference(text: Float32Array): number[] {
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, j) => sum + value * (b[j] ?? 0), 0);
  const words = [...text];
  return Array.from({ length: n }, (_, i) => {
    const row = [...features.subarray(i * d, (i + 1) * d)];
    return dot(row, words) / (Math.hypot(...row) * Math.hypot(...words));
  });
}
const exact = texts.map(reference);
const scores = texts.map((text) => textCosines(features, text, d));
const known = (t: number): { i: number; score: number }[] =>
  (exact[t] ?? []).map((score, i) => ({ i, score })).filter(({ i }) => i !== gone);

describe('scores of pictures by texts', () => {
  it('are cosines, and none where there is no feature', () => {
    for (const [t, row] of scores.entries()) {
      expect(row[gone]).toBeNaN();
      for (const { i, score } of known(t)) expect(Math.abs((row[i] ?? NaN) - score)).toBeLessThan(1e-6);
    }
  });

  it('give the best and the worst in order, as many as there are', () => {
    const [row = new Float32Array()] = scores;
    const order = known(0)
      .toSorted((a, b) => b.score - a.score)
      .map(({ i }) => i);
    expect(extremes(row, 9)).toEqual(order.slice(0, 9));
    expect(extremes(row, 9, -1)).toEqual(order.toReversed().slice(0, 9));
    expect(extremes(row, 1000)).toEqual(order);
    expect(extremes(row, 0)).toEqual([]);
    expect(extremes(Float32Array.of(1, 2, 2, NaN, 1), 3)).toEqual([1, 2, 0]);
    expect(extremes(Float32Array.of(1, 2, 2, NaN, 1), 3, -1)).toEqual([0, 4, 1]);
  });

  it('are counted once each in a histogram, the ends included', () => {
    const [row = new Float32Array()] = scores;
    const sorted = known(0)
      .map(({ score }) => score)
      .toSorted((a, b) => a - b);
    const [from, to] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
    const counts = histogram(row, from, to, 8);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(n - 1);
    const inSecond = sorted.filter((score) => score >= from + (to - from) / 8 && score < from + (to - from) / 4).length;
    expect(counts[1]).toBe(inSecond);
    expect(histogram(Float32Array.of(0.2, 0.2, NaN), 0.2, 0.2, 4)).toEqual([2, 0, 0, 0]);
    expect(histogram(Float32Array.of(-5, 0, 0.5, 1, 5), 0, 1, 2)).toEqual([2, 3]);
  });

  it('have a median', () => {
    const sorted = known(1)
      .map(({ score }) => score)
      .toSorted((a, b) => a - b);
    expect(medianOf(scores[1] ?? new Float32Array())).toBeCloseTo(((sorted[104] ?? 0) + (sorted[105] ?? 0)) / 2, 6);
    expect(medianOf(Float32Array.of(3, NaN, -1, 2))).toBe(2);
    expect(medianOf(Float32Array.of(NaN))).toBeNaN();
  });

  it('sort each picture to the text that fits it best', () => {
    const expected = [0, 0, 0];
    for (let i = 0; i < n; i += 1) {
      if (i === gone) continue;
      const own = exact.map((row) => row[i] ?? NaN);
      const best = own.indexOf(Math.max(...own));
      expected[best] = (expected[best] ?? 0) + 1;
    }
    expect(sharesOfTexts(scores)).toEqual(expected);
    expect(sharesOfTexts([Float32Array.of(1, NaN, 0), Float32Array.of(1, NaN, 2)])).toEqual([1, 1]);
    expect(sharesOfTexts([])).toEqual([]);
  });
});
