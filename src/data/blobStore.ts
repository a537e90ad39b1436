/**
 * Small files kept between visits, behind an interface: the browser's private file system (OPFS), or memory where there
 * is none (private windows, tests). Keys are '/'-separated paths of plain names. What is stored here can always be made
 * again, so callers treat a failed `put` as a cache that did not take, never as a reason to stop.
 */
import { StudioError } from '../shared/errors';

export interface StoredBlob {
  key: string;
  bytes: number;
  /** Milliseconds since the epoch of the last write. */
  modified: number;
}

export interface BlobStore {
  /** Null where there is no such key. */
  get(key: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * Replaces as a whole: a reader sees the old bytes or the new ones. Rejects with `StudioError` `storage` where there
   * is no room.
   */
  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** Everything whose key begins with `prefix` (whole names: "a/b" lists "a/b/c" but not "a/bc"). */
  list(prefix: string): Promise<StoredBlob[]>;
}

/** Names of a key; throws where one could lead out of the store's folder. */
export function keyNames(key: string): string[] {
  const names = key.split('/').filter((name) => name !== '');
  if (names.length === 0 || names.some((name) => !/^[\w.-]+$/.test(name) || /^\.+$/.test(name)))
    throw new RangeError(`No key of a store: "${key}"`);
  return names;
}

export class MemoryBlobStore implements BlobStore {
  private readonly blobs = new Map<string, { bytes: Uint8Array<ArrayBuffer>; modified: number }>();
  private clock = 0;

  get(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return Promise.resolve(this.blobs.get(keyNames(key).join('/'))?.bytes.slice() ?? null);
  }

  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.clock = Math.max(this.clock + 1, Date.now());
    this.blobs.set(keyNames(key).join('/'), { bytes: bytes.slice(), modified: this.clock });
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.blobs.delete(keyNames(key).join('/'));
    return Promise.resolve();
  }

  list(prefix: string): Promise<StoredBlob[]> {
    const start = `${keyNames(prefix).join('/')}/`;
    const found = [...this.blobs].filter(([key]) => key.startsWith(start));
    return Promise.resolve(found.map(([key, { bytes, modified }]) => ({ key, bytes: bytes.length, modified })));
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError');

function storageError(error: unknown): StudioError {
  const full = error instanceof DOMException && error.name === 'QuotaExceededError';
  return new StudioError(
    {
      code: 'storage',
      what: 'A file could not be kept in the browser’s storage.',
      why: full ? 'The space that the browser allows this site is used up.' : 'The browser refused to write it.',
      action:
        'Free space on the disk, or go on: the studio works without it and computes again what it could not keep.',
    },
    { cause: error },
  );
}

/** Files in the origin's private file system, below one folder. Works on the page and in workers. */
export class OpfsBlobStore implements BlobStore {
  constructor(private readonly root: FileSystemDirectoryHandle) {}

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const names = keyNames(key);
    try {
      const folder = await this.folder(names.slice(0, -1), false);
      const handle = await folder.getFileHandle(names.at(-1) ?? '');
      return new Uint8Array(await (await handle.getFile()).arrayBuffer());
    } catch (error) {
      if (isNotFound(error)) return null;
      throw storageError(error);
    }
  }

  async put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const names = keyNames(key);
    try {
      const folder = await this.folder(names.slice(0, -1), true);
      const handle = await folder.getFileHandle(names.at(-1) ?? '', { create: true });
      const writable = await handle.createWritable();
      try {
        await writable.write(bytes);
        await writable.close();
      } catch (error) {
        await writable.abort().catch(() => undefined);
        throw error;
      }
    } catch (error) {
      throw storageError(error);
    }
  }

  async delete(key: string): Promise<void> {
    const names = keyNames(key);
    try {
      const folder = await this.folder(names.slice(0, -1), false);
      await folder.removeEntry(names.at(-1) ?? '', { recursive: true });
    } catch (error) {
      if (!isNotFound(error)) throw storageError(error);
    }
  }

  async list(prefix: string): Promise<StoredBlob[]> {
    const names = keyNames(prefix);
    try {
      const found: StoredBlob[] = [];
      await collect(await this.folder(names, false), names.join('/'), found);
      return found;
    } catch (error) {
      if (isNotFound(error)) return [];
      throw storageError(error);
    }
  }

  private async folder(names: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle> {
    let folder = this.root;
    for (const name of names) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  }
}

async function collect(folder: FileSystemDirectoryHandle, path: string, found: StoredBlob[]): Promise<void> {
  for await (const [name, handle] of folder.entries()) {
    const key = `${path}/${name}`;
    if (handle.kind === 'directory') {
      await collect(handle as FileSystemDirectoryHandle, key, found);
    } else if (!name.endsWith('.crswap')) {
      const file = await (handle as FileSystemFileHandle).getFile();
      found.push({ key, bytes: file.size, modified: file.lastModified });
    }
  }
}

/** The browser's storage, or memory where the browser offers none. */
export async function openBlobStore(): Promise<BlobStore> {
  try {
    const root = await navigator.storage.getDirectory();
    return new OpfsBlobStore(await root.getDirectoryHandle('studio', { create: true }));
  } catch {
    return new MemoryBlobStore();
  }
}
