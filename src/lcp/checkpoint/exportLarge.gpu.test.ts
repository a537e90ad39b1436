// Exports at 64 and 128 px: what the studio draws there, with attention (at 64 px) and norms of many widths, PyTorch
// draws from the file alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { GpuDataset } from '../../gpu/dataset/dataset';
import { testEngine } from '../../gpu/testing/testEngine';
import type { RunConfig } from '../../shared/config';
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

/** An untrained run whose weights were all moved: gamma is not 0, gains are not 1. */
async function checkpointAt(
  resolution: RunConfig['resolution'],
  width: number,
  attention: boolean,
): Promise<Checkpoint> {
  const config = toyConfig({
    resolution,
    attention,
    generator: { width, latent: 6, embedding: 5, latentAtBlocks: true },
    discriminator: { width: 4 },
  });
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
  const z = normals(random, 3 * config.generator.latent);
  const u = Float32Array.of(1, 0, 0, 0, 0, 1, 0.2, 0.3, 0.5);
  const checkpoint: Checkpoint = {
    ...randomCheckpoint(1, false),
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

it.each([
  [64, 8, true],
  [128, 4, false],
] as const)('PyTorch draws the studio’s pictures at %i px', async (resolution, width, attention) => {
  await testEngine();
  const checkpoint = await checkpointAt(resolution, width, attention);
  const { images } = checkpoint.check;
  expect(images.length).toBe(3 * resolution * resolution * 3);
  expect(images.some((value) => Math.abs(value - (images[0] ?? 0)) > 0.1)).toBe(true);
  const bytes = buildCheckpoint(checkpoint);
  expect(readCheckpoint(bytes).trainer.tensors.get('generator/block3.conv1.weight')?.data).toEqual(
    checkpoint.trainer.tensors.get('generator/block3.conv1.weight')?.data,
  );
  writeFileSync(join(folder, `${resolution}.safetensors`), bytes);
  writeFileSync(join(folder, 'lcpgan_generator.py'), await generatorLoader());
  const { code, stdout, stderr } = await runPython(
    ['lcpgan_generator.py', `${resolution}.safetensors`, '--check'],
    folder,
  );
  expect(stderr).toBe('');
  expect(code, stdout).toBe(0);
  expect(Number(/largest difference over 3 pictures: (\S+)/.exec(stdout)?.[1])).toBeLessThan(1e-4);
});
