/**
 * Files of the disk whose bytes stay there. Node's own (`openAsBlob`) say a wrong size from 4 GiB on, and give nothing
 * for slices across 2 GiB (nodejs/node issue 52585); large ones are therefore read here.
 */
import { createReadStream, openAsBlob } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { Divisible } from '../data/partOf';

/** From here on Node's own are not to be had. */
const large = 2 ** 31;

interface Range {
  /** Bytes of the file on disk; `to` is the first that is left off. */
  from: number;
  to: number;
}

/** A file of the disk, or a part of it, which is read anew each time. Parts of it cannot be put into a `Blob`. */
export class DiskFile extends File implements Divisible {
  constructor(
    private readonly path: string,
    private readonly range: Range,
    name: string,
    lastModified: number,
  ) {
    super([], name, { lastModified });
    Object.defineProperty(this, 'size', { value: range.to - range.from });
  }

  part(from: number, to: number, name: string, lastModified: number): File {
    const end = this.range.from + Math.min(this.size, Math.max(from, to));
    return new DiskFile(this.path, { from: Math.min(end, this.range.from + from), to: end }, name, lastModified);
  }

  override slice(start = 0, end = this.size): Blob {
    const place = (at: number): number => (at < 0 ? Math.max(0, this.size + at) : Math.min(at, this.size));
    return this.part(place(start), place(end), '', this.lastModified);
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    const file = await open(this.path);
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, this.range.from + done);
        if (bytesRead === 0) throw new RangeError(`${this.path} has become shorter.`);
        done += bytesRead;
      }
    } finally {
      await file.close();
    }
    return bytes.buffer;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.arrayBuffer());
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { from, to } = this.range;
    const bytes = to > from ? createReadStream(this.path, { start: from, end: to - 1 }) : Readable.from([]);
    return Readable.toWeb(bytes) as ReadableStream<Uint8Array<ArrayBuffer>>;
  }
}

/** A `File` whose bytes stay on disk. @param from the size in bytes from which on it is read by our own code */
export async function openFile(path: string, from = large): Promise<File> {
  const { mtimeMs, size } = await stat(path);
  const name = basename(path);
  if (size >= from) return new DiskFile(path, { from: 0, to: size }, name, mtimeMs);
  return new File([await openAsBlob(path)], name, { lastModified: mtimeMs });
}
