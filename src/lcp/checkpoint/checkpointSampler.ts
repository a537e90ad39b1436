/**
 * A checkpoint's averaged generator, with the statistics that it brings, on the engine in use: ready to draw, without
 * any data.
 */
import type { CounterRandom } from '../../shared/rng';
import { imagesPerIteration } from '../../shared/config';
import { createNetworks } from '../bases/createNetworks';
import { Sampler } from '../training/sampling';
import { loadValues } from '../training/trainerState';
import type { Checkpoint } from './checkpoint';

export interface CheckpointSampler {
  sampler: Sampler;
  /** Length of z. */
  latent: number;
  /** Side of a picture in pixels. */
  resolution: number;
  /** Thousands of pictures that the run had seen. */
  kimg: number;
  dispose(): void;
}

/** @param drawConditions conditions at their natural frequency, [count, S], for whoever has the sampler ask for them */
export function checkpointSampler(
  { config, classes, slots, trainer }: Checkpoint,
  drawConditions: (count: number, random: CounterRandom) => Float32Array,
): CheckpointSampler {
  const networks = createNetworks(config, { classCount: classes.length, slotCount: slots.length }, null);
  loadValues(networks.generator.sets, trainer.tensors);
  const sampler = new Sampler({
    networks,
    slots,
    classCount: classes.length,
    seed: config.seed,
    columns: 1,
    batch: config.batch,
    drawConditions,
  });
  sampler.restore();
  const { latent, resolution } = networks.generator;
  return {
    sampler,
    latent,
    resolution,
    kimg: (trainer.iteration * imagesPerIteration(config)) / 1000,
    dispose: () => networks.dispose(),
  };
}
