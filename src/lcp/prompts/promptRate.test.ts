import { describe, expect, it } from 'vitest';
import { promptRateScale, tokenDeviation } from './promptRate';

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
