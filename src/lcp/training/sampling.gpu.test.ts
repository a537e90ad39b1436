import { afterEach, describe, expect, it } from 'vitest';
import type { GpuDataset } from '../../gpu/dataset/dataset';
import { testEngine } from '../../gpu/testing/testEngine';
import type { RunConfig } from '../../shared/config';
import type { CounterRandom } from '../../shared/rng';
import { GanTrainer } from './ganTrainer';
import { oneHotRows, toyBatch, toyClassCount, toyConfig, toyDataset, toySlots } from './gan.testing';
import { rawGrid } from './rawGrid';
import { Sampler, toRgba } from './sampling';

const made: { dispose: () => void }[] = [];

function drawConditions(count: number, random: CounterRandom): Float32Array {
  return oneHotRows(Array.from({ length: count }, () => random.integer(3)));
}

function makeTrainer(config: RunConfig): { trainer: GanTrainer; sampler: Sampler } {
  const dataset: GpuDataset = toyDataset();
  const trainer = new GanTrainer({ config, slots: toySlots, classCount: toyClassCount, dataset, clip: null });
  made.push(trainer, dataset);
  const sampler = new Sampler({
    networks: trainer.networks,
    slots: toySlots,
    classCount: toyClassCount,
    seed: 1,
    columns: 4,
    batch: config.batch,
    drawConditions,
  });
  return { trainer, sampler };
}

/** Mean of a colour channel over a row of the grid, 0 to 255. */
function meanOf(rgba: ArrayBuffer, row: number, channel: number): number {
  const tiles = new Uint8Array(rgba).subarray(row * 4 * 4096, (row + 1) * 4 * 4096);
  let total = 0;
  for (let i = channel; i < tiles.length; i += 4) total += tiles[i] ?? 0;
  return total / (tiles.length / 4);
}

afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

describe('Sampler', () => {
  it('draws a tile for every slot and column, opaque, the same every time', async () => {
    await testEngine();
    const { trainer, sampler } = makeTrainer(toyConfig());
    trainer.iterate(toyBatch(toyConfig(), 0));
    const grid = await sampler.grid();
    expect(grid).toMatchObject({ columns: 4, rows: [0, 1, 2], size: 32 });
    expect(grid.rgba.byteLength).toBe(3 * 4 * 32 * 32 * 4);
    expect(new Uint8Array(grid.rgba).every((value, i) => i % 4 !== 3 || value === 255)).toBe(true);
    expect(await sampler.grid()).toEqual(grid);
    const lastRow = await sampler.grid([2]);
    expect(new Uint8Array(lastRow.rgba)).toEqual(new Uint8Array(grid.rgba).subarray(2 * 4 * 4096));
  });

  it('leaves training as it was', async () => {
    await testEngine();
    const config = toyConfig();
    const run = async (sampling: boolean): Promise<Float32Array | undefined> => {
      const { trainer, sampler } = makeTrainer(config);
      for (let i = 0; i < 2; i++) {
        trainer.iterate(toyBatch(config, i));
        if (sampling) await sampler.grid();
      }
      return (await trainer.exportState()).tensors.get('generator/linear.weight')?.data;
    };
    const [with_, without] = [await run(true), await run(false)];
    expect(with_?.every((value, i) => Object.is(value, without?.[i]))).toBe(true);
  });

  it('draws the weights as they are, beside the average, and leaves both alone', async () => {
    await testEngine();
    // An average that is half a run behind.
    const config = toyConfig({ ema: { halfLifeKimg: 10, startKimg: 0, rampUp: 0 } });
    const { trainer, sampler } = makeTrainer(config);
    for (let i = 0; i < 3; i++) trainer.iterate(toyBatch(config, i));
    // Twice: the first statistics round by what they start from.
    await sampler.grid();
    const averaged = await sampler.grid();
    const before = await trainer.exportState();
    const raw = await rawGrid(trainer.networks.generator, sampler);
    expect(raw).toMatchObject({ columns: 4, rows: [0, 1, 2], size: 32 });
    expect(new Uint8Array(raw.rgba)).not.toEqual(new Uint8Array(averaged.rgba));
    expect(await sampler.grid()).toEqual(averaged);
    const after = await trainer.exportState();
    const changed = [...before.tensors].filter(([name, { data }]) =>
      data.some((value, i) => !Object.is(value, after.tensors.get(name)?.data[i])),
    );
    expect(changed.map(([name]) => name)).toEqual([]);
  });

  it('draws the same pictures from a restored state without refreshing', async () => {
    await testEngine();
    const config = toyConfig();
    const { trainer, sampler } = makeTrainer(config);
    trainer.iterate(toyBatch(config, 0));
    await sampler.refresh();
    const z = Float32Array.from({ length: 2 * config.generator.latent }, (_, i) => Math.sin(i));
    const u = Float32Array.from([0.5, 0.25, 0.25, 0, 0, 1]);
    const pictures = await sampler.pictures(z, u);
    const other = makeTrainer({ ...config, seed: 5 });
    other.trainer.importState(await trainer.exportState());
    other.sampler.restore();
    const again = await other.sampler.pictures(z, u);
    expect(pictures.every((value, i) => Object.is(value, again[i]))).toBe(true);
  });

  it('rounds and clamps to bytes', () => {
    expect([...new Uint8Array(toRgba(Float32Array.of(-1, 0, 1, -1.5, 1.5, 0.999)))]).toEqual([
      0, 128, 255, 255, 0, 255, 255, 255,
    ]);
  });
});

describe('training', () => {
  it('learns which colour belongs to which class', async () => {
    await testEngine();
    const config = toyConfig({
      kimg: 0.4,
      batch: 8,
      conditioning: { rampStart: 0, rampEnd: 0 },
      optimizer: { generatorRate: 2e-3, discriminatorRate: 2e-3, beta1: 0, beta2: 0.99, epsilon: 1e-6 },
      augment: { ...toyConfig().augment, color: false },
      ema: { halfLifeKimg: 0.02, startKimg: 0.1, rampUp: 0 },
    });
    const { trainer, sampler } = makeTrainer(config);
    for (let i = 0; i < 36; i++) {
      trainer.iterate(toyBatch(config, i));
      if (i % 4 === 3) await trainer.readStats(); // keeps the queue short
    }
    const { rgba } = await sampler.grid();
    // Slots 0 and 1 are red, slot 2 is blue. At the start all rows look alike, within 10 of each other.
    for (const row of [0, 1]) expect(meanOf(rgba, row, 0) - meanOf(rgba, row, 2)).toBeGreaterThan(40);
    expect(meanOf(rgba, 2, 2) - meanOf(rgba, 2, 0)).toBeGreaterThan(40);
  });
});
