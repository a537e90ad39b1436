/**
 * What to set smaller when the GPU's memory does not suffice: one setting, from what to what, with what that would
 * need.
 */
import { megabytes, OutOfMemory } from '../../gpu/device/allocation';
import type { RunConfig } from '../../shared/config';
import { StudioError } from '../../shared/errors';

/** A batch below this trains badly: from here on networks are made narrower instead. */
const smallestBatch = 8;
const smallestWidth = 16;

/** Half of it, as a number of the kind that people choose. */
function halved(value: number, multiple: number): number {
  return Math.max(multiple, Math.round(value / 2 / multiple) * multiple);
}

/** The setting to change, in words, for one that needs about half of `bytes` (the step) or a quarter (the pictures). */
export function memoryAdvice({ use, bytes }: Pick<OutOfMemory, 'use' | 'bytes'>, config: RunConfig): string {
  const needs = (factor: number): string => (bytes > 0 ? `, which needs about ${megabytes(bytes * factor)}` : '');
  if (use === 'data set') {
    return config.resolution > 32
      ? `Lower the resolution from ${config.resolution} to ${config.resolution / 2} pixels${needs(1 / 4)}, or use fewer pictures.`
      : 'Use fewer pictures.';
  }
  const { batch, generator, discriminator } = config;
  const width = Math.max(generator.width, discriminator.width);
  // What a step keeps in memory grows with the batch, and with the width.
  if (batch > smallestBatch) {
    const smaller = Math.max(smallestBatch, halved(batch, 2));
    return `Lower the batch from ${batch} to ${smaller}${needs(smaller / batch)}, and close other programs or tabs that use the GPU.`;
  }
  if (width > smallestWidth) {
    const narrower = Math.max(smallestWidth, halved(width, 4));
    return `Lower the width of the networks from ${width} to ${narrower}${needs(narrower / width)}, and close other programs or tabs that use the GPU.`;
  }
  return 'Close other programs or tabs that use the GPU, or use a smaller CLIP model.';
}

/** The error with advice that fits the run's settings; any other error as it is. */
export function withMemoryAdvice(error: unknown, config: RunConfig): unknown {
  if (!(error instanceof OutOfMemory)) return error;
  return new StudioError({ ...error.info, action: memoryAdvice(error, config) }, { cause: error });
}
