/**
 * The files of a zip archive as `File`s. Entries that are stored without compression become slices of the archive:
 * nothing is read until they are decoded. Compressed ones are inflated a few at a time into blobs, which browsers keep
 * on disk when there are many. Archives come from strangers, so names, sizes and counts are checked before anything is
 * inflated, and what an entry really unpacks to is cut at what it declared.
 */
import { BlobReader, ZipReader, configure, type Entry, type FileEntry } from '@zip.js/zip.js';
import { StudioError } from '../shared/errors';
import { partOf } from './partOf';
import { isInnerFile, skipFolderReason } from './pictureNames';
import { type TextEncoding } from './reading/encodings';
import { decodeAs, detectEncoding } from './reading/textEncoding';
import { safePath } from './safePath';
import type { WalkSink } from './walkTree';
import { zipLimits, type ZipLimits } from './zipLimits';

/** No worker scripts from blob addresses: they would need a hole in the page's content policy. */
configure({ useWebWorkers: false });

const STORED = 0;
const UNICODE_NAMES = 0x800;
const LOCAL_HEADER = 0x04034b50;
const INFLATED_AT_ONCE = 4;

/** Why an entry is not unpacked, or null. */
function refusal(entry: Entry, path: string | null, shown: number, limits: ZipLimits): string | null {
  if (path === null) return 'its path leads out of the archive';
  if (entry.encrypted) return 'protected by a password; unpack the archive with it, and drop the folder';
  if (entry.symlink) return 'a link, not a file';
  // A checkpoint of ours is no picture: it may be as large as an archive.
  const most = path.endsWith('.safetensors') || isInnerFile(path) ? limits.innerBytes : limits.fileBytes;
  if (entry.uncompressedSize > most) return `larger than ${Math.round(most / 2 ** 20)} MiB`;
  if (entry.uncompressedSize > entry.compressedSize * limits.ratio) return 'unpacks to a suspicious size';
  for (const segment of path.split('/').slice(shown, -1)) {
    const reason = skipFolderReason(segment);
    if (reason !== null) return reason;
  }
  return null;
}

/** Number of leading folders that all files share: what hides all hides nothing. */
function sharedFolders(paths: readonly string[]): number {
  let shared: string[] | null = null;
  for (const path of paths) {
    const folders = path.split('/').slice(0, -1);
    if (skipFolderReason(folders[0] ?? '') !== null && !folders[0]?.startsWith('.')) continue;
    const before: string[] = shared ?? folders;
    let depth = 0;
    while (depth < before.length && before[depth] === folders[depth]) depth += 1;
    shared = before.slice(0, depth);
  }
  return shared?.length ?? 0;
}

