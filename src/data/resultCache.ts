/**
 * Results of long computations kept between visits under keys that say what they were computed from. An entry is the
 * SHA-256 of what follows, and the result, packed. A damaged one is dropped, and of many those that were used last stay.
 * Failing storage is never an error here, only a cache that forgets.
 */
import { createSHA256, sha256 } from 'hash-wasm';
import { pack, unpack } from '../formats/packed';
import type { BlobStore } from './blobStore';
import { quietly } from './quietly';

/** Folder of the store that all results lie in. */
export const resultsFolder = 'results';

const digestBytes = 32;

/** What stays of all results together. */
export interface ResultLimits {
  results: number;
  bytes: number;
}

/** A run on 5,000 pictures leaves 3 MB in five results, one on 100,000 pictures some 40 MB. */
const defaultLimits: ResultLimits = { results: 64, bytes: 2 ** 28 };

export class ResultCache {
  /** @param folder a plain name; results are listed and deleted by it (`featureCache.ts`) */
  constructor(
    private readonly store: BlobStore,
    private readonly folder: string,
    private readonly limits: ResultLimits = defaultLimits,
  ) {}

  /** Null where nothing is kept under this key, or nothing whole. */
  async get(key: string): Promise<unknown> {
    const path = this.pathOf(key);
    const bytes = await quietly(this.store.get(path), null);
    if (bytes === null) return null;
    try {
      const value = await opened(bytes);
      // Written again, it counts as the newest.
      await quietly(this.store.put(path, bytes), undefined);
      return value;
    } catch {
      await quietly(this.store.delete(path), undefined);
      return null;
    }
  }

  /** Keeps a result, unless a number in it is none: whatever went wrong there is not to last. */
  async put(key: string, value: unknown): Promise<void> {
    if (!isFinite(value)) return;
    try {
      const bytes = await sealed(value);
      await this.store.put(this.pathOf(key), bytes);
      await this.prune();
    } catch {
      // It is computed again then.
    }
  }

  private pathOf(key: string): string {
    return `${resultsFolder}/${this.folder}/${key}`;
  }

  private async prune(): Promise<void> {
    const newestFirst = (await this.store.list(resultsFolder)).toSorted((a, b) => b.modified - a.modified);
    let total = 0;
    for (const [rank, { key, bytes }] of newestFirst.entries()) {
      total += bytes;
      if (rank >= this.limits.results || total > this.limits.bytes) await this.store.delete(key);
    }
  }
}

/** SHA-256 of plain data (`pack`), in hexadecimal. @throws RangeError for what cannot be packed */
export function digestOf(value: unknown): Promise<string> {
  return sha256(pack(value));
}

async function sealed(value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const content = pack(value);
  const bytes = new Uint8Array(digestBytes + content.length);
  bytes.set(await rawDigest(content));
  bytes.set(content, digestBytes);
  return bytes;
}

async function opened(bytes: Uint8Array): Promise<unknown> {
  const content = bytes.subarray(digestBytes);
  const digest = await rawDigest(content);
  if (!digest.every((byte, at) => byte === bytes[at])) throw new RangeError('a kept result is damaged');
  return unpack(content);
}

async function rawDigest(bytes: Uint8Array): Promise<Uint8Array> {
  return (await createSHA256()).update(bytes).digest('binary');
}

function isFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value instanceof Float32Array || value instanceof Float64Array) return value.every(Number.isFinite);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  return Object.values(value).every(isFinite);
}
