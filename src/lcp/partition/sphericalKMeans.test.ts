import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { runNow } from '../../shared/cooperative';
import { makeFeatures } from './features.testing';
import { sphericalKMeans } from './sphericalKMeans';

const d = 12;
const random = (): CounterRandom => new CounterRandom(1, 906);

/** Share of pairs that two labelings treat alike (Rand index). */
function randIndex(a: Int32Array, b: Int32Array): number {
  let same = 0;
  let pairs = 0;
  for (let i = 0; i < a.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      pairs += 1;
      if ((a[i] === a[j]) === (b[i] === b[j])) same += 1;
    }
  }
  return same / pairs;
}

describe('sphericalKMeans', () => {
  const made = makeFeatures({ d, counts: [[40, 25, 10, 30]], clusterSpread: 2, noise: 0.3 });

  it('finds clusters that are there', () => {
    const found = runNow(sphericalKMeans({ points: made.features, d, k: 4, random: random() }));
    expect(randIndex(found.assignment, made.clusters)).toBe(1);
  });

  it('ends in a fixed point: each point with its nearest centroid, each centroid the unit sum of its points', () => {
    const k = 3;
    const { centroids, assignment, objective } = runNow(
      sphericalKMeans({ points: made.features, d, k, random: random() }),
    );
    const cosine = (i: number, c: number): number => {
      let sum = 0;
      for (let j = 0; j < d; j += 1) sum += (made.features[i * d + j] as number) * (centroids[c * d + j] as number);
      return sum;
    };
    let total = 0;
    assignment.forEach((own, i) => {
      for (let c = 0; c < k; c += 1) expect(cosine(i, own)).toBeGreaterThanOrEqual(cosine(i, c) - 1e-12);
      total += cosine(i, own);
    });
    expect(objective).toBeCloseTo(total / assignment.length, 12);
    for (let c = 0; c < k; c += 1) {
      const sum = Array.from({ length: d }, (_, j) =>
        assignment.reduce((acc, own, i) => acc + (own === c ? (made.features[i * d + j] as number) : 0), 0),
      );
      const length = Math.hypot(...sum);
      sum.forEach((value, j) => expect(centroids[c * d + j]).toBeCloseTo(value / length, 10));
    }
  });

  it('is never worse for more starts', () => {
    const hard = makeFeatures({ d: 4, counts: [[80]], noise: 3 });
    const objective = (restarts: number): number =>
      runNow(sphericalKMeans({ points: hard.features, d: 4, k: 8, random: random(), restarts })).objective;
    expect(objective(10)).toBeGreaterThanOrEqual(objective(1));
  });

  it('leaves no cluster empty while there are enough different points', () => {
    // Five bundles and six clusters: the sixth must take a point from a bundle.
    const five = makeFeatures({ d, counts: [[6, 6, 6, 6, 6]], clusterSpread: 5, noise: 0.01 });
    for (let seed = 0; seed < 20; seed += 1) {
      const { assignment } = runNow(
        sphericalKMeans({ points: five.features, d, k: 6, random: new CounterRandom(seed, 907), restarts: 1 }),
      );
      expect(new Set(assignment).size).toBe(6);
    }
  });

  it('works with as many clusters as points, with copies, and with zero rows', () => {
    const three = made.features.slice(0, 3 * d);
    expect(new Set(runNow(sphericalKMeans({ points: three, d, k: 3, random: random() })).assignment).size).toBe(3);
    const copies = new Float32Array(5 * d);
    for (let i = 0; i < 5; i += 1) copies.set(made.features.subarray(0, d), i * d);
    for (const points of [copies, new Float32Array(5 * d)]) {
      const { centroids, objective } = runNow(sphericalKMeans({ points, d, k: 3, random: random() }));
      expect(centroids.every(Number.isFinite)).toBe(true);
      expect(Number.isFinite(objective)).toBe(true);
    }
    expect(() => runNow(sphericalKMeans({ points: three, d, k: 4, random: random() }))).toThrow(RangeError);
  });

  it('lets starts compete on a subset where there are many points, and goes on over all', () => {
    const many = makeFeatures({ d: 6, counts: [[1500, 1500]], clusterSpread: 2, noise: 0.3 });
    const { assignment } = runNow(sphericalKMeans({ points: many.features, d: 6, k: 2, random: random() }));
    expect(assignment).toHaveLength(3000);
    expect(
      randIndex(
        assignment.filter((_, i) => i % 10 === 0),
        many.clusters.filter((_, i) => i % 10 === 0),
      ),
    ).toBe(1);
  });

  it('tries an earlier partition as a start', () => {
    const best = runNow(sphericalKMeans({ points: made.features, d, k: 4, random: random() }));
    const poor = runNow(
      sphericalKMeans({
        points: made.features,
        d,
        k: 4,
        random: random(),
        restarts: 1,
        initial: Float32Array.from(best.centroids),
      }),
    );
    expect(poor.objective).toBeCloseTo(best.objective, 10);
  });
});
