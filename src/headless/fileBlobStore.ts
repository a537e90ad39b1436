/**
 * The `BlobStore` of headless runs: files below a folder on disk. Writes go to a temporary name first, so that a reader
 * never sees half.
 */
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { keyNames, type BlobStore, type StoredBlob } from '../data/blobStore';

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
const TEMPORARY = '.part';

export class FileBlobStore implements BlobStore {
  constructor(private readonly root: string) {}

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      return new Uint8Array(await readFile(this.path(key)));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const target = this.path(key);
    const temporary = `${target}.${randomUUID()}${TEMPORARY}`;
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, target);
  }

  async delete(key: string): Promise<void> {
    await rm(this.path(key), { recursive: true, force: true });
  }

  async list(prefix: string): Promise<StoredBlob[]> {
    let names: string[];
    try {
      names = await readdir(this.path(prefix), { recursive: true });
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
    const found = names
      .filter((name) => !name.endsWith(TEMPORARY))
      .map(async (name): Promise<StoredBlob | null> => {
        const status = await stat(path.join(this.path(prefix), name));
        const key = [...keyNames(prefix), ...name.split(path.sep)].join('/');
        return status.isFile() ? { key, bytes: status.size, modified: status.mtimeMs } : null;
      });
    return (await Promise.all(found)).filter((blob) => blob !== null);
  }

  private path(key: string): string {
    return path.join(this.root, ...keyNames(key));
  }
}
