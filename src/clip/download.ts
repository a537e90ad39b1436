/**
 * A file with a known size and checksum, from the cache or from its address. What has arrived is kept in parts while
 * the rest comes; when the line breaks, the download goes on from where it was, now or at the next visit. A server that
 * cannot do that sends the file from its beginning.
 */
import { createSHA256, sha256 } from 'hash-wasm';
import { StudioError } from '../shared/errors';
import { LineBroken, missingFile, type LoadIo, type Transfer } from './loadIo';
import type { ClipFile } from './manifest';

/** Pause and stop from outside: `gate` is awaited between pieces and may reject; `signal` ends what hangs. */
export interface LoadControl {
  gate(): Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

export const unhindered: LoadControl = { gate: () => Promise.resolve() };

export type WantedFile = Pick<ClipFile, 'url' | 'bytes' | 'sha256'>;

/** Bytes between two writes to the cache: what a crash loses at most. */
const PART_BYTES = 16e6;
const SMALL_BYTES = 1e6;
const RETRY_DELAYS = [1000, 3000, 10_000];

/** @param onProgress bytes that are here; may fall back where a server starts again from the beginning */
export async function downloadFile(
  file: WantedFile,
  io: LoadIo,
  onProgress: (bytes: number) => void,
  control: LoadControl = unhindered,
): Promise<Uint8Array> {
  const download = new Download(file, io, onProgress, control);
  if (await download.fromCache()) return download.bytes;
  const resumed = download.have > 0;
  await download.fromNetwork();
  if (await download.isRight()) return download.bytes;
  await download.discard();
  if (resumed) {
    // The beginning came from another time; perhaps it was that.
    await download.fromNetwork();
    if (await download.isRight()) return download.bytes;
    await download.discard();
  }
  throw download.looksLikePage() ? missingFile('A web page came in its place.') : damaged('Its checksum is wrong.');
}

class Download {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes that are here, from the beginning. */
  have = 0;
  /** Bytes that the cache has, or that it did not take. */
  private stored = 0;
  /** Where a transfer of unknown length came to its end without a fault. */
  private endedAt: number | null = null;

  constructor(
    private readonly file: WantedFile,
    private readonly io: LoadIo,
    private readonly onProgress: (bytes: number) => void,
    private readonly control: LoadControl,
  ) {
    this.bytes = reserve(file.bytes);
  }

  /** True where the whole file was there, undamaged. */
  async fromCache(): Promise<boolean> {
    this.have = (await this.io.cache?.read(this.file.sha256, this.bytes)) ?? 0;
    this.stored = this.have;
    this.onProgress(this.have);
    if (this.have < this.file.bytes) return false;
    if (await this.isRight()) return true;
    await this.discard();
    return false;
  }

  /** Fetches what is missing, in as many attempts as it takes while any of them gets further. */
  async fromNetwork(): Promise<void> {
    const delays = this.io.retryDelays ?? RETRY_DELAYS;
    let furthest = this.have;
    let failures = 0;
    for (;;) {
      const broken = await this.attempt();
      if (!broken) return;
      if (broken.outOfRange && this.have === this.endedAt) throw await this.wrongSize(this.have);
      if (broken.outOfRange) await this.discard();
      failures = this.have > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, this.have);
      const delay = delays[failures - 1];
      if (delay === undefined) throw this.brokeOff(broken);
      await wait(delay, this.control.signal);
    }
  }

  /** One transfer; the reason where the line broke. */
  private async attempt(): Promise<LineBroken | null> {
    try {
      await this.receive(await this.io.open(this.file.url, this.have, this.control.signal));
      return null;
    } catch (error) {
      if (error instanceof LineBroken) return error;
      throw error;
    }
  }

  private async receive({ from, length, total, chunks }: Transfer): Promise<void> {
    // Something small may be a page, which is told apart once it is here.
    if (total !== null && total !== this.file.bytes && total > SMALL_BYTES) throw await this.wrongSize(total);
    if (from > this.have) throw new LineBroken('The server began in another place.', true);
    this.have = from;
    try {
      for await (const chunk of chunks) {
        if (this.have + chunk.length > this.file.bytes) throw await this.wrongSize(this.have + chunk.length);
        this.bytes.set(chunk, this.have);
        this.have += chunk.length;
        this.onProgress(this.have);
        if (this.have - this.stored >= PART_BYTES) await this.keep();
        await this.control.gate();
      }
    } finally {
      await this.keep();
    }
    if (this.have === this.file.bytes) return;
    if (this.looksLikePage()) {
      await this.discard();
      throw missingFile('A web page came in its place.');
    }
    if (length === null) {
      this.endedAt = this.have;
      throw new LineBroken('It ended early.');
    }
    // All that was announced has come: the file there is another one.
    throw await this.wrongSize(this.have);
  }

  async isRight(): Promise<boolean> {
    return this.have === this.file.bytes && (await hashOf(this.bytes)) === this.file.sha256;
  }

  async discard(): Promise<void> {
    await this.io.cache?.remove(this.file.sha256);
    this.have = 0;
    this.stored = 0;
  }

  /** Servers of single-page applications answer any address with their page. */
  looksLikePage(): boolean {
    return /^\s*<(!doctype|\?xml|html|head|body|error)/i.test(new TextDecoder().decode(this.bytes.subarray(0, 64)));
  }

  /** Keeps what has come since the last time. What is sent a second time is there already. */
  private async keep(): Promise<void> {
    if (this.have <= this.stored || this.looksLikePage()) return;
    const kept = await this.io.cache?.append(
      this.file.sha256,
      this.stored,
      this.bytes.subarray(this.stored, this.have),
    );
    // Storage that is full keeps no later part either: parts must follow on each other.
    this.stored = kept === true ? this.have : Number.POSITIVE_INFINITY;
  }

  private async wrongSize(bytes: number): Promise<StudioError> {
    await this.discard();
    return damaged(`It has ${bytes} bytes in place of ${this.file.bytes}.`);
  }

  private brokeOff({ why, cause }: LineBroken): StudioError {
    const begun = this.have > 0;
    const share = Math.floor((100 * this.have) / this.file.bytes);
    return new StudioError(
      {
        code: begun ? 'clip-download' : 'clip-missing',
        what: begun
          ? `The download of the CLIP model broke off at ${share}%.`
          : 'The CLIP model could not be reached, and it is not kept on this machine.',
        why,
        action:
          begun && this.io.cache
            ? 'Start again when the connection is back: it goes on from there.'
            : 'Check the network and try again, use the small CLIP that comes with the studio, or drop the model files in.',
      },
      { cause },
    );
  }
}

function reserve(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new StudioError(
      {
        code: 'out-of-memory',
        what: 'There is not enough memory for this CLIP.',
        why: `One of its files has ${Math.round(bytes / 1e6)} MB.`,
        action: 'Close other tabs, or choose a smaller CLIP.',
      },
      { cause },
    );
  }
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

/** SHA-256 in hexadecimal, in slices so that large files need no second copy. */
export async function hashOf(bytes: Uint8Array): Promise<string> {
  const slice = 1 << 24;
  if (bytes.length <= slice) return sha256(bytes);
  const hash = await createSHA256();
  for (let start = 0; start < bytes.length; start += slice) hash.update(bytes.subarray(start, start + slice));
  return hash.digest('hex');
}

export function damaged(why: string): StudioError {
  return new StudioError({
    code: 'clip-damaged',
    what: 'A file of the CLIP model arrived damaged.',
    why,
    action: 'Try the download again, or choose another CLIP from the list.',
  });
}
