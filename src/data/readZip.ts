/**
 * The files of a zip archive as `File`s. Entries that are stored without compression become slices of the archive:
 * nothing is read until they are decoded. Compressed ones are inflated a few at a time into blobs, which browsers keep
 * on disk when there are many. Archives come from strangers, so names, sizes and counts are checked before anything is
 * inflated, and what an entry really unpacks to is cut at what it declared.
 */
import { BlobReader, ZipReader, configure, type Entry, type FileEntry } from '@zip.js/zip.js';
import { StudioError } from '../shared/errors';
import { ignoreReason, skipFolderReason } from './pictureNames';
import { MAX_FILE_BYTES } from './sniff';
import type { WalkSink } from './walkTree';

/** No worker scripts from blob addresses: they would need a hole in the page's content policy. */
configure({ useWebWorkers: false });

const STORED = 0;
const LOCAL_HEADER = 0x04034b50;
const INFLATED_AT_ONCE = 4;

export interface ZipLimits {
  entries: number;
  /** Bytes of a single file. */
  fileBytes: number;
  /** Bytes of all compressed entries together, unpacked. */
  totalBytes: number;
  /** Unpacked bytes a packed byte; pictures hardly compress, so more than this is an attack. */
  ratio: number;
}

export const zipLimits: ZipLimits = {
  entries: 1_000_000,
  fileBytes: MAX_FILE_BYTES,
  totalBytes: 8 * 2 ** 30,
  ratio: 1000,
};

/** The entry's path with '/' separators, or null for one that would lead out of the archive. */
export function safePath(name: string): string | null {
  const path = name.replaceAll('\\', '/');
  if (path === '' || path.startsWith('/') || /^[a-z]:/i.test(path) || path.includes('\0')) return null;
  return path.split('/').includes('..') ? null : path;
}

/** Why an entry is not unpacked, or null. */
function refusal(entry: Entry, path: string | null, limits: ZipLimits): string | null {
  if (path === null) return 'its path leads out of the archive';
  if (entry.encrypted) return 'protected by a password';
  if (entry.symlink) return 'a link, not a file';
  if (entry.uncompressedSize > limits.fileBytes) return `larger than ${Math.round(limits.fileBytes / 2 ** 20)} MiB`;
  if (entry.uncompressedSize > entry.compressedSize * limits.ratio) return 'unpacks to a suspicious size';
  for (const segment of path.split('/').slice(0, -1)) {
    const reason = skipFolderReason(segment);
    if (reason !== null) return reason;
  }
  return null;
}

/**
 * A stored entry as a slice: the local header gives the length of its own name and extra fields. Null where the header
 * is damaged.
 */
async function sliceOf(archive: Blob, entry: FileEntry, name: string): Promise<File | null> {
  const header = new DataView(await archive.slice(entry.offset, entry.offset + 30).arrayBuffer());
  if (header.byteLength < 30 || header.getUint32(0, true) !== LOCAL_HEADER) return null;
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.compressedSize > archive.size) return null;
  return new File([archive.slice(start, start + entry.compressedSize)], name, {
    lastModified: entry.lastModDate.getTime(),
  });
}

/** Inflates one entry; throws when it gives more than it declared, or when its checksum is wrong. */
async function inflate(entry: FileEntry, name: string, signal: AbortSignal | undefined): Promise<File> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const sink = new WritableStream<Uint8Array>({
    write(part) {
      bytes += part.length;
      if (bytes > entry.uncompressedSize) throw new RangeError('The entry is larger than it says.');
      parts.push(new Uint8Array(part));
    },
  });
  await entry.getData(sink, { checkSignature: true, ...(signal === undefined ? {} : { signal }) });
  return new File(parts, name, { lastModified: entry.lastModDate.getTime() });
}

async function listEntries(archive: Blob, limits: ZipLimits, signal: AbortSignal | undefined): Promise<Entry[]> {
  const reader = new ZipReader(new BlobReader(archive), { filenameValidation: 'tolerant' });
  const entries: Entry[] = [];
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      signal?.throwIfAborted();
      entries.push(entry);
      if (entries.length > limits.entries)
        throw zipError(`It holds more than ${limits.entries.toLocaleString('en-US')} files.`);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof StudioError) throw error;
    throw zipError('It is damaged, cut off or not a zip archive.', error);
  }
  const unpacked = entries.reduce(
    (sum, entry) => sum + (entry.directory || entry.compressionMethod === STORED ? 0 : entry.uncompressedSize),
    0,
  );
  if (unpacked > limits.totalBytes)
    throw zipError(`Unpacked it takes ${Math.ceil(unpacked / 2 ** 30)} GiB, which is more than can be held here.`);
  return entries;
}

/**
 * Reports every file of the archive to the sink. Throws `StudioError` `format` where the archive as a whole cannot be
 * read.
 */
export async function readZip(archive: Blob, sink: WalkSink, limits: ZipLimits = zipLimits): Promise<void> {
  const entries = await listEntries(archive, limits, sink.signal);
  const filled = new Set<string>();
  const queue: { entry: FileEntry; path: string }[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    const path = safePath(entry.filename);
    if (entry.directory) {
      if (path !== null && ignoreReason(path) === 'an empty folder') folders.push(path);
      continue;
    }
    const reason = refusal(entry, path, limits);
    if (path === null || reason !== null) {
      sink.skipped({ path: entry.filename, reason: reason ?? 'left out' });
      continue;
    }
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) filled.add(path.slice(0, at + 1));
    queue.push({ entry, path });
  }
  for (const path of folders) if (!filled.has(path)) sink.skipped({ path, reason: 'an empty folder' });

  let next = 0;
  const work = async (): Promise<void> => {
    for (let job = queue[next]; job !== undefined; job = queue[next]) {
      next += 1;
      await unpackEntry(archive, job.entry, job.path, sink);
    }
  };
  await Promise.all(Array.from({ length: INFLATED_AT_ONCE }, work));
}

async function unpackEntry(archive: Blob, entry: FileEntry, path: string, sink: WalkSink): Promise<void> {
  sink.signal?.throwIfAborted();
  const name = path.slice(path.lastIndexOf('/') + 1);
  let file: File | null;
  try {
    file =
      entry.compressionMethod === STORED
        ? await sliceOf(archive, entry, name)
        : await inflate(entry, name, sink.signal);
  } catch {
    sink.signal?.throwIfAborted();
    file = null;
  }
  if (file === null) sink.skipped({ path, reason: 'damaged inside the archive' });
  else sink.file(path, file);
}

function zipError(why: string, cause?: unknown): StudioError {
  return new StudioError(
    {
      code: 'format',
      what: 'The zip archive could not be opened.',
      why,
      action: 'Unpack it with another program and drop the folder instead.',
    },
    { cause },
  );
}
