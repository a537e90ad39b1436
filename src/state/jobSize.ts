/** How large a training job will be, before it is written. Needs no engine. */
import { modelSize } from './modelSize';
import { hasOwnClip, type StudioState } from './studioState';

const floatBytes = 4;

/**
 * Bytes of the zip at most: pictures, networks with their moments and averages, and CLIP's files, of which the job takes
 * the image tower alone.
 */
export function jobBytes({
  config,
  dataset,
  clip,
  clipModels,
}: Pick<StudioState, 'config' | 'dataset' | 'clip' | 'clipModels'>): number {
  if (!dataset) return 0;
  const { imageCount, classes } = dataset;
  const { generatorParameters, discriminatorParameters } = modelSize(config, classes.length, imageCount);
  const pictures = imageCount * 3 * config.resolution ** 2;
  // Generator: weights, those that samples are drawn with, average, two moments. Discriminator: weights, two moments.
  const networks = floatBytes * (5 * generatorParameters + 3 * discriminatorParameters);
  if (config.clipHead.weight === 0) return pictures + networks;
  const files = clip.kind === 'files' && hasOwnClip({ clip }) ? clip.files.map(({ size }) => size) : [];
  const listed = clipModels.find((model) => clip.kind === 'manifest' && model.id === clip.id)?.bytes ?? 0;
  return pictures + networks + files.reduce((sum, size) => sum + size, listed);
}
