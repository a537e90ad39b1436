import { describe, expect, it } from 'vitest';
import { presets, totalIterations } from '../../shared/config';
import {
  adaptToDataSize,
  clipHeadStart,
  clipHeadWeight,
  conditioningWeight,
  emaDecay,
  kimgAt,
  scheduleAt,
} from './schedule';

const config = presets.cifar;

describe('schedule', () => {
  it('counts real images of all discriminator steps', () => {
    expect(kimgAt(config, 0)).toBe(0);
    expect(kimgAt(config, 10)).toBeCloseTo((10 * 50 * 4) / 1000, 12);
    expect(kimgAt(config, totalIterations(config))).toBeGreaterThanOrEqual(config.kimg);
  });

  it('ramps lambda from 8% to 16% of the run', () => {
    expect(conditioningWeight(config, 0.0799 * config.kimg)).toBe(0);
    expect(conditioningWeight(config, 0.12 * config.kimg)).toBeCloseTo(0.5, 12);
    expect(conditioningWeight(config, 0.16 * config.kimg)).toBe(1);
    expect(conditioningWeight(config, config.kimg)).toBe(1);
  });

  it('switches at once where the ramp has no length', () => {
    const fromTheStart = { ...config, conditioning: { rampStart: 0, rampEnd: 0 } };
    expect(conditioningWeight(fromTheStart, 0)).toBe(1);
    expect(conditioningWeight({ ...config, ablation: { ...config.ablation, conditionFromStart: true } }, 0)).toBe(1);
  });

  it('starts the CLIP head at the earlier of 500 kimg and 10%, and ramps over 5%', () => {
    expect(clipHeadStart(config)).toBe(500);
    expect(clipHeadStart(presets.tiny)).toBeCloseTo(0.4, 12);
    expect(clipHeadWeight(config, 499.9)).toBe(0);
    expect(clipHeadWeight(config, 500 + 0.025 * config.kimg)).toBeCloseTo(0.5 * config.clipHead.weight, 12);
    expect(clipHeadWeight({ ...config, clipHead: { ...config.clipHead, weight: 0 } }, config.kimg)).toBe(0);
  });

  it('copies before the start of the average and then decays by half in a half-life', () => {
    expect(emaDecay(config, 0)).toBe(0);
    expect(emaDecay(config, 998)).toBe(0);
    expect(emaDecay(config, 999)).toBe(0);
    // BigGAN's 0.9999 an iteration, from iteration 1,000 on.
    expect(emaDecay(config, 1000)).toBeCloseTo(0.9999, 7);
    const iterations = (config.ema.halfLifeKimg * 1000) / 200;
    expect(emaDecay(config, 5000) ** iterations).toBeCloseTo(0.5, 10);
  });

  it('ramps the half-life of the average up, where it is asked to', () => {
    const ramped = { ...config, ema: { halfLifeKimg: 500, startKimg: 0, rampUp: 0.05 } };
    expect(emaDecay(ramped, 0)).toBe(0);
    // After 1,000 iterations of 200 images: a half-life of 10,000 images, which is 50 iterations.
    expect(emaDecay(ramped, 1000) ** 50).toBeCloseTo(0.5, 10);
    expect(emaDecay(ramped, 1e6)).toBe(emaDecay({ ...ramped, ema: { ...ramped.ema, rampUp: 0 } }, 1e6));
  });

  it('gathers one iteration', () => {
    expect(scheduleAt(config, 1000)).toEqual({
      iteration: 1000,
      kimg: 200,
      lambda: 0,
      lambdaClip: 0,
      emaDecay: emaDecay(config, 1000),
    });
  });

  it('halves the CLIP head on very small data sets only', () => {
    expect(adaptToDataSize(config, 149, 2).clipHead.weight).toBe(0.5);
    expect(adaptToDataSize(config, 240, 10).clipHead.weight).toBe(0.5);
    expect(adaptToDataSize(config, 250, 10)).toBe(config);
    const weaker = { ...config, clipHead: { ...config.clipHead, weight: 0.2 } };
    expect(adaptToDataSize(weaker, 100, 2)).toBe(weaker);
  });
});
