import { describe, expect, it } from 'vitest';
import { presets } from '../shared/config';
import { expectedSlots, laptopSeconds, modelSize, proposedAugment, trainingWork } from './modelSize';

describe('proposedAugment', () => {
  it('is DiffAugment under 1,000 pictures and ADA from there on', () => {
    expect([999, 1000].map(proposedAugment)).toEqual(['diffAugment', 'ada']);
  });
});

describe('trainingWork', () => {
  // An estimate made apart from this code (by hand, from layers): 99, 47, 17 TFLOP a kimg; 285 at 128 px.
  it.each([
    ['stylegan2Cifar', 96],
    ['stylegan2Large', 45.5],
    ['stylegan2', 16.5],
    ['stylegan2Auto', 280],
  ] as const)('of %s is about %d TFLOP a kimg', (preset, expected) => {
    const config = presets[preset];
    const found = trainingWork(config) / config.kimg / 1e12;
    expect(found / expected).toBeGreaterThan(0.85);
    expect(found / expected).toBeLessThan(1.15);
  });

  it('grows with width, and with the length of the run', () => {
    expect(laptopSeconds(presets.tiny)).toBeLessThan(laptopSeconds(presets.standard) / 100);
    expect(laptopSeconds({ ...presets.tiny, kimg: 8 })).toBeCloseTo(2 * laptopSeconds(presets.tiny), 6);
  });
});

describe('modelSize', () => {
  it('grows with width and batch', () => {
    const tiny = modelSize(presets.tiny, 4, 400);
    const standard = modelSize(presets.standard, 4, 400);
    const cifar = modelSize(presets.cifar, 4, 400);
    expect(tiny.bytes).toBeLessThan(standard.bytes);
    expect(standard.bytes).toBeLessThan(cifar.bytes);
    // BigGAN's public CIFAR networks have about 4.3 M parameters each at this width.
    expect(cifar.generatorParameters).toBeGreaterThan(4e6);
    expect(cifar.generatorParameters).toBeLessThan(5e6);
  });

  it('expects as many clusters as the partition would make', () => {
    expect(expectedSlots(presets.tiny, 4, 40)).toBe(4);
    expect(expectedSlots(presets.tiny, 4, 640)).toBe(16);
    expect(expectedSlots(presets.tiny, 4, 1e6)).toBe(32);
    expect(expectedSlots(presets.tiny, 0, 10)).toBe(0);
    expect(
      expectedSlots({ ...presets.tiny, partition: { ...presets.tiny.partition, clustersPerClass: 3 } }, 4, 40),
    ).toBe(12);
  });
});
