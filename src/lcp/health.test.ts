import { describe, expect, it } from 'vitest';
import type { LabelInferenceSummary, StatPoint } from '../shared/domain';
import { checkClipHead, checkDataSize, checkDivergence, checkPseudoLabels, median } from './health';
import { checkClusterShares, checkCopies, checkDiversity, checkOverfitting, meanPairDistances } from './healthOfSamples';

const summary: LabelInferenceSummary = { alpha: 0.5, temperature: 1, crossValidatedAccuracy: 0.8, zeroShotAccuracy: null, labeled: 20, trusted: 60, untrusted: 20, inferredPerClass: [30, 30] };

describe('pseudo-labels', () => {
  it('are healthy from 70% on', () => {
    expect(checkPseudoLabels(summary)).toMatchObject({ healthy: true, value: 0.8, action: '' });
    expect(checkPseudoLabels({ ...summary, crossValidatedAccuracy: 0.7 })?.healthy).toBe(true);
    const finding = checkPseudoLabels({ ...summary, crossValidatedAccuracy: 0.52 });
    expect(finding).toMatchObject({ code: 'pseudo-labels', healthy: false });
    expect(finding?.text).toContain('52%');
    expect(finding?.action).toContain('Label more');
  });

  it('are not judged where none were held back or none inferred', () => {
    expect(checkPseudoLabels({ ...summary, crossValidatedAccuracy: null })).toBeNull();
    expect(checkPseudoLabels({ ...summary, trusted: 0, untrusted: 0 })).toBeNull();
  });
});

describe('little data', () => {
  it.each([
    [1000, 4, true],
    [150, 6, true],
    [149, 2, false],
    [1000, 50, false],
  ])('%i pictures in %i classes: healthy %s', (images, classes, healthy) => {
    const finding = checkDataSize(images, classes);
    expect(finding.healthy).toBe(healthy);
    expect(finding.value < finding.threshold).toBe(!healthy);
  });
});

const point = (kimg: number, values: Record<string, number>): StatPoint => ({ iteration: Math.round(10 * kimg), kimg, values });
const run = (kimgs: number[], sign: (kimg: number) => number): StatPoint[] => kimgs.map((kimg) => point(kimg, { clipSignReal: sign(kimg) }));
const everyTen = Array.from({ length: 30 }, (_, i) => 10 * i);

describe('CLIP head', () => {
  it('is called too strong after 100 kimg above 0.9, not before', () => {
    expect(checkClipHead(run(everyTen, () => 0.95))).toMatchObject({ healthy: false, value: expect.closeTo(0.95, 9) });
    expect(checkClipHead(run(everyTen, () => 0.85))?.healthy).toBe(true);
    expect(checkClipHead(run(everyTen.slice(0, 10), () => 0.99))).toBeNull();
    expect(checkClipHead(run(everyTen, (kimg) => (kimg < 189 ? 0 : 0.95)))?.healthy).toBe(false);
  });

  it('counts only from when the head takes part', () => {
    const late = everyTen.map((kimg) => point(kimg, kimg < 250 ? {} : { clipSignReal: 1 }));
    expect(checkClipHead(late)).toBeNull();
    expect(checkClipHead([])).toBeNull();
  });
});

describe('divergence', () => {
  const calm = Array.from({ length: 40 }, (_, i) => point(i, { lossD: 2 + 0.1 * (i % 5), lossG: 0.3 * (i % 3), gradNonFinite: 0 }));

  it('lets usual noise pass', () => {
    expect(checkDivergence(calm)).toMatchObject({ healthy: true, action: '' });
    expect(checkDivergence([...calm, point(40, { lossD: 4, lossG: 1 })])?.healthy).toBe(true);
  });

  it.each([
    [{ lossD: NaN, lossG: 0 }],
    [{ lossD: 2, lossG: 0, gradNonFinite: 3 }],
    [{ lossD: 2, lossG: -Infinity }],
    [{ lossD: 60, lossG: 0 }],
    [{ lossD: 2, lossG: -80 }],
  ])('sees %j', (values) => {
    const finding = checkDivergence([...calm, point(40, values)]);
    expect(finding?.healthy).toBe(false);
    expect(finding?.action).toContain('last good state');
  });

  it('does not judge a loss by a handful of points', () => {
    expect(checkDivergence([...calm.slice(0, 4), point(5, { lossD: 60, lossG: 0 })])?.healthy).toBe(true);
    expect(checkDivergence([])).toBeNull();
  });
});

describe('median', () => {
  it('is the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, NaN]);
  });
});

describe('diversity', () => {
  const reals = { vectors: Float32Array.of(0, 0, 3, 4, 0, 8, 10, 10), d: 2, groups: Int32Array.of(0, 0, 1, 1) };

  it('averages distances over pairs of a group', () => {
    const three = { vectors: Float32Array.of(0, 1, 3), d: 1, groups: Int32Array.of(5, 5, 5) };
    expect(meanPairDistances(three).get(5)).toBeCloseTo((1 + 3 + 2) / 3, 12);
  });

  it('compares samples with reals class by class', () => {
    const samples = { vectors: Float32Array.of(1, 1, 2.5, 3, 7, 7), d: 2, groups: Int32Array.of(0, 0, 2) };
    expect(checkDiversity(samples, reals)).toMatchObject({ healthy: true, value: expect.closeTo(0.5, 6) });
    const same = { ...samples, vectors: Float32Array.of(1, 1, 1, 1.2, 7, 7) };
    expect(checkDiversity(same, reals)).toMatchObject({ code: 'collapse', healthy: false });
    expect(checkDiversity({ ...samples, groups: Int32Array.of(7, 8, 9) }, reals)).toBeNull();
  });
});

describe('over-fitting', () => {
  it('is a gap between seen and unseen reals', () => {
    expect(checkOverfitting(0.8, 0.6).healthy).toBe(true);
    expect(checkOverfitting(0.9, -0.2)).toMatchObject({ healthy: false, value: expect.closeTo(1.1, 9) });
  });
});

describe('copies', () => {
  const reals = Float32Array.of(0, 1, 2, 3, 4);

  it('are samples nearer to a real than reals are to each other', () => {
    const finding = checkCopies(Float32Array.of(0.1, 2.5, 9), reals, 1);
    expect(finding).toMatchObject({ healthy: false, value: expect.closeTo(1 / 3, 6) });
    expect([...(finding?.nearest ?? [])]).toEqual([0, 2, 4]);
    expect(finding?.closeness[1]).toBeCloseTo(0.5, 6);
    expect(checkCopies(Float32Array.of(2.5, 9), reals, 1)?.healthy).toBe(true);
  });

  it('cannot be told without at least two different reals', () => {
    expect(checkCopies(Float32Array.of(1), Float32Array.of(1), 1)).toBeNull();
    expect(checkCopies(Float32Array.of(1), Float32Array.of(1, 1), 1)).toBeNull();
    expect(checkCopies(new Float32Array(0), reals, 1)).toBeNull();
  });
});

describe('cluster shares', () => {
  it('name clusters that samples hardly show', () => {
    expect(checkClusterShares([0.3, 0.7], [0.5, 0.5], ['a', 'b'])).toMatchObject({ healthy: true, value: 0.6 });
    const finding = checkClusterShares([0.05, 0.95, 0], [0.5, 0.5, 0], ['round cats', 'b', 'c']);
    expect(finding).toMatchObject({ healthy: false, value: 0.1 });
    expect(finding?.text).toContain('round cats');
    expect(checkClusterShares([0], [0], ['a'])).toBeNull();
  });
});
