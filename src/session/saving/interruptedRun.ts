/** Which of the saved runs a person is told of: of one that they stopped themselves they are not. */
import { restoreConfig } from '../../shared/config';
import type { ImportedDataset } from '../run/importDataset';
import { isOfPictures, type AboutRun } from './savedRun';
import type { InterruptedRun } from '../protocol/events';

/** The newest that was interrupted; of those that came to their end only the newest of all counts. */
function offered(runs: readonly AboutRun[]): AboutRun | undefined {
  return runs.find(({ stopped, iteration, iterations }, i) => !stopped && (iteration < iterations || i === 0));
}

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
  const own = dataset && offered(runs.filter(({ identity }) => isOfPictures(identity, dataset)));
  const chosen = own ?? offered(runs);
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
