import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { SparseRows } from './sparseRows';
import { buildConditions, consideredClasses, drawCondition } from './conditions';

const slotsOfClass = [[0, 1], [2], [3, 4]];
// Rows: labeled class 2; unlabeled with p = (0.3, 0.1, 0.6).
const memberships = SparseRows.fromDense([0, 0, 0, 0.2, 0.8, 0.25, 0.75, 0, 0.6, 0.4], 5);
const probabilities = Float32Array.of(0, 0, 1, 0.3, 0.1, 0.6);
const labels = Int32Array.of(2, -1);

describe('consideredClasses', () => {
  it('is the label, or the two most likely', () => {
    expect(consideredClasses(probabilities, 2, 0, 3)).toEqual([2]);
    expect(consideredClasses(probabilities, -1, 1, 3)).toEqual([2, 0]);
    expect(consideredClasses(Float32Array.of(1), -1, 0, 1)).toEqual([0]);
    expect(consideredClasses(Float32Array.of(0.5, 0.5), -1, 0, 2)).toEqual([0, 1]);
  });
});

describe('buildConditions', () => {
  const { u, w } = buildConditions({ slotsOfClass, memberships }, probabilities, labels, Float32Array.of(1, 0.4));

  it('is q of the own class for labeled images', () => {
    expect([...u.denseRow(0)]).toEqual([0, 0, 0, expect.closeTo(0.2, 6), expect.closeTo(0.8, 6)]);
  });

  it('is p(c) q_k over the top two classes, renormalised, for unlabeled ones', () => {
    const expected = [(0.3 / 0.9) * 0.25, (0.3 / 0.9) * 0.75, 0, (0.6 / 0.9) * 0.6, (0.6 / 0.9) * 0.4];
    expect([...u.denseRow(1)]).toEqual(expected.map((value) => expect.closeTo(value, 6)));
    expect([...w]).toEqual([1, expect.closeTo(0.4, 6)]);
  });

  it('is the strongest cluster of the label or of the most likely class as an ablation', () => {
    const hard = buildConditions(
      { slotsOfClass, memberships },
      probabilities,
      labels,
      Float32Array.of(1, 0.4),
      'oneHot',
    );
    expect([...hard.u.toDense()]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 1, 0]);
    expect(hard.w).toEqual(w);
  });
});

describe('drawCondition', () => {
  const u = Float32Array.of(0, 0.5, 0.2, 0.3);

  it('is soft half of the time, and else one-hot in proportion to u', () => {
    const random = new CounterRandom(1, 910);
    const draws = 20_000;
    let soft = 0;
    const hits = [0, 0, 0, 0];
    for (let i = 0; i < draws; i += 1) {
      const drawn = drawCondition(u, random);
      if (drawn[1] === 0.5) {
        soft += 1;
        expect(drawn).toEqual(u);
      } else {
        expect(drawn.filter((value) => value !== 0)).toEqual(Float32Array.of(1));
        const at = drawn.indexOf(1);
        hits[at] = (hits[at] as number) + 1;
      }
    }
    // Binomial with 20,000 and about 10,000 draws: four standard deviations are 0.015 and 0.02.
    expect(Math.abs(soft / draws - 0.5)).toBeLessThan(0.015);
    hits.forEach((count, s) => expect(Math.abs(count / (draws - soft) - (u[s] as number))).toBeLessThan(0.02));
    expect(hits[0]).toBe(0);
  });

  it('keeps to the given probability and does not touch its input', () => {
    const random = new CounterRandom(2, 910);
    for (let i = 0; i < 50; i += 1) {
      const same = drawCondition(u, random, 0);
      expect(same).toEqual(u);
      expect(same).not.toBe(u);
      expect(Math.max(...drawCondition(u, random, 1))).toBe(1);
    }
    expect(u).toEqual(Float32Array.of(0, 0.5, 0.2, 0.3));
  });

  it('stays inside u even when the draw lies at the very end', () => {
    const end = { uniform: (): number => 1 - 2 ** -24 };
    expect([...drawCondition(Float32Array.of(0.7, 0.3, 0), end, 1)]).toEqual([0, 1, 0]);
  });
});
