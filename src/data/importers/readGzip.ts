/**
 * A gzip file is one file, compressed: it is unpacked under its name without ".gz", and then taken for what it is (a
 * tar archive, an array of pictures, a table). What it unpacks to is bounded.
 */
import { StudioError } from '../../shared/errors';
import type { WalkSink } from '../walkTree';
import type { Budget } from './budget';

const PART = 2 ** 22;

export async function readGzip(file: File, sink: WalkSink, budget: Budget): Promise<void> {
  const name = file.name.replace(/\.tgz$/i, '.tar').replace(/\.gz$/i, '') || 'unpacked';
  const most = Math.min(budget.limits.innerBytes * 4, Math.max(PART, file.size * budget.limits.ratio));
  const parts: Blob[] = [];
  let held: Uint8Array<ArrayBuffer>[] = [];
  let heldBytes = 0;
  let bytes = 0;
  // Blobs of a few MiB: browsers move them to disk.
  const flush = (): void => {
    parts.push(new Blob(held));
    held = [];
    heldBytes = 0;
  };
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      sink.signal?.throwIfAborted();
      const { value } = part as { value: Uint8Array<ArrayBuffer> };
      bytes += value.length;
      heldBytes += value.length;
      if (bytes > most) throw gzipError('It unpacks to a suspicious size.');
      budget.spend(value.length);
      held.push(value);
      if (heldBytes >= PART) flush();
    }
  } catch (error) {
    sink.signal?.throwIfAborted();
    await reader.cancel().catch(() => undefined);
    throw error instanceof StudioError ? error : gzipError('It is damaged or cut off.', error);
  }
  flush();
  sink.file(name, new File(parts, name, { lastModified: file.lastModified }));
}

function gzipError(why: string, cause?: unknown): StudioError {
  return new StudioError(
    {
      code: 'format',
      what: 'The compressed file could not be opened.',
      why,
      action: 'Unpack it with another program and drop the folder instead.',
    },
    { cause },
  );
}
