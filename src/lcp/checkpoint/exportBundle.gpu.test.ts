// An export as a person gets it: the studio draws on the GPU, writes the files, and PyTorch draws the same from them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors, type SafeTensor } from '../../formats/safetensors';
import type { GpuDataset } from '../../gpu/dataset/dataset';
import type { NamedArray } from '../../gpu/parameter';
import { testEngine } from '../../gpu/testing/testEngine';
import type { ClusterCard, StatPoint } from '../../shared/domain';
import { imageIndex, slotIndex } from '../../shared/indices';
import { CounterRandom } from '../../shared/rng';
import { readCheckpoint, type Checkpoint } from './checkpoint';
import { normals, randomCheckpoint } from './checkpoint.testing';
import { exportFiles } from './exportBundle';
import { runPython } from './exportPython/python.testing';
import {
  oneHotRows,
  toyClassCount,
  toyConfig,
  toyDataset,
  toyPrompts,
  toySlots,
  toyTower,
} from '../training/gan.testing';
import { GanTrainer } from '../training/ganTrainer';
import type { TrainerState } from '../training/trainerState';
import { Sampler } from '../training/sampling';

const config = toyConfig();
const classes = ['cat', 'dog'];
const clusters: ClusterCard[] = toySlots.map((slot) => ({
  ...slot,
  slot: slotIndex(slot.slot),
  className: classes[slot.classIndex] ?? '',
  share: 1 / 3,
  spread: 0.5,
  exemplars: [slot.slot, 7].map(imageIndex),
  context: [],
  promptCosine: 0.5,
  words: null,
  history: [],
}));
const stats: StatPoint[] = [{ iteration: 1, kimg: 0.004, values: { lossD: 1.5 } }];

interface Exported {
  checkpoint: Checkpoint;
  /** What the networks and optimizers of a run that took the state over hold. */
  restored: Map<string, { shape: number[]; data: Float32Array }>;
}

function makeTrainer(dataset: GpuDataset, seed: number): GanTrainer {
  return new GanTrainer({
    config: { ...config, seed },
    slots: toySlots,
    classCount: toyClassCount,
    dataset,
    clip: { branch: toyTower, promptFeatures: toyPrompts() },
  });
}

async function checkpointOf(trainer: GanTrainer, sampler: Sampler): Promise<Checkpoint> {
  const random = new CounterRandom(21);
  const z = normals(random, 5 * config.generator.latent);
  // One-hot, then mixtures within a class and across classes.
  const u = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0.75, 0.25, 0, 0.2, 0.3, 0.5);
  return {
    ...randomCheckpoint(1, 'one tower'),
    config,
    classes,
    slots: toySlots,
    clip: { id: 'toy', name: 'Toy CLIP', hash: '0'.repeat(64), dim: toyTower.dim, logitScale: 10 },
    trainer: await trainer.exportState(),
    prompts: { features: toyPrompts(), context: null },
    partition: null,
    labels: null,
    imageHashes: null,
    sampleLatents: sampler.latents,
    check: { z, u, images: await sampler.pictures(z, u) },
  };
}

function drawConditions(count: number, random: CounterRandom): Float32Array {
  return oneHotRows(Array.from({ length: count }, () => random.integer(3)));
}

/**
 * A state that no fresh network has: nothing in it is 0, 1 or orthogonal any more, and moving average and raw weights
 * differ.
 */
function disturbed({ tensors }: TrainerState): TrainerState {
  const random = new CounterRandom(31);
  const moved = [...tensors].map(([name, { shape, data }]): [string, NamedArray] => [
    name,
    { shape, data: data.map((value) => value + 0.1 * random.normal()) },
  ]);
  return { iteration: 3, tensors: new Map(moved) };
}

