/**
 * How fast this machine trains: iterations of a configuration on made-up pictures, without CLIP, timed from the first
 * that runs at full speed. Nothing of it touches a run, and what it takes on the GPU is freed at its end.
 */
import { GpuDataset } from '../../gpu/dataset/dataset';
import { GanTrainer } from '../../lcp/training/ganTrainer';
import type { DiscriminatorBatch, IterationBatch } from '../../lcp/training/trainingBatch';
import type { RunConfig } from '../../shared/config';
import { CounterRandom } from '../../shared/rng';

export interface Benchmark {
  /** Iterations that were timed. */
  iterations: number;
  secondsPerIteration: number;
}

const pictures = 64;
const slots = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 1, cluster: 0 },
];
/** Before kernels, caches and clocks have settled. */
const warmUp = 2;
/** Iterations in the GPU's queue at once. */
const ahead = 2;

function conditions(batch: number, first: number): Float32Array {
  const rows = new Float32Array(batch * slots.length);
  for (let i = 0; i < batch; i += 1) rows[i * slots.length + ((first + i) % slots.length)] = 1;
  return rows;
}

function madeUpBatch({ batch, discriminatorSteps }: RunConfig): IterationBatch {
  const step = (): DiscriminatorBatch => ({
    indices: Int32Array.from({ length: batch }, (_, i) => i % pictures),
    flips: new Float32Array(batch),
    w: new Float32Array(batch).fill(1),
    wWrong: new Float32Array(batch).fill(1),
    u: conditions(batch, 0),
    uFake: conditions(batch, 0),
    uWrong: conditions(batch, 1),
  });
  return {
    discriminator: Array.from({ length: discriminatorSteps }, step),
    generatorConditions: conditions(batch, 0),
  };
}

function madeUpPictures(resolution: number): GpuDataset {
  const dataset = new GpuDataset({ count: pictures, height: resolution, width: resolution });
  const random = new CounterRandom(1, 1);
  dataset.set(
    0,
    Uint8Array.from({ length: pictures * resolution * resolution * 3 }, () => random.integer(256)),
  );
  return dataset;
}

/**
 * @param settle waits for all work on the GPU
 * @throws the signal's reason when it is aborted; what the GPU refuses
 */
export async function benchmark(
  config: RunConfig,
  iterations: number,
  settle: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<Benchmark> {
  const dataset = madeUpPictures(config.resolution);
  const trainer = new GanTrainer({ config, slots, classCount: slots.length, dataset, clip: null });
  try {
    await dataset.allocated;
    await trainer.prepare();
    const batch = madeUpBatch(config);
    let started = 0;
    for (let i = 0; i < warmUp + iterations; i += 1) {
      signal.throwIfAborted();
      if (i === warmUp) {
        await settle();
        started = performance.now();
      }
      trainer.iterate(batch);
      if (i % ahead === ahead - 1) await settle();
    }
    await settle();
    return { iterations, secondsPerIteration: (performance.now() - started) / 1000 / iterations };
  } finally {
    trainer.dispose();
    dataset.dispose();
  }
}
