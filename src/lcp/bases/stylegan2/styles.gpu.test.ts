// Styles of StyleGAN2: mixed in training, truncated and mixed in samples.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relativeError } from '../../../gpu/testing/arrays';
import { testEngine } from '../../../gpu/testing/testEngine';
import { styledLayers, styleCount, styleMask } from '../../../nn/stylegan2/layout';
import { GanTrainer } from '../../training/ganTrainer';
import { oneHotRows, toyBatch, toyClassCount, toyConfig, toyDataset, toySlots } from '../../training/gan.testing';
import { disposeMade, makeTrainer, samplerOf, styleToyConfig } from './toyRun.testing';

const size = { resolution: 32, channelBase: 256, channelMost: 8 };
const pixels = 32 * 32 * 3;
const latents = (seed: number): Float32Array => Float32Array.from({ length: 12 }, (_, i) => Math.sin(seed + 3 * i));
const [z, other] = [latents(0), latents(100)];
const u = oneHotRows([0, 2]);

beforeEach(() => testEngine());
afterEach(disposeMade);

describe('styles in samples', () => {
  it('are truncated towards the mean of the condition', async () => {
    const trainer = makeTrainer();
    trainer.iterate(toyBatch(styleToyConfig, 0));
    const sampler = samplerOf(trainer);
    const plain = await sampler.pictures(z, u);
    expect(await sampler.pictures(z, u, { truncation: 1 })).toEqual(plain);
    const means = await sampler.pictures(z, u, { truncation: 0 });
    // Nothing of z is left, all of the condition.
    expect(relativeError(await sampler.pictures(other, u, { truncation: 0 }), means)).toBeLessThan(1e-6);
    const [first, second] = [means.subarray(0, pixels), means.subarray(pixels)];
    expect(relativeError(first, second)).toBeGreaterThan(1e-3);
    const half = await sampler.pictures(z, u, { truncation: 0.5 });
    expect(relativeError(half, plain)).toBeGreaterThan(1e-3);
    expect(relativeError(half, means)).toBeLessThan(relativeError(plain, means));
  });

  it('come from two latents, the second from a layer on', async () => {
    const sampler = samplerOf(makeTrainer());
    const count = sampler.styleCount ?? 0;
    expect(count).toBe(8);
    const plain = await sampler.pictures(z, u);
    expect(await sampler.pictures(z, u, { mixed: { z, u, from: 3 } })).toEqual(plain);
    const distances = [];
    for (const from of [1, 4, count - 1])
      distances.push(relativeError(await sampler.pictures(z, u, { mixed: { z: other, u, from } }), plain));
    // The later the second style comes in, the less it changes.
    expect(distances.every((distance) => distance > 0)).toBe(true);
    expect(distances).toEqual(distances.toSorted((a, b) => b - a));
    await expect(sampler.pictures(z, u, { mixed: { z, u, from: count } })).rejects.toThrow('between 1 and 7');
  });

  it('are refused by a generator without any', async () => {
    const dataset = toyDataset();
    const config = toyConfig();
    const trainer = new GanTrainer({ config, slots: toySlots, classCount: toyClassCount, dataset, clip: null });
    const sampler = samplerOf(trainer);
    expect(sampler.styleCount).toBeNull();
    await expect(sampler.pictures(z, u, { truncation: 0.5 })).rejects.toThrow('has no styles');
    trainer.dispose();
    dataset.dispose();
  });
});

describe('style mixing in training', () => {
  it('has a mask over whole layers: colours take the style of the convolution behind them', () => {
    expect(styleCount(size)).toBe(8);
    const widths = styledLayers(size).map(({ input }) => input);
    const kept = (cutoff: number): number => styleMask(size, cutoff).reduce((sum, value) => sum + value, 0);
    expect(kept(0)).toBe(0);
    expect(kept(8)).toBe(widths.reduce((sum, width) => sum + width, 0));
    expect(kept(1)).toBe(widths[0]);
    // The first convolution at 8 px and the colours at 4 px share a style.
    expect(kept(2)).toBe((widths[0] ?? 0) + (widths[1] ?? 0) + (widths[2] ?? 0));
  });

  it('changes what is learnt, by a second style in most steps, captured as eager', async () => {
    const settings = { ...styleToyConfig, styleMixing: 0.9 };
    const runs = [];
    for (const [eager, config] of [
      [false, settings],
      [true, settings],
      [false, styleToyConfig],
    ] as const) {
      const trainer = makeTrainer(eager, config);
      for (let i = 0; i < 3; i++) trainer.iterate(toyBatch(config, i));
      runs.push((await trainer.exportState()).tensors);
    }
    const [mixed, eager, plain] = runs;
    expect(mixed).toEqual(eager);
    expect([...(mixed?.keys() ?? [])]).toEqual([...(plain?.keys() ?? [])]);
    expect(mixed?.get('generator/const')?.data).not.toEqual(plain?.get('generator/const')?.data);
  });
});
