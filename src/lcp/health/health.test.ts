import { describe, expect, it } from 'vitest';
import { UNLABELED, type LabelInferenceSummary, type StatPoint } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import {
  checkClipHead,
  checkDataSize,
  checkPseudoLabels,
  checkStability,
  clipSpan,
  toldTogether,
  unknown,
} from './health';
import {
  checkClusterShares,
  checkCopies,
  checkDiversity,
  checkOverfitting,
  meanPairDistances,
} from './healthOfSamples';
import { chooseHeldOut } from './heldOut';

const summary: LabelInferenceSummary = {
  alpha: 0.5,
  temperature: 1,
  crossValidatedAccuracy: 0.9,
  zeroShotAccuracy: null,
  labeled: 20,
  trusted: 60,
  untrusted: 20,
  inferredPerClass: [30, 30],
};

describe('pseudo-labels', () => {
  it.each([
    [0.9, 'fine'],
    [0.8, 'fine'],
    [0.75, 'watch'],
    [0.7, 'watch'],
    [0.52, 'act'],
  ])('%f right: %s', (crossValidatedAccuracy, state) => {
    const finding = checkPseudoLabels({ ...summary, crossValidatedAccuracy });
    expect(finding).toMatchObject({ code: 'pseudo-labels', state, value: crossValidatedAccuracy });
    expect(finding.text).toContain(`${Math.round(100 * crossValidatedAccuracy)}%`);
    expect(finding.action === '').toBe(state === 'fine');
  });

  it('are not judged where none were held back or none inferred', () => {
    expect(checkPseudoLabels({ ...summary, crossValidatedAccuracy: null })).toMatchObject({
      state: 'unknown',
      value: null,
      text: expect.stringContaining('too few labels'),
    });
    expect(checkPseudoLabels({ ...summary, trusted: 0, untrusted: 0 })).toMatchObject({
      state: 'unknown',
      text: expect.stringContaining('No labels'),
    });
  });
});

describe('little data', () => {
  it.each([
    [1000, 4, 'fine'],
    [150, 6, 'fine'],
    [149, 2, 'watch'],
    [1000, 50, 'watch'],
  ])('%i pictures in %i classes: %s', (images, classes, state) => {
    expect(checkDataSize(images, classes)).toMatchObject({ state, value: images });
  });
});

describe('the CLIP head', () => {
  const point = (kimg: number, values: Record<string, number>): StatPoint => ({
    iteration: Math.round(10 * kimg),
    kimg,
    values,
  });
  const run = (length: number, sign: (kimg: number) => number | undefined): StatPoint[] =>
    Array.from({ length: 60 }, (_, i) => {
      const kimg = (i * length) / 60;
      const value = sign(kimg);
      return point(kimg, value === undefined ? {} : { clipSignReal: value });
    });
  const config = (kimg: number, weight = 1) => ({ kimg, clipHead: { weight } });

  it('is judged over 100 kimg, or a tenth of a shorter run', () => {
    expect([clipSpan(10_000), clipSpan(1000), clipSpan(40)]).toEqual([100, 100, 4]);
    for (const length of [4, 40, 600, 10_000]) {
      expect(
        checkClipHead(
          run(length, () => 0.95),
          config(length),
        ),
        String(length),
      ).toMatchObject({ state: 'act', value: expect.closeTo(0.95, 9) });
      expect(
        checkClipHead(
          run(length, () => 0.85),
          config(length),
        ).state,
      ).toBe('watch');
      expect(
        checkClipHead(
          run(length, () => 0.3),
          config(length),
        ).state,
      ).toBe('fine');
    }
  });

  it('forgets what lies further back', () => {
    expect(
      checkClipHead(
        run(600, (kimg) => (kimg < 400 ? 1 : 0.2)),
        config(1000),
      ).state,
    ).toBe('fine');
    expect(
      checkClipHead(
        run(600, (kimg) => (kimg < 400 ? 0.2 : 1)),
        config(1000),
      ).state,
    ).toBe('act');
  });

  it('says why it is not judged', () => {
    expect(
      checkClipHead(
        run(40, () => undefined),
        config(40, 0),
      ).text,
    ).toContain('switched off');
    expect(checkClipHead([], config(40)).text).toContain('not joined');
    expect(
      checkClipHead(
        run(4, (kimg) => (kimg < 3.8 ? undefined : 1)),
        config(40),
      ),
    ).toMatchObject({ state: 'unknown', text: expect.stringContaining('4 kimg') });
    expect(
      checkClipHead(
        run(40, (kimg) => (kimg < 38 ? undefined : 1)),
        config(40),
      ).state,
    ).toBe('unknown');
  });
});

