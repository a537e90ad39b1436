/**
 * The cached image features f(x) (docs/method.md, section 0): f(x) = unit(f(x) + f(mirror x)), each of the two
 * normalised first, so that neither outweighs the other. Computed once a picture and CLIP and kept by content hash, so
 * that reopening a data set costs one read. Pictures are decoded as they are needed: memory does not grow with their
 * number. Those that the import decoded for CLIP already are taken from there. What is computed is stored every few hundred pictures or seconds: an extraction that was stopped, or died,
 * goes on where it was.
 */
import type { FrozenClip } from '../../clip/frozen';
import type { ImageEncoder } from '../../clip/imageEncoder';
import type { ClipModel } from '../../clip/model';
import { mirrored, toClipInput } from '../../clip/preprocess';
import { normalizeRows } from '../../clip/vectors';
import { squareAt } from '../../data/clipPictures';
import type { DecodedPicture } from '../../data/decode';
import { decodePictures, type BrokenPicture } from '../../data/decodePictures';
import { FeatureCache } from '../../data/featureCache';
import { chooseEncoder } from './chooseEncoder';
import { recipeOf } from './featureRecipe';
import type { ImportedDataset } from '../run/importDataset';
import type { DecoderPort, EventPort, FeaturesPort, StorePort } from '../ports';
import { ProgressMeter } from '../run/progressMeter';
import { rest, type Gate } from '../run/runControl';

/** Pictures, and milliseconds, between two writes to the cache: what a crash loses at most. */
const STORE_EVERY = 256;
const STORE_EVERY_MS = 15_000;

/** Unit features of all images of the data set, [N, d]. Rests and ends at `control`'s gate, after each batch. */
export async function computeFeatures(
  ports: EventPort & DecoderPort & FeaturesPort & StorePort,
  model: ClipModel,
  clip: FrozenClip,
  dataset: ImportedDataset,
  control: Gate,
): Promise<Float32Array> {
  const cache = new FeatureCache(ports.store, {
    clip: model.hash,
    recipe: recipeOf(model, dataset.matte),
    dim: model.dim,
  });
  const { features, missing } = await cache.lookup(dataset.hashes);
  const encoder = await chooseEncoder(ports, model, clip, missing.length);
  const where = encoder.place === 'GPU' ? ' on the GPU' : '';
  const known = dataset.hashes.length - missing.length;
  const meter = new ProgressMeter(
    {
      phase: 'features',
      label: `Looking at the pictures through CLIP${where}`,
      unit: 'images',
      total: dataset.hashes.length,
      done: known,
    },
    ports.emit,
  );
  if (missing.length === 0) {
    dataset.clipPictures?.clear();
    return features;
  }

  const pass = new FeaturePass({ model, encoder, cache, features, hashes: dataset.hashes });
  const decoder = ports.openDecoder();
  try {
    const files = missing.map((index) => dataset.items[index]).filter((item) => item !== undefined);
    const broken = await decodePictures(
      files,
      decoder,
      { training: 1, clip: model.imageSize, matte: dataset.matte },
      async (position, picture) => {
        const index = missing[position];
        const rgb = picture.clip && squareAt(picture.clip, model.imageSize);
        if (index === undefined || rgb === null) return;
        if (!(await pass.add(index, rgb))) return;
        meter.update(known + pass.done);
        await rest(control, meter);
      },
      { decoded: (position) => decodedBefore(dataset, missing[position] ?? -1, model.imageSize) },
    );
    await pass.encode();
    dataset.clipPictures?.clear();
    meter.update(dataset.hashes.length);
    tellBroken(ports, broken);
  } finally {
    decoder.close();
    await pass.save();
    await encoder.close();
  }
  return features;
}

/** An image of the data set at CLIP's size, where the import's pass gave it: held for CLIP, or as it is trained on. */
function decodedBefore(
  { hashes, summary, pixels, clipPictures }: ImportedDataset,
  index: number,
  size: number,
): DecodedPicture | null {
  const hash = hashes[index] ?? '';
  const bytes = 3 * size * size;
  const rgb =
    summary.resolution === size ? pixels.subarray(index * bytes, (index + 1) * bytes) : clipPictures?.at(hash, size);
  return rgb ? { training: rgb, clip: { rgb, edge: size, original: false }, hash } : null;
}

