/**
 * Loading a CLIP: by its id in the manifest (from the cache or the network, checked against its checksum), or from files that a
 * person chose (recognised by their contents). Errors: 'clip-missing' (not there), 'clip-download' (broke off), 'clip-damaged' (not
 * what it should be), 'clip-unsupported' (whole, but no CLIP that can be used).
 */
import { createSHA256, sha256 } from 'hash-wasm';
import { StudioError } from '../shared/errors';
import { droppedParts, type DroppedFile } from './dropped';
import { missingFile, type LoadIo } from './loadIo';
import { entryBytes, parseManifest, type ClipEntry, type ClipFile, type ClipManifest } from './manifest';
import type { ClipModel } from './model';
import { assembleDropped, assembleListed, type ClipParts } from './assemble';

export type { LoadIo } from './loadIo';

export type ClipSource = { kind: 'manifest'; id: string } | { kind: 'files'; files: readonly DroppedFile[] };

/** @param onProgress bytes that are here, of bytes in all */
export type LoadProgress = (doneBytes: number, totalBytes: number) => void;

export async function loadManifest(io: LoadIo): Promise<ClipManifest> {
  const bytes = await io.fetchBytes('manifest.json', () => {});
  return parseManifest(new TextDecoder().decode(bytes));
}

export async function loadClip(source: ClipSource, io: LoadIo, onProgress: LoadProgress): Promise<ClipModel> {
  if (source.kind === 'manifest') {
    const entry = (await loadManifest(io)).entries.find(({ id }) => id === source.id);
    if (!entry) throw missingFile(`There is no CLIP named ${source.id} in the list.`);
    return assembleListed(entry, await fetchEntry(entry, io, onProgress));
  }
  const parts = await droppedParts(source.files, onProgress);
  const hash = await hashOf(parts.vision);
  const listed = await knownAs(hash, io);
  return assembleDropped(parts, hash, listed);
}

async function fetchEntry(entry: ClipEntry, io: LoadIo, onProgress: LoadProgress): Promise<ClipParts> {
  const total = entryBytes(entry);
  let before = 0;
  const parts = new Map<ClipFile['role'], Uint8Array>();
  for (const file of entry.files) {
    const done = before;
    const bytes = await fetchFile(file, io, (read) => onProgress(Math.min(done + read, done + file.bytes), total));
    before += file.bytes;
    onProgress(before, total);
    parts.set(file.role, bytes);
  }
  const joint = parts.get('joint');
  const vision = parts.get('vision') ?? joint;
  if (!vision) throw damaged('Its list of files names no image tower.');
  const tokenizer = parts.get('tokenizer');
  return { vision, text: parts.get('text') ?? joint ?? null, tokenizer: tokenizer ? new TextDecoder().decode(tokenizer) : null };
}

async function fetchFile(file: ClipFile, io: LoadIo, onProgress: (bytes: number) => void): Promise<Uint8Array> {
  const cached = await io.cache?.get(file.sha256);
  if (cached && (await matches(cached, file))) return cached;
  const bytes = await io.fetchBytes(file.url, onProgress);
  if (await matches(bytes, file)) {
    await io.cache?.put(file.sha256, bytes);
    return bytes;
  }
  // Servers of single-page applications answer any address with their page.
  if (/^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 64)))) throw missingFile('A web page came in its place.');
  throw damaged(bytes.length === file.bytes ? 'Its checksum is wrong.' : `It has ${bytes.length} bytes in place of ${file.bytes}.`);
}

async function matches(bytes: Uint8Array, file: ClipFile): Promise<boolean> {
  return bytes.length === file.bytes && (await hashOf(bytes)) === file.sha256;
}

/** SHA-256 in hexadecimal, in slices so that large files need no second copy. */
export async function hashOf(bytes: Uint8Array): Promise<string> {
  const slice = 1 << 24;
  if (bytes.length <= slice) return sha256(bytes);
  const hash = await createSHA256();
  for (let start = 0; start < bytes.length; start += slice) hash.update(bytes.subarray(start, start + slice));
  return hash.digest('hex');
}

/** The manifest's entry for this image tower, if the list can be had: it knows more than the file alone says. */
async function knownAs(hash: string, io: LoadIo): Promise<ClipEntry | null> {
  try {
    const manifest = await loadManifest(io);
    return manifest.entries.find((entry) => entry.files.some((file) => file.sha256 === hash)) ?? null;
  } catch {
    return null;
  }
}

function damaged(why: string): StudioError {
  return new StudioError({
    code: 'clip-damaged',
    what: 'A file of the CLIP model arrived damaged.',
    why,
    action: 'Try the download again, or choose another CLIP from the list.',
  });
}
