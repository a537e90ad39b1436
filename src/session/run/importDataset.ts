/**
 * Import: the pictures of a drop, decoded to the training size, with their labels: the data set that a run works on.
 */
import { importPictures } from '../../data/decodePictures';
import { UNLABELED, type DatasetSummary } from '../../shared/domain';
import { ProgressMeter } from './progressMeter';
import type { DecoderPort, EventPort } from '../ports';
import type { ImportItem } from '../protocol/commands';

export interface ImportedDataset {
  summary: DatasetSummary;
  /** For each kept image its position in the import command's items. */
  kept: Uint32Array<ArrayBuffer>;
  /** The files of the kept images, for passes at other sizes. */
  items: ImportItem[];
  /** [N, H, W, 3] u8, RGB. */
  pixels: Uint8Array;
  /** [N], class index or `UNLABELED`. */
  labels: Int32Array;
  /** SHA-256 of each kept image's file. */
  hashes: string[];
}

/** Decodes all items. Throws `no-readable-images`, `too-many-images`, or the signal's reason. */
export async function importDataset(
  ports: EventPort & DecoderPort,
  classes: string[],
  items: ImportItem[],
  resolution: number,
  signal: AbortSignal,
): Promise<ImportedDataset> {
  const meter = new ProgressMeter(
    { phase: 'import', label: 'Reading pictures', unit: 'images', total: items.length },
    ports.emit,
  );
  const decoder = ports.openDecoder();
  try {
    const { pixels, kept, hashes, broken } = await importPictures(items, decoder, resolution, {
      signal,
      onProgress: (done) => meter.update(done),
    });
    const keptItems = Array.from(kept, (index) => items[index]).filter((item) => item !== undefined);
    const labels = Int32Array.from(keptItems, (item) => item.label);
    const labeledPerClass = classes.map((_, index) => labels.reduce((sum, label) => sum + Number(label === index), 0));
    const unlabeledCount = labels.reduce((sum, label) => sum + Number(label === UNLABELED), 0);
    const summary = { classes, imageCount: labels.length, labeledPerClass, unlabeledCount, broken, resolution };
    return { summary, kept, items: keptItems, pixels, labels, hashes };
  } finally {
    decoder.close();
  }
}
