/** What every `BlobStore` must do; run over each implementation. */
import { expect, it } from 'vitest';
import type { BlobStore } from '../blobStore';

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);

export function blobStoreSuite(open: () => Promise<BlobStore>): void {
  it('gives back what was put, whole, and null for what was not', async () => {
    const store = await open();
    await store.put('a/b/one', bytes(1, 2, 3));
    expect(await store.get('a/b/one')).toEqual(bytes(1, 2, 3));
    expect(await store.get('a/b/two')).toBeNull();
    expect(await store.get('a/x/one')).toBeNull();
    await store.put('a/b/one', bytes(9));
    expect(await store.get('a/b/one')).toEqual(bytes(9));
    await store.put('a/b/none', bytes());
    expect(await store.get('a/b/none')).toEqual(bytes());
  });

  it('keeps its own copy', async () => {
    const store = await open();
    const given = bytes(5, 6);
    await store.put('copy', given);
    given[0] = 0;
    expect(await store.get('copy')).toEqual(bytes(5, 6));
  });

  it('lists a folder by whole names, with sizes and times', async () => {
    const store = await open();
    expect(await store.list('list')).toEqual([]);
    const before = Date.now() - 5000;
    await store.put('list/b/1', bytes(1));
    await store.put('list/b/deep/2', bytes(1, 2));
    await store.put('list/bc/3', bytes(1, 2, 3));
    const found = await store.list('list/b');
    expect(found.map(({ key, bytes: size }) => [key, size]).toSorted()).toEqual([
      ['list/b/1', 1],
      ['list/b/deep/2', 2],
    ]);
    expect(found.every(({ modified }) => modified > before)).toBe(true);
  });

  it('deletes a file or a folder, twice if told to', async () => {
    const store = await open();
    await store.put('gone/1', bytes(1));
    await store.delete('gone/1');
    await store.delete('gone/1');
    await store.delete('never/was');
    expect(await store.get('gone/1')).toBeNull();
  });

  it('takes no key that leads elsewhere', async () => {
    const store = await open();
    for (const key of ['', '/', '..', 'a/../b', 'a b', 'a\\b'])
      await expect(Promise.resolve().then(() => store.get(key))).rejects.toThrow(RangeError);
  });
}