async function makeExport(): Promise<Exported> {
  await testEngine();
  const dataset = toyDataset();
  const trainer = makeTrainer(dataset, config.seed);
  const sampler = new Sampler({
    networks: trainer.networks,
    slots: toySlots,
    classCount: toyClassCount,
    seed: 1,
    columns: 4,
    batch: config.batch,
    drawConditions,
  });
  trainer.importState(disturbed(await trainer.exportState()));
  const grid = await sampler.grid();
  const checkpoint = await checkpointOf(trainer, sampler);
  for (const { name, bytes } of await exportFiles({ checkpoint, grid, clusters, stats }))
    writeFileSync(join(folder, name), bytes);
  trainer.dispose();

  const other = makeTrainer(dataset, 99);
  other.importState(readCheckpoint(readFileSync(join(folder, 'checkpoint.safetensors'))).trainer);
  const restored = (await other.exportState()).tensors;
  other.dispose();
  dataset.dispose();
  return { checkpoint, restored };
}

const folder = mkdtempSync(join(tmpdir(), 'lcp-gan-export-'));
let made: Exported;
beforeAll(async () => {
  made = await makeExport();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = (...args: string[]): ReturnType<typeof runPython> => runPython(['lcpgan_generator.py', ...args], folder);

/** The exported checkpoint with some tensors changed, beside it. */
function altered(name: string, alter: (tensors: Map<string, SafeTensor>) => void): string {
  const { tensors, metadata } = readSafetensors(readFileSync(join(folder, 'checkpoint.safetensors')));
  alter(tensors);
  writeFileSync(join(folder, name), writeSafetensors(tensors, metadata));
  return name;
}

function change(tensors: Map<string, SafeTensor>, name: string, index: number, value: number): void {
  const tensor = tensors.get(name);
  if (tensor?.dtype === 'F32') tensor.data[index] = value;
}

describe('an export', () => {
  it('holds all files, each in a buffer of its own', async () => {
    const { checkpoint } = made;
    const files = await exportFiles({ checkpoint, grid: null, clusters, stats });
    expect(files.map(({ name }) => name)).toEqual([
      'checkpoint.safetensors',
      'lcpgan_generator.py',
      'clusters.csv',
      'metrics.csv',
      'README.txt',
    ]);
    for (const { bytes } of files) expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
  });

  it('restores networks and optimizers to the last bit', () => {
    const { checkpoint, restored } = made;
    expect([...restored.keys()].toSorted()).toEqual([...checkpoint.trainer.tensors.keys()].toSorted());
    for (const [name, { shape, data }] of checkpoint.trainer.tensors) {
      expect(restored.get(name)?.shape, name).toEqual(shape);
      expect(
        restored.get(name)?.data.every((value, i) => Object.is(value, data[i])),
        name,
      ).toBe(true);
    }
  });

  it('has a documented place for every array of the trainer', () => {
    const { tensors } = readSafetensors(readFileSync(join(folder, 'checkpoint.safetensors')));
    expect([...tensors.keys()].filter((name) => name.startsWith('trainer.'))).toEqual([]);
  });

  it('draws in PyTorch what the studio drew, from plain weights that all find their place', async () => {
    const { code, stdout, stderr } = await python('checkpoint.safetensors', '--check');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const difference = Number(/largest difference over 5 pictures: (\S+)/.exec(stdout)?.[1]);
    expect(difference).toBeGreaterThanOrEqual(0);
    expect(difference).toBeLessThan(1e-4);
    // The pictures are not one flat colour, for which any network would do.
    expect(Math.max(...made.checkpoint.check.images) - Math.min(...made.checkpoint.check.images)).toBeGreaterThan(0.1);
  });

  it('draws the studio’s own grid, and others from other seeds', async () => {
    const { code, stdout } = await python('checkpoint.safetensors', '--samples', 'grid.png');
    expect(code).toBe(0);
    expect(stdout).toContain('row 2: cat/2');
    const [ours, theirs] = await Promise.all(
      ['samples.png', 'grid.png'].map((name) =>
        sharp(join(folder, name)).removeAlpha().raw().toBuffer({ resolveWithObject: true }),
      ),
    );
    expect(theirs?.info).toMatchObject({ width: 4 * 34 + 2, height: 3 * 34 + 2, channels: 3 });
    expect(ours?.info).toMatchObject({ width: 4 * 34 + 2, height: 3 * 34 + 2, channels: 3 });
    // A value between two bytes may round either way.
    expect(
      Math.max(...(ours?.data ?? []).map((value, i) => Math.abs(value - (theirs?.data[i] ?? 999)))),
    ).toBeLessThanOrEqual(1);

    expect(
      (await python('checkpoint.safetensors', '--samples', 'seeded.png', '--seed', '5', '--columns', '3')).code,
    ).toBe(0);
    expect(await sharp(join(folder, 'seeded.png')).metadata()).toMatchObject({
      format: 'png',
      width: 3 * 34 + 2,
      height: 3 * 34 + 2,
    });
  });

  it('says when a weight has been changed', async () => {
    const file = altered('tampered.safetensors', (tensors) => {
      change(tensors, 'generator.blocks.1.conv1.weight', 40, 0.5);
    });
    const { code, stdout } = await python(file, '--check');
    expect(code).toBe(1);
    expect(stdout).toContain('DIFFER');
    const broken = altered('broken.safetensors', (tensors) => change(tensors, 'generator.linear.bias', 0, Number.NaN));
    expect((await python(broken, '--check')).code).toBe(1);
  });

  it('says what is wrong with a file that cannot be used', async () => {
    const lacking = altered('lacking.safetensors', (tensors) => tensors.delete('generator.blocks.0.norm0.running_var'));
    const more = altered('more.safetensors', (tensors) =>
      tensors.set('generator.extra', { dtype: 'F32', shape: [1], data: new Float32Array(1) }),
    );
    writeFileSync(
      join(folder, 'cut.safetensors'),
      readFileSync(join(folder, 'checkpoint.safetensors')).subarray(0, 5000),
    );
    const cases = [
      [lacking, 'running_var'],
      [more, 'extra'],
      ['cut.safetensors', 'cut off'],
      ['nowhere.safetensors', 'No such file'],
      ['samples.png', 'no safetensors file'],
    ] as const;
    // One process for all: starting PyTorch takes longer than anything else here.
    const script = `
import sys, lcpgan_generator
for file in sys.argv[1:]:
    sys.argv = ["lcpgan_generator.py", file, "--check"]
    print(lcpgan_generator.main())
`;
    const { code, stdout, stderr } = await runPython(['-c', script, ...cases.map(([file]) => file)], folder);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(cases.map(() => '2'));
    for (const [file, problem] of cases) expect(stderr.slice(stderr.indexOf(`${file}: `))).toContain(problem);
  });

  it('tells what is in it, and mixes conditions by name', async () => {
    const { code, stdout } = await python('checkpoint.safetensors');
    expect(code).toBe(0);
    for (const text of ['cat/2', 'dog/1', 'Toy CLIP', '32 x 32', 'after 3 iterations']) expect(stdout).toContain(text);
    const script = `
from lcpgan_generator import *
g = load_generator("checkpoint.safetensors")
print(g.condition("cat").tolist(), g.condition("dog/1").tolist(), g.condition({"cat/1": 3, "dog": 1}).tolist(), g.condition(1).tolist())
p = g(g.latents(2, seed=1), g.condition("cat").expand(2, -1))
print(tuple(p.shape), bool((g.latents(2, seed=1) == g.latents(2, seed=1)).all()), p.requires_grad, tile(to_bytes(p), columns=2).shape)
try: g.condition("cow")
except ValueError as error: print(error)
`;
    const result = await runPython(['-c', script], folder);
    expect(result.stderr).toBe('');
    expect(result.stdout.trim().split('\n')).toEqual([
      '[[0.5, 0.5, 0.0]] [[0.0, 0.0, 1.0]] [[0.75, 0.0, 0.25]] [[0.0, 1.0, 0.0]]',
      '(2, 3, 32, 32) True False (36, 70, 3)',
      "'cow' is neither a cluster nor a class; there are cat/1, cat/2, dog/1",
    ]);
  });
});
