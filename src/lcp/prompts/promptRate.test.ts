import { describe, expect, it } from 'vitest';
import { planPrompts, promptBatch, promptRateScale, tokenDeviation } from './promptRate';

const clip = { stepsPerEpoch: 7, slotCount: 12, deviation: 0.02, logitScale: 100 };
const adam = { recipe: 'adam', epochs: 0, adamRate: 0.4, rate: 0.002 } as const;
const coop = { ...adam, recipe: 'coop' } as const;

describe('planPrompts', () => {
  it('Adam: rises to 0.4 deviations over 5% of the steps, then falls to nothing', () => {
    const { steps, rateAt } = planPrompts(adam, { ...clip, deviation: 0.05 });
    expect(steps).toBe(150);
    const rates = Array.from({ length: steps }, (_, step) => rateAt(step));
    expect(rates.indexOf(Math.max(...rates))).toBe(8);
    expect(rates[8]).toBeCloseTo(0.4 * 0.05, 12);
    expect(rates[0]).toBeCloseTo((0.4 * 0.05) / 9, 12);
    for (let step = 9; step < steps; step++) expect(rates[step]).toBeLessThan(rates[step - 1] ?? 0);
    expect(rates.at(-1)).toBeLessThan(1e-5);
  });

  it('Adam: more steps for many prompts, or as many epochs as are asked for', () => {
    expect(planPrompts(adam, { ...clip, slotCount: 39 }).steps).toBe(150);
    expect(planPrompts(adam, { ...clip, slotCount: 40 }).steps).toBe(300);
    expect(planPrompts(adam, { ...clip, stepsPerEpoch: 2000 }).steps).toBe(150);
    expect(planPrompts({ ...adam, epochs: 3 }, clip).steps).toBe(21);
    expect(planPrompts({ ...adam, epochs: 1 }, { ...clip, stepsPerEpoch: 1 }).rateAt(0)).toBeGreaterThan(0);
  });

  it('Adam: takes OpenAI’s deviation where the CLIP’s is of no use', () => {
    expect(planPrompts(adam, { ...clip, deviation: 0 }).rateAt(8)).toBeCloseTo(0.4 * 0.02, 12);
  });

  it('CoOp: warms up for one epoch and then falls to nothing', () => {
    const { steps, rateAt } = planPrompts(coop, clip);
    expect(steps).toBe(350);
    expect(rateAt(6)).toBe(1e-5);
    expect(rateAt(7)).toBe(0.002);
    for (let step = 14; step < steps; step += 7) expect(rateAt(step)).toBeLessThan(rateAt(step - 1));
    expect(rateAt(349)).toBeLessThan(1e-5);
    expect(planPrompts({ ...coop, epochs: 2 }, clip).steps).toBe(14);
    // Another CLIP: a factor on all rates.
    expect(planPrompts(coop, { ...clip, logitScale: 50, deviation: 0.04 }).rateAt(7)).toBeCloseTo(0.002 * 8, 12);
  });
});

describe('promptBatch', () => {
  it('is the recipe’s, the configured one, or all pictures where there are fewer', () => {
    expect(promptBatch({ recipe: 'adam', batch: 0 }, 2000)).toBe(512);
    expect(promptBatch({ recipe: 'coop', batch: 0 }, 2000)).toBe(32);
    expect(promptBatch({ recipe: 'adam', batch: 64 }, 2000)).toBe(64);
    expect(promptBatch({ recipe: 'adam', batch: 0 }, 90)).toBe(90);
  });
});

describe('promptRateScale', () => {
  it('is 1 for OpenAI’s CLIP, and for figures that mean nothing', () => {
    expect(promptRateScale(100, 0.02)).toBeCloseTo(1, 12);
    for (const [scale, deviation] of [
      [0, 0.02],
      [NaN, 0.02],
      [100, 0],
      [-5, 0.02],
    ] as const)
      expect(promptRateScale(scale, deviation)).toBe(1);
  });

  it('keeps a step’s size relative to the token vectors', () => {
    // A tower that sees V / sigma, and a loss s0 <V / sigma, a>: the step is rate s0 a / sigma, and relative to sigma
    // it is the same for all.
    const relativeStep = (logitScale: number, deviation: number): number =>
      (0.002 * promptRateScale(logitScale, deviation) * (logitScale / deviation)) / deviation;
    for (const [scale, deviation] of [
      [16, 0.05],
      [50, 0.01],
      [117, 0.3],
    ] as const)
      expect(relativeStep(scale, deviation)).toBeCloseTo(relativeStep(100, 0.02), 6);
    expect(promptRateScale(16, 0.05)).toBeCloseTo(39.0625, 6);
  });

  it('measures the deviation about the mean', () => {
    expect(tokenDeviation([1, 3, 1, 3])).toBe(1);
    expect(tokenDeviation([2, 2])).toBe(0);
  });
});