describe('stability', () => {
  it('tells of rollbacks', () => {
    expect(checkStability({ total: 0, inARow: 0 }, 1).state).toBe('fine');
    expect(checkStability({ total: 1, inARow: 1 }, 0.5)).toMatchObject({
      state: 'watch',
      text: expect.stringMatching(/once.*50%/),
    });
    expect(checkStability({ total: 3, inARow: 2 }, 0.125)).toMatchObject({
      state: 'act',
      text: expect.stringMatching(/3 times.*12.5%/),
    });
  });
});

/** n vectors around a centre. */
function cloud(n: number, d: number, spread: number, centre: number, seed: number): Float32Array {
  const random = new CounterRandom(seed, 1);
  return Float32Array.from({ length: n * d }, () => centre + spread * random.normal());
}
const all = (n: number, group: number): number[] => Array.from({ length: n }, () => group);

describe('diversity', () => {
  it('averages distances over pairs of a group, not over lone rows', () => {
    const four = { vectors: Float32Array.of(0, 1, 3, 6, 100, 0, 9), d: 1, groups: [5, 5, 5, 5, -1, 2, 2] };
    expect([...meanPairDistances(four)]).toEqual([[5, (1 + 3 + 6 + 2 + 5 + 3) / 6]]);
  });

  it.each([
    [1, 'fine'],
    [0.58, 'watch'],
    [0.3, 'act'],
  ])('samples spread %f times as far as reals: %s', (spread, state) => {
    const reals = {
      vectors: Float32Array.of(...cloud(40, 8, 1, 0, 1), ...cloud(40, 8, 2, 9, 2)),
      d: 8,
      groups: [...all(40, 0), ...all(40, 1)],
    };
    const samples = {
      vectors: Float32Array.of(...cloud(40, 8, spread, 1, 3), ...cloud(40, 8, 2 * spread, 8, 4)),
      d: 8,
      groups: [...all(40, 0), ...all(40, 1)],
    };
    const finding = checkDiversity(samples, reals);
    expect(finding.state).toBe(state);
    expect(finding.value).toBeCloseTo(spread, 1);
  });

  it('is not judged without classes that have enough on both sides', () => {
    const one = { vectors: cloud(8, 2, 1, 0, 1), d: 2, groups: all(8, 0) };
    expect(checkDiversity(one, { ...one, groups: all(8, 1) }).state).toBe('unknown');
    expect(checkDiversity(one, { ...one, vectors: new Float32Array(16) }).state).toBe('unknown');
  });
});

describe('over-fitting', () => {
  const signs = (plus: number, minus: number): number[] => [...all(plus, 1), ...all(minus, -1)];
  it.each([
    ['alike', signs(40, 24), signs(38, 26), 'fine'],
    ['a clear gap', signs(60, 4), signs(24, 40), 'act'],
    ['a smaller gap', signs(58, 6), signs(45, 19), 'watch'],
    ['a wide gap of few pictures, which may be chance', signs(6, 2), signs(4, 4), 'fine'],
    ['the other way round', signs(20, 44), signs(60, 4), 'fine'],
  ])('%s', (_, train, heldOut, state) => {
    expect(checkOverfitting(train, heldOut).state).toBe(state);
  });
});

