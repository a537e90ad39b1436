/** How fast whole iterations are, for the `gpu` bench: BigGAN's public CIFAR networks, StyleGAN2-ADA's `auto`. No CLIP. */
import { GpuDataset } from '../src/gpu/dataset/dataset';
import { GanTrainer } from '../src/lcp/training/ganTrainer';
import type { IterationBatch } from '../src/lcp/training/trainingBatch';
import { presets, type RunConfig } from '../src/shared/config';
import type { Slot } from '../src/shared/domain';
import { CounterRandom } from '../src/shared/rng';
import { median, rounded } from './measure';

export interface GanSize {
  batch: number;
  width: number;
  steps: number;
}

export interface StyleSize {
  resolution: 32 | 128;
  batch: number;
  base: number;
  most: number;
  latent: number;
  /** Iterations from one R1 step to the next. */
  every: number;
  rounds: number;
}

const classes = 10;
const pictures = 512;

function batchOf({ batch, discriminatorSteps }: RunConfig, iteration: number): IterationBatch {
  const random = new CounterRandom(1, 1, iteration);
  const rows = (): Float32Array => {
    const u = new Float32Array(batch * classes);
    for (let i = 0; i < batch; i++) u[i * classes + random.integer(classes)] = 1;
    return u;
  };
  const whole = (): Float32Array => new Float32Array(batch).fill(1);
  const discriminator = Array.from({ length: discriminatorSteps }, () => ({
    indices: Int32Array.from({ length: batch }, () => random.integer(pictures)),
    flips: new Float32Array(batch),
    w: whole(),
    u: rows(),
    uFake: rows(),
    wWrong: whole(),
    uWrong: rows(),
  }));
  return { discriminator, generatorConditions: rows() };
}

/** Median seconds of an iteration, of `rounds` times `iterations` after one round that does not count. */
async function iterationSeconds(config: RunConfig, iterations: number, rounds: number): Promise<number> {
  const { resolution } = config;
  const random = new CounterRandom(2);
  const dataset = new GpuDataset({ count: pictures, height: resolution, width: resolution });
  await dataset.allocated;
  dataset.set(
    0,
    Uint8Array.from({ length: pictures * resolution ** 2 * 3 }, () => random.integer(256)),
  );
  const slots: Slot[] = Array.from({ length: classes }, (_, slot) => ({ slot, classIndex: slot, cluster: 0 }));
  const trainer = new GanTrainer({ config, slots, classCount: classes, dataset, clip: null });
  await trainer.prepare();
  const times: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < iterations; i++) trainer.iterate(batchOf(config, trainer.iteration));
    await trainer.readStats();
    if (round >= 0) times.push((performance.now() - start) / 1000 / iterations);
  }
  trainer.dispose();
  dataset.dispose();
  return median(times);
}

const noClip = { ...presets.cifar.clipHead, weight: 0 };

export async function ganImagesPerSecond(
  { batch, width, steps }: GanSize,
  iterations: number,
  rounds: number,
): Promise<number> {
  const { cifar } = presets;
  const config: RunConfig = {
    ...cifar,
    preset: 'custom',
    batch,
    discriminatorSteps: steps,
    generator: { ...cifar.generator, width },
    discriminator: { width },
    clipHead: noClip,
    augment: { ...cifar.augment, mode: 'none', consistency: 0, horizontalFlip: false },
  };
  return rounded((batch * steps) / (await iterationSeconds(config, iterations, rounds)));
}

/** Seconds of a thousand pictures, R1 in every so many iterations among them. */
export async function styleSecondsPerKimg(size: StyleSize): Promise<number> {
  const { resolution, batch, base, most, latent, every, rounds } = size;
  const { stylegan2Auto: auto } = presets;
  const config: RunConfig = {
    ...auto,
    preset: 'custom',
    resolution,
    batch,
    channels: { base, most },
    generator: { ...auto.generator, latent },
    r1: { ...auto.r1, every },
    clipHead: noClip,
    augment: { ...auto.augment, mode: 'none' },
  };
  return rounded((1000 / batch) * (await iterationSeconds(config, every, rounds)));
}