/** Names that are not marked as Unicode are decoded in the encoding that all of them together look like. */
function decodeNames(entries: readonly Entry[], given: TextEncoding | undefined): { encoding: TextEncoding | null } {
  const old = entries.filter(
    ({ rawBitFlag = 0, rawFilename, extraFieldUnicodePath }) =>
      // The file's own mark: names that happen to be valid UTF-8 may be something else beside their siblings.
      (rawBitFlag & UNICODE_NAMES) === 0 && !extraFieldUnicodePath?.valid && rawFilename.some((byte) => byte > 127),
  );
  if (old.length === 0) return { encoding: null };
  const parts = new Map<string, Uint8Array>();
  for (const { rawFilename } of old) {
    if (parts.size > 2000) break;
    let from = 0;
    for (let at = 0; at <= rawFilename.length; at += 1) {
      if (at < rawFilename.length && rawFilename[at] !== 47) continue;
      const part = rawFilename.subarray(from, at);
      if (part.some((byte) => byte > 127)) parts.set(String(part), part);
      from = at + 1;
    }
  }
  const encoding = given ?? detectEncoding([...parts.values()]);
  for (const entry of old) entry.filename = decodeAs(entry.rawFilename, encoding);
  return { encoding: encoding === 'utf-8' ? null : encoding };
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
  return partOf(archive, start, start + entry.compressedSize, name, entry.lastModDate.getTime());
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

async function listEntries(
  archive: Blob,
  disks: readonly Blob[] | null,
  limits: ZipLimits,
  signal: AbortSignal | undefined,
): Promise<Entry[]> {
  const source = disks ? disks.map((disk) => new BlobReader(disk)) : new BlobReader(archive);
  const reader = new ZipReader(source, { filenameValidation: 'tolerant' });
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

export interface ZipOptions {
  /** All parts of a spanned archive in order, the last of them the archive itself. */
  disks?: readonly Blob[] | null;
  /** Of names that are not marked as Unicode; without it, what they look like. */
  encoding?: TextEncoding | undefined;
}

/**
 * Reports every file of the archive to the sink. Throws `StudioError` `format` where the archive as a whole cannot be
 * read.
 */
export async function readZip(
  archive: Blob,
  sink: WalkSink,
  limits: ZipLimits = zipLimits,
  { disks = null, encoding }: ZipOptions = {},
): Promise<void> {
  const entries = await listEntries(archive, disks, limits, sink.signal);
  const names = decodeNames(entries, encoding ?? sink.encoding);
  if (names.encoding) sink.decoded?.(names.encoding);
  const filled = new Set<string>();
  const queue: { entry: FileEntry; path: string }[] = [];
  const folders: string[] = [];
  const safe = entries.map(({ filename }) => safePath(filename));
  const shown = sharedFolders(safe.flatMap((path, at) => (path !== null && !entries[at]?.directory ? [path] : [])));
  entries.forEach((entry, at) => {
    const path = safe[at] ?? null;
    if (entry.directory) {
      if (path !== null && path.split('/').every((each) => skipFolderReason(each) === null)) folders.push(path);
      return;
    }
    const reason = refusal(entry, path, shown, limits);
    if (path === null || reason !== null) {
      sink.skipped({ path: entry.filename.slice(0, 300), reason: reason ?? 'left out' });
      return;
    }
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
      filled.add(path.slice(0, slash + 1));
    queue.push({ entry, path });
  });
  for (const path of folders) if (!filled.has(path)) sink.skipped({ path, reason: 'an empty folder' });

  let next = 0;
  const work = async (): Promise<void> => {
    for (let job = queue[next]; job !== undefined; job = queue[next]) {
      next += 1;
      await unpackEntry(disks ? null : archive, job.entry, job.path, sink, limits);
    }
  };
  await Promise.all(Array.from({ length: INFLATED_AT_ONCE }, work));
}

/** @param archive null where entries cannot be cut out of it */
async function unpackEntry(
  archive: Blob | null,
  entry: FileEntry,
  path: string,
  sink: WalkSink,
  limits: ZipLimits,
): Promise<void> {
  sink.signal?.throwIfAborted();
  const name = path.slice(path.lastIndexOf('/') + 1);
  let file: File | null;
  try {
    if (archive && entry.compressionMethod === STORED) file = await sliceOf(archive, entry, name);
    else {
      limits.spend?.(entry.uncompressedSize);
      file = await inflate(entry, name, sink.signal);
    }
  } catch (error) {
    sink.signal?.throwIfAborted();
    if (error instanceof StudioError) throw error;
    file = null;
  }
  if (file === null) sink.skipped({ path, reason: damaged(entry) });
  else sink.file(path, file);
}

/** Methods that no browser unpacks are told apart from damage. */
function damaged(entry: FileEntry): string {
  const method = { 9: 'Deflate64', 12: 'bzip2', 14: 'LZMA', 93: 'Zstandard', 95: 'xz', 98: 'PPMd' }[
    entry.compressionMethod
  ];
  return method ? `compressed by ${method}, which is not read here` : 'damaged inside the archive';
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
