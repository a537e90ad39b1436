/** How large a training job will be, before it is written. Needs no engine. */
import { modelSize } from './modelSize';
import type { RunState } from './runState';
import { hasOwnClip, type StudioState } from './studioState';

const floatBytes = 4;

/**
 * Bytes of the zip at most: pictures, networks with their moments and averages, and the files of the CLIP that judges
 * samples, of which the job takes the image tower alone.
 */
export function jobBytes({
  config,
  dataset,
  clip,
  clipModels,
  run: { critic },
}: Pick<StudioState, 'config' | 'dataset' | 'clip' | 'clipModels'> & { run: Pick<RunState, 'critic'> }): number {
  if (!dataset) return 0;
  const { imageCount, classes } = dataset;
  const { generatorParameters, discriminatorParameters } = modelSize(config, classes.length, imageCount);
  const pictures = imageCount * 3 * config.resolution ** 2;
  // Generator: weights, those that samples are drawn with, average, two moments. Discriminator: weights, two moments.
  const networks = floatBytes * (5 * generatorParameters + 3 * discriminatorParameters);
  if (config.clipHead.weight === 0) return pictures + networks;
  const judge = critic?.id ?? (clip.kind === 'manifest' ? clip.id : null);
  const files =
    judge === null && clip.kind === 'files' && hasOwnClip({ clip }) ? clip.files.map(({ size }) => size) : [];
  const listed = clipModels.find(({ id }) => id === judge)?.bytes ?? 0;
  return pictures + networks + files.reduce((sum, size) => sum + size, listed);
}