interface FeaturePassOptions {
  model: ClipModel;
  encoder: ImageEncoder;
  cache: FeatureCache;
  /** [N, d], filled in. */
  features: Float32Array;
  hashes: readonly string[];
}

/** Pictures in batches through the encoder, their features into place and, every now and then, into the cache. */
class FeaturePass {
  /** Pictures whose features are there. */
  done = 0;
  private readonly size: number;
  private batch: { index: number; rgb: Uint8Array }[] = [];
  private unsaved: number[] = [];
  private savedAt = performance.now();

  constructor(private readonly options: FeaturePassOptions) {
    // Each picture goes in with its mirror image.
    this.size = Math.max(1, Math.floor(options.encoder.rows / 2));
  }

  /** True where a batch was encoded. */
  async add(index: number, rgb: Uint8Array): Promise<boolean> {
    this.batch.push({ index, rgb });
    if (this.batch.length < this.size) return false;
    await this.encode();
    return true;
  }

  async encode(): Promise<void> {
    const { batch } = this;
    if (batch.length === 0) return;
    this.batch = [];
    const { model, encoder, features } = this.options;
    const d = model.dim;
    const folded = foldMirrors(
      await encoder.encodeImages(
        inputOf(
          batch.map(({ rgb }) => rgb),
          model,
        ),
      ),
      d,
    );
    batch.forEach(({ index }, row) => features.set(folded.subarray(row * d, (row + 1) * d), index * d));
    this.unsaved.push(...batch.map(({ index }) => index));
    this.done += batch.length;
    if (this.unsaved.length >= STORE_EVERY || performance.now() - this.savedAt >= STORE_EVERY_MS) await this.save();
  }

  async save(): Promise<void> {
    const { cache, features, hashes, model } = this.options;
    const d = model.dim;
    const indices = this.unsaved;
    this.unsaved = [];
    this.savedAt = performance.now();
    const rows = new Float32Array(indices.length * d);
    indices.forEach((index, row) => rows.set(features.subarray(index * d, (index + 1) * d), row * d));
    await cache.add(
      indices.map((index) => hashes[index] ?? ''),
      rows,
    );
  }
}

/** Adds mirror features onto features, row by row, and normalises: [2n, d] (pictures, then mirrors) -> [n, d]. */
function foldMirrors(both: Float32Array, d: number): Float32Array {
  normalizeRows(both, d);
  const half = both.length / 2;
  const folded = both.slice(0, half);
  for (let j = 0; j < half; j += 1) folded[j] = (folded[j] ?? 0) + (both[half + j] ?? 0);
  normalizeRows(folded, d);
  return folded;
}

/** Pictures, then their mirror images, as the tower's input [2n, 3, s, s]. */
function inputOf(pictures: Uint8Array[], model: ClipModel): Float32Array {
  const both = [...pictures, ...pictures.map((rgb) => mirrored(rgb, model.imageSize))];
  const pixels = new Uint8Array(both.length * 3 * model.imageSize * model.imageSize);
  both.forEach((rgb, row) => pixels.set(rgb, row * rgb.length));
  return toClipInput(pixels, model);
}

/**
 * Files that could be read when the data set was opened, and cannot be now: they keep a feature of zeros, which
 * resembles nothing.
 */
function tellBroken(ports: EventPort, broken: readonly BrokenPicture[]): void {
  const [first] = broken;
  if (!first) return;
  const text =
    broken.length === 1
      ? `One picture can no longer be read: ${first.path} (${first.reason})`
      : `${broken.length} pictures can no longer be read, the first of them ${first.path} (${first.reason})`;
  ports.emit({
    type: 'notice',
    tone: 'warning',
    code: 'pictures-gone',
    text,
    action: 'They take no part in labels and clusters. Open the folder again if you moved or changed files.',
  });
}
