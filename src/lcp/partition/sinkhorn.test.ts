import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { balance, entropyBand, startEpsilon, tuneEpsilon } from './clusterBalance';
import { assignWithScalings, sinkhorn, totalEntropy } from './sinkhorn';

/** Section 2 word by word: Q = exp(g.mu / eps), 3 rounds of {scale columns to N r_k; scale rows to 1}. */
function reference(similarities: number[][], r: number[], epsilon: number): number[][] {
  let q = similarities.map((row) => row.map((value) => Math.exp(value / epsilon)));
  for (let round = 0; round < 3; round += 1) {
    const columnSums = r.map((_, k) => q.reduce((sum, row) => sum + (row[k] as number), 0));
    q = q.map((row) => row.map((value, k) => (value * q.length * (r[k] as number)) / (columnSums[k] as number)));
    q = q.map((row) => {
      const sum = row.reduce((total, value) => total + value, 0);
      return row.map((value) => value / sum);
    });
  }
  return q;
}

const random = new CounterRandom(6, 908);
const cosines = (n: number, k: number): number[][] =>
  Array.from({ length: n }, () => Array.from({ length: k }, () => 2 * random.uniform() - 1));

describe.each([
  { n: 1, k: 2, epsilon: 0.15 },
  { n: 17, k: 3, epsilon: 0.15 },
  { n: 40, k: 8, epsilon: 0.4 },
  { n: 9, k: 2, epsilon: 0.02 },
])('sinkhorn on $n x $k at eps $epsilon', ({ n, k, epsilon }) => {
  const rows = cosines(n, k);
  const weights = Array.from({ length: k }, () => 0.2 + random.uniform());
  const r = weights.map((value) => value / weights.reduce((a, b) => a + b, 0));
  const { q, columnScalings } = sinkhorn(Float64Array.from(rows.flat()), Float64Array.from(r), epsilon);

  it('equals three rounds written down plainly', () => {
    reference(rows, r, epsilon)
      .flat()
      .forEach((value, j) => expect(q[j]).toBeCloseTo(value, 10));
  });

  it('gives back the same memberships from its stored column scalings', () => {
    const again = Float64Array.from(rows.flat());
    assignWithScalings(again, columnScalings, epsilon);
    again.forEach((value, j) => expect(value).toBeCloseTo(q[j] as number, 10));
    expect(columnScalings.reduce((product, value) => product * value, 1)).toBeCloseTo(1, 8);
  });
});

describe('balance', () => {
  it('has column masses near N r and rows of exactly 1', () => {
    const shares = Float64Array.of(0.5, 0.3, 0.2);
    const { q } = sinkhorn(Float64Array.from(cosines(400, 3).flat()), shares, 0.3);
    shares.forEach((share, k) => {
      let mass = 0;
      for (let i = 0; i < 400; i += 1) mass += q[i * 3 + k] as number;
      // Three rounds end on rows, so columns are near their share, not at it.
      expect(Math.abs(mass / 400 - share)).toBeLessThan(0.02);
    });
    for (let i = 0; i < 400; i += 1)
      expect((q[3 * i] as number) + (q[3 * i + 1] as number) + (q[3 * i + 2] as number)).toBeCloseTo(1, 12);
  });

  it('measures entropy in nats', () => {
    expect(totalEntropy(Float64Array.of(0.5, 0.5, 1, 0))).toBeCloseTo(Math.log(2), 12);
  });

  it('uses r = half uniform + half the k-means shares', () => {
    const similarities = Float64Array.from(cosines(50, 2).flat());
    const { scalings, epsilon } = balance([{ shares: Float64Array.of(0.9, 0.1), similarities }]);
    const expected = sinkhorn(similarities, Float64Array.of(0.7, 0.3), epsilon).columnScalings;
    expect([...(scalings[0] as Float64Array)]).toEqual([...expected]);
  });
});

describe('eps', () => {
  it('stays at 0.15 while the entropy is in its band', () => {
    expect(tuneEpsilon(() => 0.21)).toBe(startEpsilon);
    expect(tuneEpsilon(() => 0.39)).toBe(startEpsilon);
  });

  // Nearly equal cosines leave the memberships too even at 0.15; one cosine far above the others leaves them too hard.
  const nearlyEqual = cosines(300, 4).map((row) => row.map((value) => 0.1 * value));
  const clearCut = cosines(300, 4).map((row, i) => row.map((value, k) => (k === i % 4 ? 0.9 : -0.5) + 0.1 * value));
  it.each([
    ['lowered', nearlyEqual, -1],
    ['raised', clearCut, 1],
  ])('is %s to bring the entropy into its band', (_name, rows, direction) => {
    const { epsilon, entropyRatio } = balance([
      { shares: Float64Array.of(0.25, 0.25, 0.25, 0.25), similarities: Float64Array.from(rows.flat()) },
    ]);
    expect(Math.sign(epsilon - startEpsilon)).toBe(direction);
    expect(entropyRatio).toBeGreaterThan(entropyBand[0]);
    expect(entropyRatio).toBeLessThan(entropyBand[1]);
  });

  it('gives up at the end of its range where nothing tells clusters apart, and stays finite', () => {
    const { epsilon, entropyRatio, scalings } = balance([
      { shares: Float64Array.of(1, 0), similarities: new Float64Array(20) },
    ]);
    expect(epsilon).toBeGreaterThanOrEqual(0.01);
    expect(Number.isFinite(entropyRatio)).toBe(true);
    expect(scalings.flatMap((values) => [...values]).every(Number.isFinite)).toBe(true);
  });

  it('is not asked for where every class has one cluster', () => {
    expect(balance([{ shares: Float64Array.of(1), similarities: new Float64Array(3) }])).toMatchObject({
      epsilon: startEpsilon,
      entropyRatio: null,
    });
  });
});
