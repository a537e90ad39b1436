/**
 * What loading a CLIP needs from the world: bytes by address, and a place to keep what was downloaded. The browser's implementations
 * are `fetchIo` and `opfsCache`; Node has its own in headless/.
 */
import { StudioError } from '../shared/errors';

/** Downloaded files by SHA-256. A cache may lose entries at any time; what it returns is checked again. */
export interface ClipCache {
  get(sha256: string): Promise<Uint8Array | null>;
  put(sha256: string, bytes: Uint8Array): Promise<void>;
}

export interface LoadIo {
  /**
   * Reads a whole file.
   * @param url absolute, or relative to the models folder
   * @param onProgress called with the bytes read so far
   * Throws 'clip-missing' where the file is not there or not reachable, 'clip-download' where the transfer broke.
   */
  fetchBytes(url: string, onProgress: (bytes: number) => void): Promise<Uint8Array>;
  cache?: ClipCache | undefined;
}

/** Reads over the network. @param modelsUrl address of the models folder, with a slash at its end */
export function fetchIo(modelsUrl: string, cache?: ClipCache): LoadIo {
  return { cache, fetchBytes: (url, onProgress) => fetchBytes(new URL(url, modelsUrl).href, onProgress) };
}

async function fetchBytes(url: string, onProgress: (bytes: number) => void): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new StudioError(
      {
        code: 'clip-missing',
        what: 'The CLIP model could not be reached.',
        why: 'There is no connection to the place it is kept, or something blocks it.',
        action: 'Check the network and try again, use the small CLIP that comes with the studio, or drop the model files in.',
      },
      { cause },
    );
  }
  if (!response.ok) throw missingFile(`The server answered ${response.status}.`);
  try {
    return await readBody(response, onProgress);
  } catch (cause) {
    throw new StudioError(
      { code: 'clip-download', what: 'The download of the CLIP model broke off.', why: cause instanceof Error ? cause.message : '', action: 'Try again; files that arrived whole are not fetched twice.' },
      { cause },
    );
  }
}

export function missingFile(why: string): StudioError {
  return new StudioError({
    code: 'clip-missing',
    what: 'A file of the CLIP model is not where it should be.',
    why,
    action: 'Choose another CLIP from the list, or drop the model files in.',
  });
}

async function readBody(response: Response, onProgress: (bytes: number) => void): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    size += part.value.length;
    onProgress(size);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** Keeps files in the origin's private file system; null where there is none. Entries are written under a temporary name first. */
export async function opfsCache(folder = 'clip'): Promise<ClipCache | null> {
  let directory: FileSystemDirectoryHandle;
  try {
    directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
  } catch {
    return null;
  }
  return {
    async get(sha256) {
      try {
        const file = await (await directory.getFileHandle(sha256)).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch {
        return null;
      }
    },
    async put(sha256, bytes) {
      try {
        const stream = await (await directory.getFileHandle(sha256, { create: true })).createWritable();
        await stream.write(bytes as Uint8Array<ArrayBuffer>);
        await stream.close();
      } catch {
        // A cache that is full or refused is no reason to stop: the file is in memory and will be fetched again next time.
        await directory.removeEntry(sha256).catch(() => {});
      }
    },
  };
}
