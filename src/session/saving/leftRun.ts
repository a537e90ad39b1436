/** Which of the kept runs a person is told of. */
import * as v from 'valibot';
import { runConfigSchema } from '../../shared/config';
import type { ImportedDataset } from '../run/importDataset';
import { isOfPictures, type AboutRun } from './keptRun';
import type { LeftRun } from '../protocol/events';

/**
 * The newest run of the pictures that are open; where there is none of them, or no pictures are open, the newest.
 * @param runs newest first; those of a configuration that this version of the studio does not take are passed over
 */
export function leftRunOf(
  runs: readonly AboutRun[],
  dataset: Pick<ImportedDataset, 'summary' | 'hashes' | 'labels'> | null,
): LeftRun | null {
  const known = runs.filter(({ identity }) => v.is(runConfigSchema, identity.config));
  const own = dataset && known.find(({ identity }) => isOfPictures(identity, dataset));
  const chosen = own ?? known[0];
  if (!chosen) return null;
  const { id, identity, iteration, iterations, kimg, savedAt } = chosen;
  const { config, clip, classes, pictures } = identity;
  return {
    id,
    classes: [...classes],
    imageCount: pictures.length,
    iteration,
    iterations,
    kimg,
    savedAt,
    config,
    clip: clip.id.startsWith('file:') ? null : clip.id,
    fits: Boolean(own),
  };
}
