/**
 * What is said of memory before a run, against what the captured steps of that run are given. Nothing is drawn, so
 * nothing is compiled or submitted either, on a device that is given up afterwards: buffers alone are real.
 */
import { afterAll, expect, it } from 'vitest';
import { poolOf } from '../../gpu/capture/bufferPool';
import { GpuDataset } from '../../gpu/dataset/dataset';
import { discardTestEngine, testEngine } from '../../gpu/testing/testEngine';
import { presets, type RunConfig } from '../../shared/config';
import { toyClassCount, toySlots } from '../training/gan.testing';
import { GanTrainer } from '../training/ganTrainer';
import { stepBytes, trainingBytes } from './trainingMemory';

const { tiny, standard, stylegan2Tiny } = presets;
const cases: Record<string, RunConfig> = {
  'BigGAN, two kinds of pictures': tiny,
  'BigGAN, three kinds': { ...tiny, augment: { ...tiny.augment, consistency: 10 } },
  'BigGAN, wider': { ...standard, batch: 8 },
  StyleGAN2: stylegan2Tiny,
  'StyleGAN2, larger pictures': { ...stylegan2Tiny, batch: 4, resolution: 64 },
};
const conditions = { classCount: toyClassCount, slotCount: toySlots.length };

afterAll(async () => {
  discardTestEngine();
  await testEngine();
});

/** Something that answers every call with itself. */
const nothing: object = new Proxy(() => nothing, { get: (_, name) => (name === 'then' ? undefined : nothing) });

/** Has methods of an object answer with nothing; the result undoes that. */
function standIn(object: object, names: readonly string[]): () => void {
  for (const name of names) Object.defineProperty(object, name, { configurable: true, value: nothing });
  return () => names.forEach((name) => Reflect.deleteProperty(object, name));
}

/** Bytes of the memory that all steps share, once they are captured. */
async function sharedBytes(config: RunConfig): Promise<number> {
  const { device } = (await testEngine()).context;
  const { resolution } = config;
  const dataset = new GpuDataset({ count: 4, height: resolution, width: resolution });
  const trainer = new GanTrainer({ config, slots: toySlots, classCount: toyClassCount, dataset, clip: null });
  const restore = [
    standIn(device, ['createComputePipeline', 'createBindGroup', 'createCommandEncoder']),
    standIn(device.queue, ['submit']),
  ];
  trainer.compile();
  const { bytes } = poolOf(device);
  for (const undo of restore) undo();
  trainer.dispose();
  dataset.dispose();
  return bytes;
}

it.each(Object.entries(cases))('%s: the larger step, within a quarter', async (_, config) => {
  discardTestEngine();
  const share = stepBytes(config, conditions) / (await sharedBytes(config));
  expect(share).toBeGreaterThan(0.75);
  expect(share).toBeLessThan(1.25);
  expect(trainingBytes(config, conditions)).toBeGreaterThan(stepBytes(config, conditions));
});
