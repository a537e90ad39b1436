/**
 * Files of CLIPs kept between visits, by SHA-256. A file is stored in parts as it arrives, so that a download that
 * broke off, a reload or a crash loses at most the last part; it is whole when its parts add up. What is stored may be
 * gone or damaged at any time: readers check it.
 */

/** The store of small files that parts are put into (data/blobStore.ts fits). `put` replaces as a whole. */
export interface PartStore {
  get(key: string): Promise<Uint8Array<ArrayBuffer> | null>;
  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  delete(key: string): Promise<void>;
  list(prefix: string): Promise<{ key: string; bytes: number; modified: number }[]>;
}

export interface StoredClipFile {
  sha256: string;
  bytes: number;
  /** Milliseconds since the epoch of the last time it was read or written. */
  used: number;
}

export interface ClipCache {
  /** Copies what there is of a file, from its beginning, into `into`; returns how many bytes. */
  read(sha256: string, into: Uint8Array): Promise<number>;
  /** Keeps the bytes that follow the first `at`; false where the storage did not take them. */
  append(sha256: string, at: number, bytes: Uint8Array): Promise<boolean>;
  remove(sha256: string): Promise<void>;
  list(): Promise<StoredClipFile[]>;
  /** The list of models as it was last seen, for when there is no network; null where none was kept. */
  lastManifest(): Promise<string | null>;
  keepManifest(json: string): Promise<void>;
}

const MANIFEST = 'clip-list/manifest.json';
const FOLDER = 'clip';
/** An empty file whose time of change says when the model was last used. */
const USED = 'used';

export function partsCache(store: PartStore): ClipCache {
  const folder = (sha256: string): string => `${FOLDER}/${sha256}`;
  const partsOf = async (sha256: string): Promise<{ key: string; at: number }[]> => {
    const files = await store.list(folder(sha256)).catch(() => []);
    const parts = files.flatMap(({ key }) => (/\/\d+$/.test(key) ? [{ key, at: Number(key.split('/').at(-1)) }] : []));
    return parts.toSorted((a, b) => a.at - b.at);
  };
  return {
    async read(sha256, into) {
      let end = 0;
      for (const { key, at } of await partsOf(sha256)) {
        const bytes = at === end ? await store.get(key).catch(() => null) : null;
        if (!bytes || end + bytes.length > into.length) break;
        into.set(bytes, end);
        end += bytes.length;
      }
      if (end > 0) await store.put(`${folder(sha256)}/${USED}`, new Uint8Array()).catch(() => undefined);
      return end;
    },
    async append(sha256, at, bytes) {
      try {
        await store.put(`${folder(sha256)}/${String(at).padStart(12, '0')}`, bytes.slice());
        return true;
      } catch {
        return false;
      }
    },
    async remove(sha256) {
      await store.delete(folder(sha256)).catch(() => undefined);
      // Stores without folders know single files only.
      for (const { key } of await store.list(folder(sha256)).catch(() => []))
        await store.delete(key).catch(() => undefined);
    },
    async list() {
      const files = new Map<string, StoredClipFile>();
      for (const { key, bytes, modified } of await store.list(FOLDER).catch(() => [])) {
        const sha256 = key.split('/')[1] ?? '';
        const known = files.get(sha256) ?? { sha256, bytes: 0, used: 0 };
        files.set(sha256, { sha256, bytes: known.bytes + bytes, used: Math.max(known.used, modified) });
      }
      return [...files.values()];
    },
    async lastManifest() {
      const bytes = await store.get(MANIFEST).catch(() => null);
      return bytes && new TextDecoder().decode(bytes);
    },
    async keepManifest(json) {
      await store.put(MANIFEST, new TextEncoder().encode(json)).catch(() => undefined);
    },
  };
}
