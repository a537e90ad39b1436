import { afterEach, expect, it } from 'vitest';
import { testEngine } from '../../gpu/testing/testEngine';
import { CounterRandom } from '../../shared/rng';
import { GanTrainer } from '../training/ganTrainer';
import type { TrainerState } from '../training/trainerState';
import {
  oneHotRows,
  toyBatch,
  toyClassCount,
  toyConfig,
  toyDataset,
  toyPrompts,
  toySlots,
  toyTower,
  towerDim,
} from '../training/gan.testing';
import { HealthProbe } from './healthProbe';
import { Sampler } from '../training/sampling';

const made: { dispose: () => void }[] = [];
afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
});

const config = toyConfig({ batch: 2 });

function rig(): { trainer: GanTrainer; probe: HealthProbe; sampler: Sampler } {
  const pictures = toyDataset();
  const trainer = new GanTrainer({
    config,
    slots: toySlots,
    classCount: toyClassCount,
    dataset: pictures,
    clip: { branch: toyTower, promptFeatures: toyPrompts() },
  });
  made.push(trainer, pictures);
  const sampler = new Sampler({
    networks: trainer.networks,
    slots: toySlots,
    classCount: toyClassCount,
    seed: 1,
    columns: 2,
    batch: config.batch,
    drawConditions: (count, random) => oneHotRows(Array.from({ length: count }, () => random.integer(3))),
  });
  const probe = new HealthProbe({
    networks: trainer.networks,
    sampler,
    pictures,
    tower: toyTower,
    conditions: { classCount: toyClassCount, slotCount: toySlots.length },
    batch: config.batch,
    resolution: 32,
  });
  return { trainer, probe, sampler };
}

const rowsOf = (features: Float32Array): number[][] =>
  Array.from({ length: features.length / towerDim }, (_, row) => [
    ...features.subarray(row * towerDim, (row + 1) * towerDim),
  ]);
const cosine = (a: number[] = [], b: number[] = []): number =>
  a.reduce((sum, value, j) => sum + value * (b[j] ?? NaN), 0);

it('sees pictures of a kind as alike, whatever part of a piece they fill', async () => {
  await testEngine();
  const { probe } = rig();
  expect(probe.piece).toBe(4);
  const [red, dark, blue, again] = rowsOf(await probe.realFeatures([0, 1, 2, 3]));
  for (const row of [red, dark, blue, again]) expect(Math.hypot(...(row ?? []))).toBeCloseTo(1, 5);
  expect(cosine(red, again)).toBeGreaterThan(0.999);
  expect(cosine(red, blue)).toBeLessThan(0.99);
  expect(rowsOf(await probe.realFeatures([2]))).toEqual([blue]);
});

it('gives unit features of samples and signs of the discriminator for any number of reals', async () => {
  await testEngine();
  const { probe, trainer, sampler } = rig();
  trainer.iterate(toyBatch(config, 0));
  await sampler.refresh();
  const random = new CounterRandom(2, 3);
  const z = Float32Array.from({ length: 3 * config.generator.latent }, () => random.normal());
  const samples = rowsOf(await probe.sampleFeatures(z, oneHotRows([0, 1, 2]), 3));
  expect(samples.map((row) => Math.hypot(...row))).toEqual([
    expect.closeTo(1, 5),
    expect.closeTo(1, 5),
    expect.closeTo(1, 5),
  ]);
  const signs = await probe.signs([0, 1, 2, 3, 4]);
  expect(signs).toHaveLength(5);
  expect([...signs].every((sign) => Math.abs(sign) === 1)).toBe(true);
});

it('leaves the training as it was, to the bit, and nothing behind', async () => {
  const engine = await testEngine();
  const train = async (watched: boolean): Promise<TrainerState> => {
    const { trainer, probe } = rig();
    trainer.iterate(toyBatch(config, 0));
    if (watched) {
      await probe.realFeatures([5, 6, 7]);
      const { tensors } = engine.memory();
      await probe.realFeatures([5, 6, 7]);
      await probe.signs([1, 2, 3]);
      expect(engine.memory().tensors).toBe(tensors);
    }
    trainer.iterate(toyBatch(config, 1));
    return trainer.exportState();
  };
  const [alone, watched] = [await train(false), await train(true)];
  expect(
    [...alone.tensors]
      .filter(([name, { data }]) => !data.every((value, i) => Object.is(value, watched.tensors.get(name)?.data[i])))
      .map(([name]) => name),
  ).toEqual([]);
});
