/**
 * Import: the pictures of a drop, decoded to the training size, with their labels: the data set that a run works on.
 * The same pass decodes them for the CLIP that is chosen at the time, as far as they fit into memory.
 */
import type { ClipPictures } from '../../data/clipPictures';
import { importPictures } from '../../data/decodePictures';
import { itemsOfImages } from '../../data/imageMap';
import { findDuplicates } from '../../data/renewReading';
import { countLabels } from '../../lcp/labels/labelBook';
import { white, type Matte } from '../../shared/matte';
import type { DatasetSummary } from '../../shared/domain';
import { expectClip } from '../clip/expectClip';
import { ProgressMeter } from './progressMeter';
import type { ClipPort, DecoderPort, EventPort, StorePort } from '../ports';
import type { ClipSource, ImportItem } from '../protocol/commands';

export interface ImportedDataset {
  summary: DatasetSummary;
  /** For each decoded image its position in the import command's items. */
  decoded: Uint32Array<ArrayBuffer>;
  /** The files of the decoded images, for passes at other sizes. */
  items: ImportItem[];
  /** [N, H, W, 3] u8, RGB. */
  pixels: Uint8Array;
  /** [N], class index or `UNLABELED`. */
  labels: Int32Array;
  /** 1 for pictures that a person left out: they have no label and take part in nothing. Null where there is none. */
  ignored?: Uint8Array | null;
  /** SHA-256 of each decoded image's file. */
  hashes: string[];
  /** What transparent parts were laid over; absent: white. */
  matte?: Matte | undefined;
  /** Pictures at CLIP's size that came with the same pass; null where none were to be expected. */
  clipPictures: ClipPictures | null;
}

export interface ImportOptions {
  /** The CLIP that will most likely look at the pictures. */
  clip?: ClipSource | undefined;
  /** What transparent parts are laid over; default white. */
  matte?: Matte | undefined;
}

/** Decodes all items. Throws `no-readable-images`, `too-many-images`, or the signal's reason. */
export async function importDataset(
  ports: EventPort & DecoderPort & ClipPort & StorePort,
  classes: string[],
  items: ImportItem[],
  resolution: number,
  signal: AbortSignal,
  { clip, matte = white }: ImportOptions = {},
): Promise<ImportedDataset> {
  const meter = new ProgressMeter(
    { phase: 'import', label: 'Reading pictures', unit: 'images', total: items.length },
    ports.emit,
  );
  const clipPictures = await expectClip(ports, clip, resolution, matte);
  signal.throwIfAborted();
  const decoder = ports.openDecoder();
  try {
    const progress = { signal, onProgress: (done: number) => meter.update(done) };
    const { pixels, decoded, hashes, broken, noted } = await importPictures(items, decoder, resolution, progress, {
      clip: clipPictures,
      matte,
    });
    const decodedItems = itemsOfImages(items, decoded);
    const labels = Int32Array.from(decodedItems, (item) => item.label);
    const { labeledPerClass, unlabeledCount } = countLabels(labels, classes.length);
    const duplicates = findDuplicates(labels, hashes);
    const summary = {
      classes,
      imageCount: labels.length,
      labeledPerClass,
      unlabeledCount,
      broken,
      duplicates,
      noted,
      matte,
      resolution,
    };
    return { summary, decoded, items: decodedItems, pixels, labels, hashes, matte, clipPictures };
  } finally {
    decoder.close();
  }
}
