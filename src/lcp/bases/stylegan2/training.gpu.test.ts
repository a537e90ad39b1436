/** StyleGAN2-ADA trains, samples, is stored and goes on through the code of all base models. */
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relativeError } from '../../../gpu/testing/arrays';
import { testEngine } from '../../../gpu/testing/testEngine';
import { runConfigSchema } from '../../../shared/config';
import { oneHotRows, toyBatch, toyPrompts, toySlots, toyTower } from '../../training/gan.testing';
import { buildCheckpoint, readCheckpoint, type Checkpoint } from '../../checkpoint/checkpoint';
import type { StyleGan2Config } from './facts';
import { disposeMade, makeTrainer, samplerOf, styleToyConfig } from './toyRun.testing';

const config = styleToyConfig;

beforeEach(() => testEngine());
afterEach(disposeMade);

describe('StyleGAN2-ADA', () => {
  it('has settings of its own that are understood', () => {
    expect(v.parse(runConfigSchema, config)).toEqual(config);
    expect(v.safeParse(runConfigSchema, { ...config, r1: { ...config.r1, gamma: 0 } }).success).toBe(false);
  });

  it('has one joint logit where the ablation asks for it, which R1 then looks at', async () => {
    const trainer = makeTrainer(false, { ...config, ablation: { ...config.ablation, jointLogit: true } });
    trainer.iterate(toyBatch(config, 0));
    expect((await trainer.readStats())['r1']).toBeGreaterThan(0);
    // With beta1 = 0 the first moment is the last gradient: R1's, which reaches the conditional logit only in the sum.
    const { tensors } = await trainer.exportState();
    expect(tensors.get('discriminatorAdam/m.projection.weight')?.data.some((value) => value !== 0)).toBe(true);
  });

  it('learns in both networks and the CLIP head, R1 every second iteration, with values that are finite', async () => {
    const trainer = makeTrainer();
    const before = await trainer.exportState();
    for (let i = 0; i < 3; i++) trainer.iterate(toyBatch(config, i));
    const stats = await trainer.readStats();
    for (const name of ['lossD', 'lossG', 'r1', 'clipReal']) expect(stats[name], name).toSatisfy(Number.isFinite);
    expect(stats['r1']).toBeGreaterThan(0);
    expect(stats['gradNonFinite']).toBe(0);
    const { tensors } = await trainer.exportState();
    // Noise is drawn once. With beta1 = 0 the first moment is the last gradient, which of R1 has zeros.
    for (const [name, { data }] of before.tensors)
      if (!/^statistics\/noise$|\.u$|^ada\/|^discriminatorAdam\/m\./.test(name))
        expect(tensors.get(name)?.data, name).not.toEqual(data);
    // Three steps and R1 in the first and the third iteration.
    expect(tensors.get('discriminatorAdam/progress')?.data[2]).toBe(5);
    expect(tensors.get('statistics/lambda')?.data[0]).toBe(1);
  });

  it('gives captured the bits of eager', async () => {
    const states = [];
    for (const eager of [false, true]) {
      const trainer = makeTrainer(eager);
      for (let i = 0; i < 3; i++) trainer.iterate(toyBatch(config, i));
      states.push((await trainer.exportState()).tensors);
    }
    expect(states[0]).toEqual(states[1]);
  });

  it('takes R1 in parts of a batch, to the same result', async () => {
    // A picture that is a group by itself sees no other, in whichever part it is.
    const alone: StyleGan2Config = { ...config, deviationGroup: 1, r1: { ...config.r1, gamma: 1 } };
    const found = [];
    for (const parts of [1, 2]) {
      const trainer = makeTrainer(false, { ...alone, r1: { ...alone.r1, parts } });
      trainer.iterate(toyBatch(config, 0));
      const { tensors } = await trainer.exportState();
      // With beta1 = 0 the first moment is the gradient of the last step, which was R1's.
      found.push({
        r1: (await trainer.readStats())['r1'],
        slope: tensors.get('discriminatorAdam/m.b4.fc.weight')?.data,
      });
    }
    const [whole, halves] = found;
    expect((halves?.r1 ?? NaN) / (whole?.r1 ?? NaN)).toBeCloseTo(1, 4);
    expect(relativeError(halves?.slope ?? [], whole?.slope ?? [NaN])).toBeLessThanOrEqual(1e-4);
  });

  it('takes its steps in parts of a batch, to the same losses and gradients, mixing and CLIP included', async () => {
    const alone: StyleGan2Config = { ...config, deviationGroup: 1, styleMixing: 1, r1: { ...config.r1, every: 1000 } };
    const found = [];
    // Three do not divide four: four parts are made.
    for (const parts of [1, 3]) {
      const trainer = makeTrainer(false, { ...alone, parts });
      trainer.iterate(toyBatch(config, 0));
      const { tensors } = await trainer.exportState();
      const stats = await trainer.readStats();
      // With beta1 = 0 the first moment is the gradient.
      found.push({
        losses: ['lossD', 'lossG', 'realLogit', 'fakeLogit', 'clipReal', 'clipFake'].map((name) => stats[name] ?? NaN),
        generator: tensors.get('generatorAdam/m.const')?.data,
        mapping: tensors.get('generatorAdam/m.mapping.fc0.weight')?.data,
        head: tensors.get('clipHeadAdam/m.prompt.weight')?.data,
        average: tensors.get('statistics/average')?.data,
      });
    }
    const [one, ...others] = found;
    for (const other of others)
      for (const [name, values] of Object.entries(other))
        expect(relativeError(values ?? [], one?.[name as keyof typeof other] ?? [NaN]), name).toBeLessThanOrEqual(1e-4);
  });

  it('is stored in a checkpoint, draws the same from it, and goes on to the bit', async () => {
    const trainer = makeTrainer();
    for (let i = 0; i < 2; i++) trainer.iterate(toyBatch(config, i));
    const sampler = samplerOf(trainer);
    const [z, u] = [Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)), oneHotRows([0, 2])];
    const images = await sampler.pictures(z, u);
    expect(new Set(images).size).toBeGreaterThan(1000);
    const checkpoint: Checkpoint = {
      config,
      classes: ['cat', 'dog'],
      slots: toySlots,
      clip: { id: 'toy', name: 'toy', hash: 'ab'.repeat(32), dim: toyTower.dim, logitScale: 1 },
      created: '2026-11-22T18:30:00.123Z',
      sampleSeed: config.seed,
      dataCursor: null,
      trainer: await trainer.exportState(),
      prompts: { features: toyPrompts(), context: null },
      partition: null,
      labels: null,
      imageHashes: null,
      sampleLatents: sampler.latents,
      check: { z, u, images },
    };
    const read = readCheckpoint(buildCheckpoint(checkpoint));
    const resumed = makeTrainer();
    resumed.importState(read.trainer);
    expect(await samplerOf(resumed).pictures(read.check.z, read.check.u)).toEqual(images);
    for (const each of [trainer, resumed]) each.iterate(toyBatch(config, 2));
    expect((await resumed.exportState()).tensors).toEqual((await trainer.exportState()).tensors);
  });
});
