/**
 * Pictures kept from visit to visit in the browser's private file system, so that a reload needs no new drop: one pack of
 * all bytes a data set, and an index of what lies where, a line a file. What comes back are slices of the pack: as with
 * files on the disk, nothing is read before it is needed, so memory does not grow with pictures.
 *
 * The index is written last and replaces as a whole: a set without one was broken off, and is as good as none.
 */
import { Breather } from './breathe';
import type { DroppedFile } from './readDrop';

export interface KeptSet {
  id: string;
  name: string;
  /** Of the data set. */
  pictures: number;
  files: number;
  bytes: number;
  /** Milliseconds since the epoch. */
  savedAt: number;
  /** What the reading of the drop said beside its files; a structured clone of it comes back. */
  about: unknown;
}

const folderName = 'pictures';
/** Bytes of one set at most, and share of the room that is left. */
export const shelfLimits = { bytes: 2 * 2 ** 30, share: 0.5, sets: 3 } as const;
/** Files that are written, and lines that are read, at a time. */
const batch = 256;

export class PictureShelf {
  private constructor(private readonly root: FileSystemDirectoryHandle) {}

  /** Null where the browser has no such storage, or cannot write to it from a page. */
  static async open(): Promise<PictureShelf | null> {
    try {
      if (!('createWritable' in FileSystemFileHandle.prototype)) return null;
      const storage = await navigator.storage.getDirectory();
      return new PictureShelf(await storage.getDirectoryHandle(folderName, { create: true }));
    } catch {
      return null;
    }
  }

  /** Whole sets, the newest first. What was broken off is removed. */
  async list(): Promise<KeptSet[]> {
    const sets: KeptSet[] = [];
    for await (const [id, handle] of this.root.entries()) {
      const set = handle.kind === 'directory' ? await readAbout(handle as FileSystemDirectoryHandle) : null;
      if (set) sets.push({ ...set, id });
    }
    return sets.toSorted((a, b) => b.savedAt - a.savedAt);
  }

  /**
   * Keeps a set; older ones make room. One that is there already is only marked as used.
   * @returns false where there is no room for it, or `signal` ended it: nothing of it is left then
   */
  async keep(
    set: Omit<KeptSet, 'files' | 'bytes'>,
    files: readonly DroppedFile[],
    { signal, onProgress = () => undefined }: { signal: AbortSignal; onProgress?: (done: number) => void },
  ): Promise<boolean> {
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
    const { usage = 0, quota = 0 } = await navigator.storage.estimate();
    if (bytes > shelfLimits.bytes || bytes > shelfLimits.share * (quota - usage)) return false;
    const folder = await this.root.getDirectoryHandle(set.id, { create: true });
    const known = await readAbout(folder);
    const about = { ...set, files: files.length, bytes };
    try {
      if (known?.bytes !== bytes || known.files !== files.length) await writeFiles(folder, files, signal, onProgress);
      await write(folder, 'about.json', [JSON.stringify(about)]);
    } catch {
      // No room after all, a file that is gone, or an end that was asked for.
      await this.remove(set.id);
      return false;
    }
    for (const { id } of (await this.list()).slice(shelfLimits.sets)) await this.remove(id);
    return true;
  }

  /** The files of a set as they were dropped; null where they are gone. */
  async files(id: string): Promise<DroppedFile[] | null> {
    try {
      const folder = await this.root.getDirectoryHandle(id);
      const pack = await (await folder.getFileHandle('pack')).getFile();
      const lines = (await (await (await folder.getFileHandle('index')).getFile()).text()).split('\n');
      const turns = new Breather();
      const files: DroppedFile[] = [];
      for (const line of lines) {
        if (line === '') continue;
        const [path, offset, size, type, lastModified] = JSON.parse(line) as [string, number, number, string, number];
        const name = path.split('/').at(-1) ?? path;
        files.push({ path, file: new File([pack.slice(offset, offset + size, type)], name, { type, lastModified }) });
        await turns.breathe();
      }
      return files;
    } catch {
      return null;
    }
  }

  /** Removing what is not there is no error. */
  async remove(id: string): Promise<void> {
    await this.root.removeEntry(id, { recursive: true }).catch(() => undefined);
  }
}

async function readAbout(folder: FileSystemDirectoryHandle): Promise<KeptSet | null> {
  try {
    return JSON.parse(await (await (await folder.getFileHandle('about.json')).getFile()).text()) as KeptSet;
  } catch {
    return null;
  }
}

async function writeFiles(
  folder: FileSystemDirectoryHandle,
  files: readonly DroppedFile[],
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<void> {
  // Whatever was there is no whole set any more.
  await folder.removeEntry('about.json').catch(() => undefined);
  const pack = await (await folder.getFileHandle('pack', { create: true })).createWritable();
  const index: string[] = [];
  let offset = 0;
  try {
    for (let from = 0; from < files.length; from += batch) {
      signal.throwIfAborted();
      const part = files.slice(from, from + batch);
      // A blob of blobs holds no bytes: they go from disk to disk.
      await pack.write(new Blob(part.map(({ file }) => file)));
      for (const { path, file } of part) {
        index.push(`${JSON.stringify([path, offset, file.size, file.type, file.lastModified])}\n`);
        offset += file.size;
      }
      onProgress(Math.min(files.length, from + batch));
    }
    await pack.close();
  } catch (error) {
    await pack.abort().catch(() => undefined);
    throw error;
  }
  await write(folder, 'index', index);
}

/** Replaces a file as a whole: what was being written before `close` never counts. */
async function write(folder: FileSystemDirectoryHandle, name: string, parts: readonly string[]): Promise<void> {
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  for (let from = 0; from < parts.length; from += batch) await writable.write(parts.slice(from, from + batch).join(''));
  await writable.close();
}