describe('copies', () => {
  const d = 6;
  const reals = cloud(100, d, 1, 0, 5);
  it('are samples far nearer to a real than reals are to each other', () => {
    const fresh = cloud(50, d, 1, 0, 6);
    expect(checkCopies(fresh, reals, d, 100)).toMatchObject({ state: 'fine' });
    const some = fresh.slice();
    some.set(reals.subarray(0, 10 * d).map((value) => value + 0.01));
    const finding = checkCopies(some, reals, d, 400);
    expect(finding).toMatchObject({ state: 'act', text: expect.stringContaining('100 pictures looked at') });
    expect(finding.value).toBeGreaterThanOrEqual(0.2);
    some.set(fresh.subarray(0, 8 * d));
    expect(checkCopies(some, reals, d, 100)).toMatchObject({ state: 'watch' });
  });

  it('cannot be told of a handful, nor among doubles', () => {
    expect(checkCopies(reals, reals.subarray(0, 15 * d), d, 15).state).toBe('unknown');
    expect(checkCopies(reals, new Float32Array(30 * d), d, 30)).toMatchObject({
      state: 'unknown',
      text: expect.stringContaining('double'),
    });
    expect(checkCopies(new Float32Array(0), reals, d, 100).state).toBe('unknown');
  });
});

describe('cluster shares', () => {
  const names = ['a', 'round cats', 'c'];
  it('name clusters that samples hardly show', () => {
    expect(checkClusterShares([20, 18, 22], [20, 20, 20], names)).toMatchObject({ state: 'fine', value: 0.9 });
    expect(checkClusterShares([20, 7, 22], [20, 20, 20], names)).toMatchObject({
      state: 'watch',
      text: expect.stringContaining('“round cats” too seldom: 35%'),
    });
    expect(checkClusterShares([20, 1, 2], [20, 20, 20], names)).toMatchObject({
      state: 'act',
      value: 0.05,
      text: expect.stringContaining('“round cats”, “c” hardly ever'),
    });
  });

  it('do not judge what may be missing by chance', () => {
    expect(checkClusterShares([20, 0, 0], [20, 5, 2], names)).toMatchObject({
      state: 'fine',
      text: expect.stringContaining('Of 3 clusters 1 can be judged'),
    });
    expect(checkClusterShares([1, 0, 0], [2, 2, 2], names).state).toBe('unknown');
  });
});

describe('held-out reals', () => {
  const population = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);
  const labels = (labeled: number, unlabeled: number): Int32Array =>
    Int32Array.from([...all(labeled, 0), ...all(unlabeled, UNLABELED)]);

  it.each([
    [100, 59, null],
    [100, 159, null],
    [100, 160, 8],
    [100, 1000, 50],
    [0, 100_000, 256],
    [319, 0, null],
    [320, 0, 16],
    [300, 100, 20],
  ])('%i labeled and %i unlabeled pictures spare %s', (labeled, unlabeled, count) => {
    const chosen = chooseHeldOut(population(labeled + unlabeled), labels(labeled, unlabeled), 1);
    expect(chosen?.heldOut.length ?? null).toBe(count);
    if (!chosen) return;
    expect(chosen.trained.length).toBe(count);
    expect(new Set([...chosen.heldOut, ...chosen.trained]).size).toBe(2 * (count ?? 0));
    // No label is given up where there are unlabeled pictures enough.
    if (unlabeled >= 160) expect(Math.min(...chosen.heldOut, ...chosen.trained)).toBeGreaterThanOrEqual(labeled);
  });

  it('follow from the seed', () => {
    const choose = (seed: number) => chooseHeldOut(population(500), labels(0, 500), seed);
    expect(choose(1)).toEqual(choose(1));
    expect(choose(1)).not.toEqual(choose(2));
  });
});

it('what is not judged for one and the same reason is told together, and all else by itself', () => {
  const findings = [
    unknown('collapse', 'Early.'),
    { ...unknown('over-fitting', 'Alike.'), state: 'fine' as const },
    unknown('copies', 'Early.'),
    { ...unknown('stability', 'Alike.'), state: 'fine' as const },
    unknown('prompts', 'None yet.'),
  ];
  const told = toldTogether(findings).map((group) => group.map(({ code }) => code));
  expect(told).toEqual([['collapse', 'copies'], ['over-fitting'], ['stability'], ['prompts']]);
});
