/**
 * An exported checkpoint as a source of samples: its averaged generator with its statistics, on the engine that is
 * in use.
 */
import type { Checkpoint } from '../../lcp/checkpoint/checkpoint';
import { checkpointSampler } from '../../lcp/checkpoint/checkpointSampler';
import { BatchComposer } from '../../lcp/training/trainingBatch';
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
  const { config, slots, labels } = checkpoint;
  if (!labels) {
    throw new StudioError({
      code: 'format',
      what: 'This checkpoint holds no labels.',
      why: 'Samples are drawn at the frequency of classes and clusters in the training pictures.',
      action: 'Choose a checkpoint exported by the studio while training.',
    });
  }
  const composer = new BatchComposer(config, slots, { u: labels.conditions, w: labels.trust });
  const drawConditions = composer.drawConditions.bind(composer);
  const { sampler, latent, kimg, dispose } = checkpointSampler(checkpoint, drawConditions);
  return {
    kimg,
    generate: (count, seed, signal) =>
      drawSamples({
        pictures: (z, u) => sampler.pictures(z, u),
        drawConditions,
        latent,
        slots,
        count,
        seed,
        signal,
      }),
    dispose,
  };
}
