import { describe, expect, it } from 'vitest';
import { MemoryBlobStore, type BlobStore } from './blobStore';
import { deleteFeatures, FeatureCache, featureFolder, listFeatures } from './featureCache';
import { digestOf, ResultCache, resultsFolder } from './resultCache';

const value = { trust: Float32Array.of(0.1, 1), names: ['a'] };
const no = (): Promise<never> => Promise.reject(new Error('disk'));
const keys = async (store: BlobStore): Promise<string[]> => (await store.list(resultsFolder)).map(({ key }) => key);

describe('ResultCache', () => {
  it('gives back what it was given under the same key, and nothing else', async () => {
    const store = new MemoryBlobStore();
    await new ResultCache(store, 'clip').put('labels-1', value);
    expect(await new ResultCache(store, 'clip').get('labels-1')).toStrictEqual(value);
    expect(await new ResultCache(store, 'clip').get('labels-2')).toBeNull();
    expect(await new ResultCache(store, 'other').get('labels-1')).toBeNull();
  });

  it('drops what is cut off or changed', async () => {
    const damages: ((bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>)[] = [
      (bytes) => bytes.slice(0, 10),
      (bytes) => bytes.slice(0, -1),
      (bytes) => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
      () => new Uint8Array(),
    ];
    for (const damaged of damages) {
      const store = new MemoryBlobStore();
      const cache = new ResultCache(store, 'clip');
      await cache.put('a', value);
      const [key = ''] = await keys(store);
      await store.put(key, damaged((await store.get(key)) ?? new Uint8Array()));
      expect(await cache.get('a')).toBeNull();
      expect(await keys(store)).toEqual([]);
    }
  });

  it('does not keep numbers that are none', async () => {
    const store = new MemoryBlobStore();
    const cache = new ResultCache(store, 'clip');
    await cache.put('a', { prompts: { context: Float32Array.of(1, Number.NaN) } });
    await cache.put('b', { loss: Number.POSITIVE_INFINITY });
    expect(await keys(store)).toEqual([]);
  });

  it('keeps those that were used last, of all CLIPs', async () => {
    const store = new MemoryBlobStore();
    const [one, other] = ['one', 'other'].map((folder) => new ResultCache(store, folder, { results: 2, bytes: 1e6 }));
    await one?.put('a', value);
    await other?.put('b', value);
    await one?.get('a');
    await other?.put('c', value);
    expect((await keys(store)).toSorted()).toEqual(['results/one/a', 'results/other/c']);
    const [{ bytes } = { bytes: 0 }] = await store.list(resultsFolder);
    await new ResultCache(store, 'one', { results: 9, bytes: 2 * bytes }).put('d', value);
    expect((await keys(store)).toSorted()).toEqual(['results/one/d', 'results/other/c']);
  });

  it('forgets where the storage fails', async () => {
    const cache = new ResultCache({ get: no, put: no, list: no, delete: no }, 'clip');
    await cache.put('a', value);
    expect(await cache.get('a')).toBeNull();
  });

  it('is counted with the features that its results came from, and goes with them', async () => {
    const store = new MemoryBlobStore();
    const key = { clip: 'ab'.repeat(32), recipe: 'mirror-1', dim: 1 };
    const folder = featureFolder(key);
    await new FeatureCache(store, key).add(['00'.repeat(32)], Float32Array.of(1));
    const [before] = await listFeatures(store);
    await new ResultCache(store, folder).put('a', value);
    await new ResultCache(store, 'other').put('a', value);
    const [result] = await store.list(`${resultsFolder}/${folder}`);
    expect((await listFeatures(store)).find((each) => each.folder === folder)?.bytes).toBe(
      (before?.bytes ?? 0) + (result?.bytes ?? 0),
    );
    await deleteFeatures(store, folder);
    expect(await keys(store)).toEqual(['results/other/a']);
    expect((await listFeatures(store)).map((each) => each.folder)).toEqual(['other']);
  });
});

it('a digest is that of the content', async () => {
  const digest = await digestOf(value);
  expect(await digestOf(structuredClone(value))).toBe(digest);
  expect(await digestOf({ ...value, trust: Float32Array.of(0.1, 0.5) })).not.toBe(digest);
});
