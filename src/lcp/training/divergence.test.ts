import { describe, expect, it } from 'vitest';
import type { StatPoint } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import { divergenceLimits, DivergenceWatch, median, type Vital } from './divergence';

type Values = Record<string, number>;

const random = new CounterRandom(3, 1);
const calm = (): Values => ({
  lossD: 1.6 + 0.3 * random.normal(),
  lossG: 0.4 + 0.8 * random.normal(),
  lambda: 1,
  lambdaClip: 1,
  gradNonFinite: 0,
});

function judgeAll(watch: DivergenceWatch, points: readonly Values[]): Vital[] {
  return points.map((values, i) => watch.judge({ iteration: 16 * i, kimg: i, values } satisfies StatPoint).vital);
}

function settled(make: () => Values = calm): DivergenceWatch {
  const watch = new DivergenceWatch();
  const vitals = judgeAll(watch, Array.from({ length: 60 }, make));
  expect(vitals.every((vital) => vital === 'fine')).toBe(true);
  return watch;
}

const next = (watch: DivergenceWatch, values: Values) => watch.judge({ iteration: 0, kimg: 0, values });

describe('what is not finite', () => {
  it.each([
    ['a loss', { lossG: NaN }, /generator’s loss was not a finite/],
    ['an infinite loss', { lossD: -Infinity }, /discriminator’s loss was not a finite/],
    ['a gradient or weight', { gradNonFinite: 12_345 }, /12,345 gradients or weights/],
    ['another statistic', { clipReal: NaN }, /“clipReal”/],
    ['a loss beyond all bounds', { lossD: 2 * divergenceLimits.bound }, /grew to 2.00e\+6/],
  ])('%s ends the matter at once, also without any history', (_, broken, cause) => {
    const verdict = next(new DivergenceWatch(), { ...calm(), ...broken });
    expect(verdict.vital).toBe('diverged');
    expect(verdict.cause).toMatch(cause);
    expect(next(settled(), { ...calm(), ...broken }).vital).toBe('diverged');
  });
});

describe('a loss outside its history', () => {
  it.each(['lossD', 'lossG'])('%s: suspicious once, diverged twice in a row', (name) => {
    const watch = settled();
    const first = next(watch, { ...calm(), [name]: 80 });
    expect(first).toMatchObject({ vital: 'suspicious' });
    expect(first.cause).toContain('80.0');
    expect(next(watch, { ...calm(), [name]: 95 }).vital).toBe('diverged');
  });

  it('one hard batch is forgiven, and does not widen the history', () => {
    const watch = settled();
    for (let i = 0; i < 30; i += 1) {
      expect(next(watch, { ...calm(), lossG: -60 }).vital).toBe('suspicious');
      expect(next(watch, calm()).vital).toBe('fine');
    }
  });

  it('needs a history, and one at the present level of the ramps', () => {
    const watch = new DivergenceWatch();
    expect(
      judgeAll(watch, [...Array.from({ length: divergenceLimits.points - 1 }, calm), { ...calm(), lossD: 80 }]).at(-1),
    ).toBe('fine');
    const ramping = settled();
    // While lambda_clip grows, and when it has arrived, losses may be anything for a while.
    const ramp = Array.from({ length: 20 }, (_, i) => ({ ...calm(), lossG: -5 * i, lambdaClip: 1 + (i + 1) / 20 }));
    const arrived = Array.from({ length: 60 }, () => ({ ...calm(), lossG: -95 + random.normal(), lambdaClip: 2 }));
    expect(new Set(judgeAll(ramping, [...ramp, ...arrived]))).toEqual(new Set(['fine']));
    expect(
      judgeAll(ramping, [
        { ...calm(), lossG: 0, lambdaClip: 2 },
        { ...calm(), lossG: 0, lambdaClip: 2 },
      ]),
    ).toEqual(['suspicious', 'diverged']);
  });

  it('begins anew after a restart', () => {
    const watch = settled();
    next(watch, { ...calm(), lossD: 80 });
    watch.restart();
    expect(next(watch, { ...calm(), lossD: 80 }).vital).toBe('fine');
  });
});

describe('what is no divergence', () => {
  it('heavy tails, slow drift, a slow swing', () => {
    const noise = new CounterRandom(9, 2);
    // Student's t with two degrees of freedom: single values come tens of deviations out.
    const t2 = (): number => (noise.normal() / Math.sqrt((noise.normal() ** 2 + noise.normal() ** 2) / 2)) * 1.5;
    const points = Array.from({ length: 4000 }, (_, i) => ({
      ...calm(),
      lossD: 2 + t2(),
      lossG: i / 100 + 10 * Math.sin(i / 300) + noise.normal(),
    }));
    const vitals = judgeAll(new DivergenceWatch(), points);
    expect(vitals.filter((vital) => vital === 'diverged')).toEqual([]);
    expect(vitals.filter((vital) => vital === 'suspicious').length).toBeLessThan(points.length / 50);
  });

  it('a loss that stood still and moves a little', () => {
    const flat = (): Values => ({ lossD: 2, lossG: 0, lambda: 0, lambdaClip: 0 });
    expect(next(settled(flat), { ...flat(), lossD: 9, lossG: -9 }).vital).toBe('fine');
  });
});

describe('an explosion', () => {
  it.each([1.05, 1.2, 2])('by a factor of %f a point is found before it has grown a thousandfold', (factor) => {
    const watch = settled();
    let loss = 1;
    let steps = 0;
    while (next(watch, { ...calm(), lossD: (loss *= factor) }).vital !== 'diverged' && steps < 1000) steps += 1;
    expect(loss).toBeLessThan(1e3);
  });
});

describe('median', () => {
  it('is the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, NaN]);
  });
});
