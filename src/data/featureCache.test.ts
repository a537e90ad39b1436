import { describe, expect, it } from 'vitest';
import { MemoryBlobStore, type BlobStore } from './blobStore';
import { deleteFeatures, FeatureCache, hashesWithFeatures, listFeatures } from './featureCache';

const key = { clip: 'ab'.repeat(32), recipe: 'mirror-1', dim: 4 };
const hash = (i: number): string => i.toString(16).padStart(64, '0');
const no = (): Promise<never> => Promise.reject(new Error('disk'));
const rows = (...values: number[]): Float32Array =>
  Float32Array.from(values.flatMap((value) => [value, value + 0.25, -value, 1e-30]));

describe('FeatureCache', () => {
  it('finds what was added, row by row, and says what is missing', async () => {
    const store = new MemoryBlobStore();
    const cache = new FeatureCache(store, key);
    expect(await cache.add([hash(1), hash(2)], rows(1, 2))).toBe(true);
    expect(await cache.add([hash(3)], rows(3))).toBe(true);
    const { features, missing } = await new FeatureCache(store, key).lookup([
      hash(3),
      hash(9),
      hash(1),
      hash(3),
      hash(8),
    ]);
    expect(missing).toEqual([1, 4]);
    expect(features).toEqual(Float32Array.from([...rows(3), 0, 0, 0, 0, ...rows(1), ...rows(3), 0, 0, 0, 0]));
  });

  it('asks nothing of an empty cache', async () => {
    const cache = new FeatureCache(new MemoryBlobStore(), key);
    expect(await cache.lookup([])).toEqual({ features: new Float32Array(0), missing: [] });
    expect((await cache.lookup([hash(1), hash(1)])).missing).toEqual([0, 1]);
    expect(await cache.add([], new Float32Array(0))).toBe(true);
  });

  it('names the pictures that a CLIP has seen, whatever its dimension, and no other recipe that begins alike', async () => {
    const store = new MemoryBlobStore();
    await new FeatureCache(store, key).add([hash(1), hash(2)], rows(1, 2));
    await new FeatureCache(store, key).add([hash(3)], rows(3));
    await new FeatureCache(store, { ...key, recipe: 'mirror-1-0.5' }).add([hash(4)], rows(4));
    await new FeatureCache(store, { ...key, clip: 'cd'.repeat(32) }).add([hash(5)], rows(5));
    const { clip, recipe } = key;
    expect([...(await hashesWithFeatures(store, { clip, recipe }))].toSorted()).toEqual([1, 2, 3].map(hash));
    expect(await hashesWithFeatures(store, { clip, recipe: 'mirror' })).toEqual(new Set());
    const failing: BlobStore = { get: no, put: no, list: no, delete: no };
    expect(await hashesWithFeatures(failing, { clip, recipe })).toEqual(new Set());
  });

  it('keeps models, recipes and dimensions apart', async () => {
    const store = new MemoryBlobStore();
    await new FeatureCache(store, key).add([hash(1)], rows(1));
    for (const other of [
      { ...key, clip: 'cd'.repeat(32) },
      { ...key, recipe: 'mirror-2' },
      { ...key, dim: 2 },
    ]) {
      expect((await new FeatureCache(store, other).lookup([hash(1)])).missing).toEqual([0]);
    }
    expect((await new FeatureCache(store, key).lookup([hash(1)])).missing).toEqual([]);
  });

  it('drops a damaged segment and keeps the others', async () => {
    const store = new MemoryBlobStore();
    const cache = new FeatureCache(store, key);
    await cache.add([hash(1)], rows(1));
    const [first] = await store.list('features');
    const whole = (await store.get(first?.key ?? '')) ?? new Uint8Array();
    await cache.add([hash(2)], rows(2));
    const flipped = whole.slice();
    flipped[60] = (flipped[60] ?? 0) ^ 1;
    for (const damaged of [
      flipped,
      whole.slice(0, -4),
      whole.slice(0, 10),
      new Uint8Array(0),
      Uint8Array.from([...whole, 0, 0, 0, 0]),
    ]) {
      await store.put(first?.key ?? '', damaged);
      expect((await cache.lookup([hash(1), hash(2)])).missing).toEqual([0]);
      expect(await store.list('features')).toHaveLength(1);
    }
  });

  it('makes room by dropping the oldest', async () => {
    const store = new MemoryBlobStore();
    const segment = 20 + 32 + 16;
    const cache = new FeatureCache(store, key, segment * 3);
    await new FeatureCache(store, { ...key, recipe: 'old' }).add([hash(7)], rows(7));
    for (const i of [1, 2, 3, 4]) await cache.add([hash(i)], rows(i));
    expect((await cache.lookup([1, 2, 3, 4].map(hash))).missing).toEqual([0]);
    expect((await new FeatureCache(store, { ...key, recipe: 'old' }).lookup([hash(7)])).missing).toEqual([0]);
  });

  it('forgets, and does not fail, where the storage fails', async () => {
    const failing: BlobStore = { get: no, put: no, delete: no, list: no };
    const cache = new FeatureCache(failing, key);
    expect(await cache.add([hash(1)], rows(1))).toBe(false);
    expect((await cache.lookup([hash(1)])).missing).toEqual([0]);
  });

  it('says what is stored and when it was last used, and deletes it', async () => {
    const store = new MemoryBlobStore();
    const other = { ...key, clip: 'cd'.repeat(32) };
    await new FeatureCache(store, key).add([hash(1), hash(2)], rows(1, 2));
    await new FeatureCache(store, other).add([hash(1)], rows(1));
    const before = await listFeatures(store);
    expect(before.map(({ clip, bytes }) => [clip, bytes])).toEqual([
      ['ab'.repeat(16), 20 + 2 * (32 + 16)],
      ['cd'.repeat(16), 20 + 32 + 16],
    ]);
    await new FeatureCache(store, key).lookup([hash(1)]);
    const [first, second] = await listFeatures(store);
    expect(first?.used).toBeGreaterThan(before[0]?.used ?? Infinity);
    expect(second).toEqual(before[1]);
    await deleteFeatures(store, first?.folder ?? '');
    expect(await listFeatures(store)).toEqual([second]);
    expect((await new FeatureCache(store, key).lookup([hash(1)])).missing).toEqual([0]);
  });

  it('refuses numbers that do not belong to the hashes', async () => {
    await expect(new FeatureCache(new MemoryBlobStore(), key).add([hash(1)], rows(1, 2))).rejects.toThrow(RangeError);
    await expect(new FeatureCache(new MemoryBlobStore(), key).add(['xyz'], rows(1))).rejects.toThrow(RangeError);
  });
});
