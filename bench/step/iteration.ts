/**
 * The iteration that benches of a step run: our networks at 32 px with the CLIP head (clip-nano) on made-up pictures,
 * batches drawn by a counter.
 */
import { CounterRandom } from '../../src/shared/rng';
import { presets, type Base, type RunConfig } from '../../src/shared/config';
import type { Slot } from '../../src/shared/domain';
import { folderIo } from '../../src/clip/nodeIo';
import { loadClip } from '../../src/clip/load';
import { imageTwin } from '../../src/clip/twin/imageTwin';
import { GpuDataset } from '../../src/gpu/dataset/dataset';
import { GanTrainer } from '../../src/lcp/training/ganTrainer';
import type { IterationBatch } from '../../src/lcp/training/trainingBatch';

export interface IterationSize {
  base: Base;
  batch: number;
  /** Channels of BigGAN's blocks; StyleGAN2's maps have as many from 32 px down to 16, and twice as many below. */
  width: number;
}

const classes = 4;
const slots: Slot[] = Array.from({ length: 2 * classes }, (_, slot) => ({
  slot,
  classIndex: slot >> 1,
  cluster: slot & 1,
}));
const pictures = 64;

/** StyleGAN2's iteration has its R1 step each time: figures are of all steps that there are. */
export function configOf({ base, batch, width }: IterationSize): RunConfig {
  const clipHead = {
    weight: 1,
    startFraction: 0,
    startMaxKimg: 0,
    rampFraction: 1e-6,
    tokenHeads: 'none',
  } as const;
  if (base === 'stylegan2') {
    const { stylegan2Tiny: tiny } = presets;
    const channels = { base: 32 * width, most: 2 * width };
    return { ...tiny, preset: 'custom', batch, channels, r1: { ...tiny.r1, every: 1 }, clipHead };
  }
  return {
    ...presets.tiny,
    preset: 'custom',
    batch,
    generator: { ...presets.tiny.generator, width },
    discriminator: { width },
    clipHead,
  };
}

export function batchOf(config: RunConfig, iteration: number): IterationBatch {
  const random = new CounterRandom(1, 1, iteration);
  const rows = (): Float32Array => {
    const u = new Float32Array(config.batch * slots.length);
    for (let i = 0; i < config.batch; i++) u[i * slots.length + random.integer(slots.length)] = 1;
    return u;
  };
  const discriminator = Array.from({ length: config.discriminatorSteps }, () => ({
    indices: Int32Array.from({ length: config.batch }, () => random.integer(pictures)),
    flips: Float32Array.from({ length: config.batch }, () => random.integer(2)),
    w: new Float32Array(config.batch).fill(1),
    u: rows(),
    uFake: rows(),
    wWrong: new Float32Array(config.batch).fill(1),
    uWrong: rows(),
  }));
  return { discriminator, generatorConditions: rows() };
}

/** @param models the folder of CLIP manifests */
export async function makeTrainer(config: RunConfig, models: string): Promise<GanTrainer> {
  const clip = await loadClip({ kind: 'manifest', id: 'clip-nano' }, folderIo(models), () => {});
  const twin = await imageTwin(clip);
  const random = new CounterRandom(2);
  const dataset = new GpuDataset({ count: pictures, height: 32, width: 32 });
  dataset.set(
    0,
    Uint8Array.from({ length: pictures * 3072 }, () => random.integer(256)),
  );
  const promptFeatures = new Float32Array(slots.length * clip.dim);
  for (let slot = 0; slot < slots.length; slot++) promptFeatures[slot * clip.dim + slot] = 1;
  const branch = { encode: twin.encode, imageSize: twin.imageSize, dim: twin.dim };
  return new GanTrainer({ config, slots, classCount: classes, dataset, clip: { branch, promptFeatures } });
}
