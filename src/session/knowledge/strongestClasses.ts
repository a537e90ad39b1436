/** The class that each picture counts as: its label, or the most likely one where it has none. */
import { consideredClasses } from '../../lcp/partition/conditions';
import { UNLABELED } from '../../shared/domain';
import type { ImportedDataset } from '../run/importDataset';

/** y, [N]. @param probabilities p(c|x), [N, C] */
export function strongestClasses(
  { labels, summary }: Pick<ImportedDataset, 'labels' | 'summary'>,
  probabilities: Float32Array,
): Int32Array<ArrayBuffer> {
  const classCount = summary.classes.length;
  return Int32Array.from(labels, (label, image) =>
    label === UNLABELED ? (consideredClasses(probabilities, label, image, classCount)[0] ?? 0) : label,
  );
}
