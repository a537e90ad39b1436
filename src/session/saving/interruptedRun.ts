/** Which of the saved runs a person is told of. */
import { restoreConfig } from '../../shared/config';
import type { ImportedDataset } from '../run/importDataset';
import { isOfPictures, type AboutRun } from './savedRun';
import type { InterruptedRun } from '../protocol/events';

/**
 * The newest run of the pictures that are open; where there is none of them, or no pictures are open, the newest.
 * Settings of an earlier version of the studio are brought up to date; settings that this one cannot read (damaged, or
 * of a newer version) are null, and the run can only be told of.
 * @param runs newest first
 */
export function interruptedRunOf(
  runs: readonly AboutRun[],
  dataset: Pick<ImportedDataset, 'summary' | 'hashes' | 'labels'> | null,
): InterruptedRun | null {
  const own = dataset && runs.find(({ identity }) => isOfPictures(identity, dataset));
  const chosen = own ?? runs[0];
  if (!chosen) return null;
  const { id, identity, iteration, iterations, kimg, savedAt } = chosen;
  const { clip, classes, pictures } = identity;
  return {
    id,
    classes: [...classes],
    imageCount: pictures.length,
    iteration,
    iterations,
    kimg,
    savedAt,
    config: restoreConfig(identity.config),
    matte: identity.matte,
    clip: clip.id.startsWith('file:') ? null : clip.id,
    fits: Boolean(own),
  };
}
