/** The page's formulas against the networks themselves: every trainable parameter that they add is counted. */
import { describe, expect, it } from 'vitest';
import { discriminatorPlan } from '../nn/biggan/discriminator';
import { generatorPlan } from '../nn/biggan/generator';
import { presets, type RunConfig } from '../shared/config';
import { discriminatorParameters, expectedSlots, generatorParameters, modelSize, proposedAugment } from './modelSize';

const countOf = (plan: readonly { shape: readonly number[] }[]): number =>
  plan.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

const small: RunConfig = {
  ...presets.tiny,
  generator: { width: 8, latent: 5, embedding: 7 },
  discriminator: { width: 12 },
};

describe('parameter counts', () => {
  it.each<[RunConfig['resolution'], boolean, number, number]>([
    [32, false, 2, 3],
    [32, true, 4, 9],
    [64, false, 2, 3],
    [64, true, 2, 3],
    [128, true, 3, 5],
  ])('equal those of the networks at %i px, attention %s', (resolution, attention, classCount, slotCount) => {
    const config: RunConfig = { ...small, resolution, attention };
    const shape = { classCount, slotCount, resolution, attention };
    expect(generatorParameters(config, classCount + slotCount)).toBe(
      countOf(generatorPlan({ ...small.generator, ...shape })),
    );
    expect(discriminatorParameters(config, classCount + slotCount)).toBe(
      countOf(discriminatorPlan({ ...small.discriminator, ...shape })),
    );
  });
});

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
