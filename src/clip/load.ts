/**
 * Loading a CLIP: by its id in the manifest (from the cache or the network, checked against its checksum), or from
 * files that a person chose (recognised by their contents). Errors: 'clip-missing' (not there), 'clip-download' (broke
 * off), 'clip-damaged' (not what it should be), 'clip-unsupported' (whole, but no CLIP that can be used).
 */
import { externalFiles, inlineExternal, baseName } from '../formats/onnxExternal';
import { assembleDropped, assembleListed, type ClipParts } from './assemble';
import { damaged, downloadFile, hashOf, unhindered, type LoadControl } from './download';
import { droppedParts, type DroppedFile } from './dropped';
import { LineBroken, missingFile, type LoadIo } from './loadIo';
import { filesBytes, parseManifest, type ClipEntry, type ClipFile, type ClipManifest } from './manifest';
import type { ClipModel } from './model';

export type { LoadIo } from './loadIo';

export type ClipSource = { kind: 'manifest'; id: string } | { kind: 'files'; files: readonly DroppedFile[] };

/** @param onProgress bytes that are here, of bytes in all */
export type LoadProgress = (doneBytes: number, totalBytes: number) => void;

/**
 * The list of models; as it was last seen where it cannot be reached now, so that what is stored can be used without a
 * network.
 */
export async function loadManifest(io: LoadIo): Promise<ClipManifest> {
  let json: string;
  try {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of (await io.open('manifest.json', 0)).chunks) chunks.push(chunk.slice());
    json = await new Blob(chunks).text();
  } catch (error) {
    if (!(error instanceof LineBroken)) throw error;
    const last = await io.cache?.lastManifest();
    if (!last) throw missingFile(error.why);
    return parseManifest(last);
  }
  const manifest = parseManifest(json);
  await io.cache?.keepManifest(json);
  return manifest;
}

/** Loads and recognises a CLIP. `control` may pause or stop it between pieces of a download and between files. */
export async function loadClip(
  source: ClipSource,
  io: LoadIo,
  onProgress: LoadProgress,
  control: LoadControl = unhindered,
): Promise<ClipModel> {
  if (source.kind === 'manifest') {
    const entry = await listedEntry(source.id, io);
    return assembleListed(entry, await fetchFiles(entry.files, io, onProgress, control));
  }
  const parts = await droppedParts(source.files, onProgress);
  await control.gate();
  const hash = await hashOf(parts.vision);
  const listed = await knownAs(hash, io);
  return assembleDropped(parts, hash, listed);
}

/** The image tower of a listed CLIP, without its texts: nothing is fetched that only they need. */
export async function loadImageTower(
  id: string,
  io: LoadIo,
  onProgress: LoadProgress,
  control: LoadControl = unhindered,
): Promise<ClipModel> {
  const entry = await listedEntry(id, io);
  const files = entry.files.filter(({ role }) => role !== 'text' && role !== 'tokenizer');
  return assembleListed(entry, await fetchFiles(files, io, onProgress, control));
}

async function listedEntry(id: string, io: LoadIo): Promise<ClipEntry> {
  const entry = (await loadManifest(io)).entries.find((each) => each.id === id);
  if (!entry) throw missingFile(`There is no CLIP named ${id} in the list.`);
  return entry;
}

async function fetchFiles(
  files: readonly ClipFile[],
  io: LoadIo,
  onProgress: LoadProgress,
  control: LoadControl,
): Promise<ClipParts> {
  const total = filesBytes(files);
  let before = 0;
  const parts = new Map<ClipFile['role'], Uint8Array>();
  const data = new Map<string, Uint8Array>();
  for (const file of files) {
    const done = before;
    const bytes = await downloadFile(file, io, (read) => onProgress(done + read, total), control);
    before += file.bytes;
    onProgress(before, total);
    if (file.role === 'data') data.set(baseName(file.url), bytes);
    else parts.set(file.role, bytes);
    await control.gate();
  }
  const whole = (role: ClipFile['role']): Uint8Array | undefined => {
    const bytes = parts.get(role);
    return bytes && data.size > 0 && externalFiles(bytes).size > 0 ? inlineExternal(bytes, data) : bytes;
  };
  const joint = whole('joint');
  const vision = whole('vision') ?? joint;
  if (!vision) throw damaged('Its list of files names no image tower.');
  const tokenizer = parts.get('tokenizer');
  return {
    vision,
    text: whole('text') ?? joint ?? null,
    tokenizer: tokenizer ? new TextDecoder().decode(tokenizer) : null,
  };
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
