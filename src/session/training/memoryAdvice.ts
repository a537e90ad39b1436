/**
 * What to set smaller when the GPU's memory does not suffice: one setting, from what to what, with what that would
 * need.
 */
import { megabytes, OutOfMemory } from '../../gpu/device/allocation';
import { baseFacts } from '../../lcp/bases/facts';
import type { RunConfig } from '../../shared/config';
import { StudioError } from '../../shared/errors';

/** A batch below this trains badly: from here on something else is made smaller. */
const smallestBatch = 8;

/** Half of it, as a number of the kind that people choose. */
function halved(value: number, multiple: number): number {
  return Math.max(multiple, Math.round(value / 2 / multiple) * multiple);
}

/** The setting to change, in words, for one that needs about half of `bytes` (the step) or a quarter (the pictures). */
export function memoryAdvice({ use, bytes }: Pick<OutOfMemory, 'use' | 'bytes'>, config: RunConfig): string {
  const needs = (factor: number): string => (bytes > 0 ? `, which needs about ${megabytes(bytes * factor)}` : '');
  const { resolutions, memoryLevers } = baseFacts(config);
  if (use === 'data set') {
    const { resolution } = config;
    const lower = resolutions.findLast((each) => each < resolution);
    return lower === undefined
      ? 'Use fewer pictures.'
      : `Lower the resolution from ${resolution} to ${lower} pixels${needs((lower / resolution) ** 2)}, or use fewer pictures.`;
  }
  const { batch } = config;
  const levers = [{ name: 'batch', value: batch, least: smallestBatch, multiple: 2 }, ...memoryLevers(config)];
  // What a step keeps in memory grows with each of them.
  for (const { name, value, least, multiple } of levers) {
    if (value <= least) continue;
    const smaller = Math.max(least, halved(value, multiple));
    return `Lower the ${name} from ${value} to ${smaller}${needs(smaller / value)}, and close other programs or tabs that use the GPU.`;
  }
  return 'Close other programs or tabs that use the GPU, or use a smaller CLIP model.';
}

/** The error with advice that fits the run's settings; any other error as it is. */
export function withMemoryAdvice(error: unknown, config: RunConfig): unknown {
  if (!(error instanceof OutOfMemory)) return error;
  return new StudioError({ ...error.info, action: memoryAdvice(error, config) }, { cause: error });
}
