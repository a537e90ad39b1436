/**
 * Features of pictures by an evaluation network, kept by the content of each picture and the network's own hash, so
 * that reals are looked at once.
 */
import { sha256 } from 'hash-wasm';
import { FeatureCache } from '../../data/featureCache';
import type { BlobStore } from '../../data/blobStore';
import type { FeatureNetwork } from '../../metrics/featureNetwork';

/** Pictures between two looks at the signal. */
const BATCH = 16;
/** Pictures between two writes to the cache. */
const STORE_EVERY = 512;

export interface FeatureInput {
  network: FeatureNetwork;
  /** [n, size, size, 3] */
  pixels: Uint8Array;
  size: number;
  /** Null: nothing is kept (samples are never seen twice). */
  store: BlobStore | null;
  onProgress?: (done: number, total: number) => void;
  /** Rests while it is pending; throws to end the work. */
  pause?: () => Promise<void>;
}

/** [n, d] */
export async function evaluationFeatures({
  network,
  pixels,
  size,
  store,
  onProgress,
  pause,
}: FeatureInput): Promise<Float32Array> {
  const one = size * size * 3;
  const n = pixels.length / one;
  const d = network.identity.dim;
  const cache =
    store &&
    new FeatureCache(store, {
      clip: network.identity.hash,
      recipe: `evaluation-${network.recipe}-from-${size}`,
      dim: d,
    });
  const hashes = cache ? await hashesOf(pixels, one) : [];
  const { features, missing } = cache
    ? await cache.lookup(hashes)
    : { features: new Float32Array(n * d), missing: Array.from({ length: n }, (_, i) => i) };
  let unsaved: number[] = [];
  const save = async (): Promise<void> => {
    const rows = new Float32Array(unsaved.length * d);
    unsaved.forEach((index, row) => rows.set(features.subarray(index * d, (index + 1) * d), row * d));
    await cache?.add(
      unsaved.map((index) => hashes[index] ?? ''),
      rows,
    );
    unsaved = [];
  };
  try {
    for (let from = 0; from < missing.length; from += BATCH) {
      await pause?.();
      const batch = missing.slice(from, from + BATCH);
      const rgb = new Uint8Array(batch.length * one);
      batch.forEach((index, row) => rgb.set(pixels.subarray(index * one, (index + 1) * one), row * one));
      const found = await network.features(rgb, size);
      batch.forEach((index, row) => features.set(found.subarray(row * d, (row + 1) * d), index * d));
      unsaved.push(...batch);
      if (cache && unsaved.length >= STORE_EVERY) await save();
      onProgress?.(n - missing.length + from + batch.length, n);
    }
  } finally {
    if (cache && unsaved.length > 0) await save();
  }
  return features;
}

function hashesOf(pixels: Uint8Array, one: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: pixels.length / one }, (_, i) => sha256(pixels.subarray(i * one, (i + 1) * one))),
  );
}
