/** Everything that can be said against the pictures of a data set and their labels, for a person to judge. */
import { pictureSizes } from '../../data/pictureSizes';
import { exactDuplicates, nearDuplicates } from '../../lcp/checks/duplicates';
import { suspectLabels, type Suspect } from '../../lcp/checks/suspectLabels';
import type { LabelInferenceInput } from '../../lcp/labels/labelInput';
import { runInSlices } from '../../shared/cooperative';
import { StudioError } from '../../shared/errors';
import type { Findings } from './findings';
import type { ImportedDataset } from '../run/importDataset';

export interface CheckInput {
  dataset: Pick<ImportedDataset, 'items' | 'hashes'>;
  inference: LabelInferenceInput;
  /** Of the CLIP that looked, where it was measured. */
  nearlySame: number | undefined;
  signal: AbortSignal;
  onProgress: (label: string, done: number, total: number) => void;
}

export async function checkPictures(input: CheckInput): Promise<Findings> {
  const { dataset, inference, nearlySame, signal, onProgress } = input;
  const { items, hashes } = dataset;
  const sizes = await pictureSizes(
    items.map(({ file }) => file),
    signal,
    (done) => onProgress('Reading sizes', done, items.length),
  );
  const sliced = (label: string) => ({
    signal,
    onProgress: (fraction: number) => onProgress(label, Math.round(100 * fraction), 100),
  });
  const near = await runInSlices(
    nearDuplicates(inference.features, inference.d, hashes, nearlySame),
    sliced('Comparing pictures'),
  );
  return {
    ...sizes,
    exact: exactDuplicates(hashes),
    near,
    suspects: await suspects(inference, sliced('Checking labels')),
  };
}

async function suspects(
  input: LabelInferenceInput,
  options: Parameters<typeof runInSlices>[1],
): Promise<Suspect[] | null> {
  const counts = new Map<number, number>();
  for (const label of input.labels) if (label >= 0) counts.set(label, (counts.get(label) ?? 0) + 1);
  // Neighbours can only contradict a label where every class has some.
  if (counts.size < 2 || [...counts.values()].every((count) => count < 3)) return null;
  try {
    return await runInSlices(suspectLabels(input), options);
  } catch (error) {
    if (error instanceof StudioError && error.info.code === 'no-labels') return null;
    throw error;
  }
}
