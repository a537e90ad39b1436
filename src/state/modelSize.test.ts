/** The page's formulas against the networks themselves: every trainable parameter that they add is counted. */
import { describe, expect, it } from 'vitest';
import type { ParameterSet } from '../gpu/parameter';
import { addDiscriminatorParameters } from '../nn/biggan/discriminator';
import { addGeneratorParameters } from '../nn/biggan/generator';
import { presets, type RunConfig } from '../shared/config';
import { discriminatorParameters, expectedSlots, generatorParameters, modelSize } from './modelSize';

/** Stands in for a ParameterSet and only counts. */
function countTrainable(add: (parameters: ParameterSet) => void): number {
  let count = 0;
  const recorder = {
    add(_: string, shape: number[], __: Float32Array, options?: { trainable?: boolean }) {
      if (options?.trainable !== false) count += shape.reduce((product, size) => product * size, 1);
    },
  };
  add(recorder as unknown as ParameterSet);
  return count;
}

const random = { normal: () => 1 } as unknown as Parameters<typeof addGeneratorParameters>[2];
const small: RunConfig = { ...presets.tiny, generator: { width: 8, latent: 5, embedding: 7 }, discriminator: { width: 12 } };

describe('parameter counts', () => {
  it.each([[2, 3], [4, 9]])('equal those of the networks for %i classes and %i slots', (classCount, slotCount) => {
    const shape = { classCount, slotCount };
    const g = countTrainable((set) => addGeneratorParameters(set, { ...small.generator, ...shape }, random));
    const d = countTrainable((set) => addDiscriminatorParameters(set, { ...small.discriminator, ...shape }, random));
    expect(generatorParameters(small, classCount + slotCount)).toBe(g);
    expect(discriminatorParameters(small, classCount + slotCount)).toBe(d);
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
  });
});
