// Exports of other networks than `exportBundle.gpu.test.ts` has: a case for each base model and, of BigGAN, 64 and
// 128 px with attention (at 64 px) and norms of many widths. What the studio draws, PyTorch draws from the file alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { GpuDataset } from '../../gpu/dataset/dataset';
import { testEngine } from '../../gpu/testing/testEngine';
import { presets, type RunConfig } from '../../shared/config';
import { CounterRandom } from '../../shared/rng';
import { buildCheckpoint, readCheckpoint, type Checkpoint } from './checkpoint';
import { normals, randomCheckpoint } from './checkpoint.testing';
import { generatorLoader } from './exportPython/generatorLoader';
import { runPython } from './exportPython/python.testing';
import { oneHotRows, toyClassCount, toyConfig, toySlots } from '../training/gan.testing';
import { GanTrainer } from '../training/ganTrainer';
import { Sampler } from '../training/sampling';

const folder = mkdtempSync(join(tmpdir(), 'lcp-gan-large-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bigGanAt(resolution: 64 | 128, width: number, attention: boolean): RunConfig {
  return toyConfig({
    resolution,
    attention,
    generator: { width, latent: 6, embedding: 5, latentAtBlocks: true },
    discriminator: { width: 4 },
  });
}

const cases: Readonly<Record<string, RunConfig>> = {
  'BigGAN at 64 px': bigGanAt(64, 8, true),
  'BigGAN at 128 px': bigGanAt(128, 4, false),
  'StyleGAN2-ADA at 64 px': {
    ...presets.stylegan2Tiny,
    preset: 'custom',
    resolution: 64,
    channels: { base: 256, most: 8 },
    generator: { latent: 6, mappingLayers: 2, joined: false },
    discriminator: { residual: true },
  },
};

/** An untrained run whose weights were all moved: gamma is not 0, gains are not 1. */
async function checkpointOf(config: RunConfig): Promise<Checkpoint> {
  const { resolution } = config;
  const dataset = new GpuDataset({ count: 1, height: resolution, width: resolution });
  const trainer = new GanTrainer({ config, slots: toySlots, classCount: toyClassCount, dataset, clip: null });
  const drawConditions = (count: number, random: CounterRandom): Float32Array =>
    oneHotRows(Array.from({ length: count }, () => random.integer(3)));
  const sampler = new Sampler({
    networks: trainer.networks,
    slots: toySlots,
    classCount: toyClassCount,
    seed: 1,
    columns: 1,
    batch: 8,
    drawConditions,
  });
  const random = new CounterRandom(31);
  const { tensors } = await trainer.exportState();
  trainer.importState({
    iteration: 1,
    tensors: new Map(
      [...tensors].map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value) => value + 0.1 * random.normal()) },
      ]),
    ),
  });
  // The statistics are moved values too; collecting them would be four passes more.
  sampler.restore();
  const z = normals(random, 3 * trainer.networks.generator.latent);
  const u = Float32Array.of(1, 0, 0, 0, 0, 1, 0.2, 0.3, 0.5);
  const checkpoint: Checkpoint = {
    ...randomCheckpoint(1, null),
    config,
    slots: toySlots,
    clip: null,
    trainer: await trainer.exportState(),
    prompts: null,
    partition: null,
    labels: null,
    imageHashes: null,
    sampleLatents: null,
    check: { z, u, images: await sampler.pictures(z, u) },
  };
  trainer.dispose();
  dataset.dispose();
  return checkpoint;
}

it.each(Object.entries(cases))('PyTorch draws the studio’s pictures: %s', async (name, config) => {
  await testEngine();
  const checkpoint = await checkpointOf(config);
  const { images } = checkpoint.check;
  expect(images.length).toBe(3 * config.resolution ** 2 * 3);
  expect(images.some((value) => Math.abs(value - (images[0] ?? 0)) > 0.1)).toBe(true);
  const bytes = buildCheckpoint(checkpoint);
  expect(new Map(readCheckpoint(bytes).trainer.tensors)).toEqual(new Map(checkpoint.trainer.tensors));
  writeFileSync(join(folder, `${name}.safetensors`), bytes);
  writeFileSync(join(folder, 'lcpgan_generator.py'), await generatorLoader());
  const { code, stdout, stderr } = await runPython(['lcpgan_generator.py', `${name}.safetensors`, '--check'], folder);
  expect(stderr).toBe('');
  expect(code, stdout).toBe(0);
  expect(Number(/largest difference over 3 pictures: (\S+)/.exec(stdout)?.[1])).toBeLessThan(1e-4);
});
