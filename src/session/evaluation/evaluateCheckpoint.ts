/**
 * An exported checkpoint as a source of samples: its averaged generator with its statistics, on the engine that is
 * in use.
 */
import { createNetworks } from '../../lcp/bases/createNetworks';
import type { Checkpoint } from '../../lcp/checkpoint/checkpoint';
import { Sampler } from '../../lcp/training/sampling';
import { loadValues } from '../../lcp/training/trainerState';
import { BatchComposer } from '../../lcp/training/trainingBatch';
import { imagesPerIteration } from '../../shared/config';
import { StudioError } from '../../shared/errors';
import { drawSamples, type DrawnSet } from './evaluateDraw';

export interface CheckpointGenerator {
  kimg: number;
  /** Samples by the measurement's seed, see `evaluateDraw.ts`. */
  generate(count: number, seed: number, signal?: AbortSignal): Promise<DrawnSet>;
  dispose(): void;
}

/** Restores the generator. Throws 'format' where the checkpoint has no labels to draw conditions from. */
export function checkpointGenerator(checkpoint: Checkpoint): CheckpointGenerator {
  const { config, classes, slots, labels, trainer } = checkpoint;
  if (!labels) {
    throw new StudioError({
      code: 'format',
      what: 'This checkpoint holds no labels.',
      why: 'Samples are drawn at the frequency of classes and clusters in the training pictures.',
      action: 'Choose a checkpoint exported by the studio while training.',
    });
  }
  const composer = new BatchComposer(config, slots, { u: labels.conditions, w: labels.trust });
  const networks = createNetworks(config, { classCount: classes.length, slotCount: slots.length }, null);
  loadValues(networks.generator.sets, trainer.tensors);
  const drawConditions = composer.drawConditions.bind(composer);
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
  return {
    kimg: (trainer.iteration * imagesPerIteration(config)) / 1000,
    generate: (count, seed, signal) =>
      drawSamples({
        pictures: (z, u) => sampler.pictures(z, u),
        drawConditions,
        latent: networks.generator.latent,
        slots,
        count,
        seed,
        signal,
      }),
    dispose: () => networks.dispose(),
  };
}
