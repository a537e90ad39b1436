/**
 * What a new base model touches: its name in the schema of configurations, and an entry in each of the two tables. With
 * those three it trains, samples and is stored through the same code as any other.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { testEngine } from '../../gpu/testing/testEngine';
import { parseRunConfig, restoreConfig } from '../../shared/config';
import { buildCheckpoint, readCheckpoint, type Checkpoint } from '../checkpoint/checkpoint';
import {
  oneHotRows,
  toyBatch,
  toyClassCount,
  toyConfig,
  toyDataset,
  toyPrompts,
  toySlots,
  toyTower,
} from '../training/gan.testing';
import { GanTrainer } from '../training/ganTrainer';
import { Sampler } from '../training/sampling';
import { linearBase, linearFacts } from './linearBase.testing';
import { registerWhileTesting } from './registered.testing';

registerWhileTesting('linear', { model: linearBase, facts: linearFacts });

const config = toyConfig({
  base: 'linear' as 'biggan',
  conditioning: { rampStart: 0, rampEnd: 0 },
  clipHead: { weight: 1, startFraction: 0, startMaxKimg: 0, rampFraction: 0, tokenHeads: 'none' },
  ema: { halfLifeKimg: 1, startKimg: 0, rampUp: 0.05 },
});
const made: { dispose: () => void }[] = [];

function makeTrainer(): GanTrainer {
  const dataset = toyDataset();
  const clip = { branch: toyTower, promptFeatures: toyPrompts() };
  const trainer = new GanTrainer({ config, slots: toySlots, classCount: toyClassCount, dataset, clip });
  made.push(trainer, dataset);
  return trainer;
}

function makeSampler({ networks }: GanTrainer): Sampler {
  const drawConditions = (count: number): Float32Array => oneHotRows(Array.from({ length: count }, () => 0));
  const { seed, batch } = config;
  return new Sampler({
    networks,
    slots: toySlots,
    classCount: toyClassCount,
    seed,
    columns: 2,
    batch,
    drawConditions,
  });
}

async function checkpointOf(trainer: GanTrainer, sampler: Sampler): Promise<Checkpoint> {
  const z = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const u = oneHotRows([0, 2]);
  return {
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
    check: { z, u, images: await sampler.pictures(z, u) },
  };
}

afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

describe('a new base model', () => {
  it('has configurations that are understood', () => {
    expect(parseRunConfig(config)).toEqual(config);
    expect(restoreConfig({ ...config, base: 'unheard of' })).toBeNull();
  });

  it('trains in its own steps, samples, is stored, and goes on from that bit for bit', async () => {
    await testEngine();
    const trainer = makeTrainer();
    const start = await trainer.exportState();
    for (let i = 0; i < 3; i++) trainer.iterate(toyBatch(config, i));
    const stats = await trainer.readStats();
    for (const name of ['lossD', 'lossG', 'decay', 'clipReal']) expect(stats[name], name).toSatisfy(Number.isFinite);
    expect(stats['gradNonFinite']).toBe(0);
    const state = await trainer.exportState();
    for (const [name, { data }] of start.tensors)
      // Statistics are not trained, and a power iteration in one dimension has nowhere to go.
      if (!/^statistics\/|\.u$/.test(name)) expect(state.tensors.get(name)?.data, name).not.toEqual(data);
    // Three steps, and those of weight decay in the first and the third iteration.
    expect(state.tensors.get('discriminatorAdam/progress')?.data[2]).toBe(5);

    const sampler = makeSampler(trainer);
    const { rgba, size, rows } = await sampler.grid();
    expect([rgba.byteLength, size, rows]).toEqual([3 * 2 * 32 * 32 * 4, 32, [0, 1, 2]]);
    expect(new Set(new Uint8Array(rgba)).size).toBeGreaterThan(100);

    const checkpoint = await checkpointOf(trainer, sampler);
    const read = readCheckpoint(buildCheckpoint(checkpoint));
    expect(read.config).toEqual(config);
    expect(new Map([...read.trainer.tensors].toSorted())).toEqual(new Map([...state.tensors].toSorted()));
    const resumed = makeTrainer();
    resumed.importState(read.trainer);
    expect(await makeSampler(resumed).pictures(read.check.z, read.check.u)).toEqual(read.check.images);
    for (const each of [trainer, resumed]) each.iterate(toyBatch(config, 3));
    expect((await resumed.exportState()).tensors).toEqual((await trainer.exportState()).tensors);
  });
});
