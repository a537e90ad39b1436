import { afterAll, describe, expect, it } from 'vitest';
import { OpfsBlobStore, openBlobStore } from './blobStore';
import { FeatureCache } from './featureCache';
import { blobStoreSuite } from './testing/blobStoreSuite';

const testFolder = 'blob-store-test';
const open = async (): Promise<OpfsBlobStore> => {
  const root = await navigator.storage.getDirectory();
  return new OpfsBlobStore(await root.getDirectoryHandle(testFolder, { create: true }));
};
afterAll(async () => {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(testFolder, { recursive: true });
});

describe('OpfsBlobStore', () => {
  blobStoreSuite(open);

  it('is what the browser offers', async () => {
    expect(await openBlobStore()).toBeInstanceOf(OpfsBlobStore);
  });

  it('keeps features for another visit', async () => {
    const key = { clip: 'c'.repeat(64), recipe: 'test', dim: 3 };
    const hash = '1f'.repeat(32);
    expect(await new FeatureCache(await open(), key).add([hash], Float32Array.from([1, 2, 3]))).toBe(true);
    const again = await new FeatureCache(await open(), key).lookup([hash]);
    expect([[...again.features], again.missing]).toEqual([[1, 2, 3], []]);
  });
});
