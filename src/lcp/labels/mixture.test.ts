import { describe, expect, it } from 'vitest';
import { runNow } from '../../shared/cooperative';
import { allRows } from '../../shared/linearAlgebra';
import { CounterRandom } from '../../shared/rng';
import { centredRows, fitMixture, mixtureScores, mixtureSettings } from './mixture';

const d = 3;
const classCount = 2;
const n = 24;
const random = new CounterRandom(5, 1);
const raw = Float32Array.from({ length: n * d }, (_, i) => random.normal() + (Math.floor(i / d) % 2 === 0 ? 1 : -1));
const vectors = centredRows(raw, d, allRows(n), Float64Array.of(0.1, 0, -0.1));
const prior = Float32Array.from({ length: n * classCount }, (_, i) => {
  const p = 0.2 + 0.6 * (Math.floor(i / classCount) % 2);
  return i % 2 === 0 ? 1 - p : p;
});
const labels = Int32Array.from({ length: n }, (_, i) => (i < 4 ? i % 2 : -1));

/** Section 1's formulas, step by step and without any folding. */
function reference(): number[][] {
  const g = Array.from({ length: n }, (_, i) => [...vectors.subarray(i * d, (i + 1) * d)]);
  const settle = (z: number[][]): number[][] =>
    z.map((row, i) => ((labels[i] as number) < 0 ? row : row.map((_, c) => (c === labels[i] ? 1 : 0))));
  let z = settle(g.map((_, i) => [prior[2 * i] as number, prior[2 * i + 1] as number]));
  for (let round = 0; round < mixtureSettings.rounds; round++) {
    const share = [0, 1].map((c) => z.reduce((sum, row) => sum + (row[c] as number), 0) / n);
    const mean = [0, 1].map((c) =>
      [0, 1, 2].map(
        (j) =>
          z.reduce((sum, row, i) => sum + (row[c] as number) * (g[i]?.[j] as number), 0) / (n * (share[c] as number)),
      ),
    );
    const within = [0, 1, 2].map((a) =>
      [0, 1, 2].map((b) =>
        z.reduce(
          (sum, row, i) =>
            sum +
            row.reduce(
              (inner, weight, c) =>
                inner +
                (weight *
                  ((g[i]?.[a] as number) - (mean[c]?.[a] as number)) *
                  ((g[i]?.[b] as number) - (mean[c]?.[b] as number))) /
                  n,
              0,
            ),
          0,
        ),
      ),
    );
    const trace = [0, 1, 2].reduce((sum, j) => sum + (within[j]?.[j] as number), 0);
    const r = within.map((row, a) => row.map((value, b) => 0.9 * value + (a === b ? (0.1 * trace) / 3 : 0)));
    const solved = mean.map((m) => solve(r, m));
    z = settle(
      g.map((x, i) => {
        const logits = [0, 1].map(
          (c) =>
            mixtureSettings.beta * (dot(x, solved[c] ?? []) - dot(mean[c] ?? [], solved[c] ?? []) / 2) +
            Math.log(share[c] as number) / 2 +
            Math.log(prior[2 * i + c] as number),
        );
        const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
        return logits.map((value) => Math.exp(value) / total);
      }),
    );
  }
  return z;
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

/** By Cramer's rule, 3 x 3. */
function solve(matrix: number[][], right: number[]): number[] {
  const det = (m: number[][]): number => {
    const [a = [], b = [], c = []] = m;
    const at = (row: number[], i: number): number => row[i] as number;
    return (
      at(a, 0) * (at(b, 1) * at(c, 2) - at(b, 2) * at(c, 1)) -
      at(a, 1) * (at(b, 0) * at(c, 2) - at(b, 2) * at(c, 0)) +
      at(a, 2) * (at(b, 0) * at(c, 1) - at(b, 1) * at(c, 0))
    );
  };
  return [0, 1, 2].map(
    (j) => det(matrix.map((row, i) => row.map((value, k) => (k === j ? (right[i] as number) : value)))) / det(matrix),
  );
}

describe('centredRows', () => {
  it('are unit(f - centre)', () => {
    const row = [0.1, 0, -0.1].map((centre, j) => (raw[5 * d + j] as number) - centre);
    row.forEach((value, j) => expect(vectors[5 * d + j]).toBeCloseTo(value / Math.hypot(...row), 6));
  });
});

describe('fitMixture', () => {
  const fitted = runNow(fitMixture({ vectors, d, classCount, prior, labels }));

  it('is expectation maximisation as the formulas say, in float64', () => {
    reference().forEach((row, i) =>
      row.forEach((value, c) => expect(fitted.posterior[i * classCount + c]).toBeCloseTo(value, 6)),
    );
  });

  it('keeps what is labeled, and folds s into weights and bias', () => {
    for (let i = 0; i < 4; i++) expect(fitted.posterior[2 * i + (i % 2)]).toBe(1);
    const scores = mixtureScores(fitted, vectors, d);
    const ratio = (i: number): number =>
      (scores[2 * i] as number) -
      (scores[2 * i + 1] as number) +
      Math.log((prior[2 * i] as number) / (prior[2 * i + 1] as number));
    for (let i = 4; i < n; i++)
      expect(Math.log((fitted.posterior[2 * i] as number) / (fitted.posterior[2 * i + 1] as number))).toBeCloseTo(
        ratio(i),
        6,
      );
  });
});
