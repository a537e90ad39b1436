/**
 * The cached image features f(x) (algorithm.md, section 0): f(x) = unit(f(x) + f(mirror x)), each of the two normalised first, so that
 * neither outweighs the other. Computed by onnxruntime once a picture and CLIP, kept by content hash, so that reopening a data set costs
 * one read. What is computed is stored every few hundred pictures: a reload in mid-way loses little.
 */
import type { FrozenClip } from '../clip/frozen';
import type { ClipModel } from '../clip/model';
import { mirrored, toClipInput } from '../clip/preprocess';
import { normalizeRows } from '../clip/vectors';
import { decodePictures } from '../data/decodePictures';
import { FeatureCache } from '../data/featureCache';
import type { ImportedDataset } from './importDataset';
import type { SessionPorts } from './ports';
import { ProgressMeter } from './progressMeter';
import { rest, type RunControl } from './runControl';

/** Changes whenever the way from file to feature does. */
const RECIPE = 'square-bicubic-mirror-1';
/** Pictures a call of the image tower (with their mirror images twice as many). */
const BATCH = 8;
/** Pictures between two writes to the cache. */
const STORE_EVERY = 256;

/** Adds mirror features onto features, row by row, and normalises: [2n, d] (pictures, then mirrors) -> [n, d]. */
function foldMirrors(both: Float32Array, d: number): Float32Array {
  normalizeRows(both, d);
  const half = both.length / 2;
  const folded = both.slice(0, half);
  for (let j = 0; j < half; j += 1) folded[j] = (folded[j] ?? 0) + (both[half + j] ?? 0);
  normalizeRows(folded, d);
  return folded;
}

/** Unit features of all images of the data set, [N, d]. */
export async function computeFeatures(ports: SessionPorts, model: ClipModel, clip: FrozenClip, dataset: ImportedDataset, control: RunControl): Promise<Float32Array> {
  const d = model.dim;
  const cache = new FeatureCache(ports.store, { clip: model.hash, recipe: RECIPE, dim: d });
  const { features, missing } = await cache.lookup(dataset.hashes);
  const meter = new ProgressMeter({ phase: 'features', label: 'Looking at the pictures through CLIP', unit: 'images', total: dataset.hashes.length }, ports.emit);
  const known = dataset.hashes.length - missing.length;
  meter.update(known);
  if (missing.length === 0) return features;

  let done = 0;
  let batch: { index: number; rgb: Uint8Array }[] = [];
  let unsaved: number[] = [];
  const save = async (): Promise<void> => {
    const rows = new Float32Array(unsaved.length * d);
    unsaved.forEach((index, row) => rows.set(features.subarray(index * d, (index + 1) * d), row * d));
    await cache.add(unsaved.map((index) => dataset.hashes[index] ?? ''), rows);
    unsaved = [];
  };
  const encode = async (): Promise<void> => {
    if (batch.length === 0) return;
    const encoded = await clip.encodeImages(inputOf(batch.map(({ rgb }) => rgb), model));
    const folded = foldMirrors(encoded, d);
    batch.forEach(({ index }, row) => features.set(folded.subarray(row * d, (row + 1) * d), index * d));
    unsaved.push(...batch.map(({ index }) => index));
    done += batch.length;
    batch = [];
    meter.update(known + done);
    if (unsaved.length >= STORE_EVERY) await save();
  };

  const decoder = ports.openDecoder();
  try {
    const files = missing.map((index) => dataset.items[index]).filter((item) => item !== undefined);
    await decodePictures(files, decoder, { training: 1, clip: model.imageSize }, async (position, picture) => {
      const index = missing[position];
      if (index === undefined || picture.clip === null) return;
      batch.push({ index, rgb: picture.clip });
      if (batch.length < BATCH) return;
      await encode();
      await rest(control, meter);
    });
    await encode();
  } finally {
    decoder.close();
    await save();
  }
  return features;
}

/** Pictures, then their mirror images, as the tower's input [2n, 3, s, s]. */
function inputOf(pictures: Uint8Array[], model: ClipModel): Float32Array {
  const both = [...pictures, ...pictures.map((rgb) => mirrored(rgb, model.imageSize))];
  const pixels = new Uint8Array(both.length * 3 * model.imageSize * model.imageSize);
  both.forEach((rgb, row) => pixels.set(rgb, row * rgb.length));
  return toClipInput(pixels, model);
}
