/**
 * What loading a CLIP needs from the world: files by address, from any byte on, and a place to keep what was
 * downloaded. `fetchIo` reads over the network; Node has its own for files on disk (nodeIo.ts).
 */
import { StudioError } from '../shared/errors';
import type { ClipCache } from './clipCache';

/** A file that is arriving. */
export interface Transfer {
  /** Byte that the first chunk begins with: what was asked for, or 0 where the other side gives only whole files. */
  from: number;
  /** Bytes that will come, where that is known. */
  length: number | null;
  /** Size of the whole file, where that is known. */
  total: number | null;
  chunks: AsyncIterable<Uint8Array>;
}

export interface LoadIo {
  /**
   * Opens a file for reading.
   * @param url absolute, or relative to the models folder
   * @param from first byte that is wanted Throws 'clip-missing' where the file is not there, `LineBroken` where it
   * could not be reached or there is nothing from that byte on.
   */
  open(url: string, from: number, signal?: AbortSignal): Promise<Transfer>;
  cache?: ClipCache | undefined;
  /** Milliseconds to wait before each new attempt after the line broke. */
  retryDelays?: readonly number[] | undefined;
}

/** The line broke, or never stood: trying again may help. */
export class LineBroken extends Error {
  constructor(
    readonly why: string,
    /** HTTP status 416: what is asked for does not exist, so what is there already is wrong. */
    readonly outOfRange = false,
    options?: ErrorOptions,
  ) {
    super(why, options);
    this.name = 'LineBroken';
  }
}

/** Reads over the network. @param modelsUrl address of the models folder, with a slash at its end */
export function fetchIo(
  modelsUrl: string,
  cache?: ClipCache,
  fetcher: typeof fetch = (...request) => fetch(...request),
): LoadIo {
  return { cache, open: (url, from, signal) => openUrl(new URL(url, modelsUrl).href, from, fetcher, signal) };
}

async function openUrl(url: string, from: number, fetcher: typeof fetch, signal?: AbortSignal): Promise<Transfer> {
  // A plain range needs no preflight. The address holds the file's version and the checksum is known, so no If-Range is
  // needed either.
  const headers: HeadersInit = from > 0 ? { Range: `bytes=${from}-` } : {};
  let response: Response;
  try {
    response = await fetcher(url, { headers, ...(signal ? { signal } : {}) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LineBroken(
      globalThis.navigator?.onLine === false
        ? 'You are offline.'
        : 'There is no connection to the place it is kept, or something blocks it.',
      false,
      { cause },
    );
  }
  const { status } = response;
  if (status === 416) throw new LineBroken('The server has nothing from there on.', true);
  if (status >= 500 || status === 429 || status === 408) throw new LineBroken(`The server answered ${status}.`);
  if (!response.ok) throw missingFile(`The server answered ${status}.`);
  const range = status === 206 ? contentRange(response.headers.get('Content-Range'), from) : { from: 0, total: null };
  // Compressed answers announce their compressed length, and other origins hide whether they are compressed.
  const plain = response.type !== 'cors' && !response.headers.has('Content-Encoding');
  const length = plain ? wholeNumber(response.headers.get('Content-Length')) : null;
  return {
    ...range,
    length,
    total: range.total ?? (status === 206 ? null : length),
    chunks: chunksOf(response, signal),
  };
}

/**
 * Where a partial answer begins. Servers elsewhere may hide the header from pages; the range asked for is then taken at
 * its word, and the checksum judges.
 */
function contentRange(header: string | null, asked: number): { from: number; total: number | null } {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header ?? '');
  return match ? { from: Number(match[1]), total: wholeNumber(match[2] ?? null) } : { from: asked, total: null };
}

const wholeNumber = (text: string | null): number | null => (text !== null && /^\d+$/.test(text) ? Number(text) : null);

async function* chunksOf(response: Response, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const part = await reader.read();
      if (part.done) return;
      yield part.value;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LineBroken('The connection was lost.', false, { cause });
  } finally {
    // Whoever stops early wants no more of it.
    await reader.cancel().catch(() => undefined);
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
