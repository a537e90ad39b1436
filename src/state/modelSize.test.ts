import { describe, expect, it } from 'vitest';
import { presets } from '../shared/config';
import { expectedSlots, modelSize, proposedAugment } from './modelSize';

describe('proposedAugment', () => {
  it('is DiffAugment under 1,000 pictures and ADA from there on', () => {
    expect([999, 1000].map(proposedAugment)).toEqual(['diffAugment', 'ada']);
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
