/**
 * What has to be read before a folder can be interpreted: what files are whose names do not tell, and what label files
 * say. Pictures are not decoded here. Heads of files and label files only, a few at a time.
 */
import { Breather } from './breathe';
import { HEAD_BYTES } from './importers/importers';
import { foreignName, isPictureName, pathReason } from './pictureNames';
import type { LabelFile } from './reading/labelFile';
import { hasNoEnding, isLabelFile, isSidecar, MAX_SIDECAR_BYTES, readLabelFile } from './reading/labelFiles';
import { PathIndex } from './reading/pathIndex';
import { rowLimits } from './reading/rows';
import { sortInTurns } from './sortInTurns';
import { headReason, pictureKind, reasons } from './sniff';

export interface FileFacts {
  /** For each file: null for a picture, or why it is none. */
  verdicts: (string | null)[];
  labelFiles: LabelFile[];
}

/** Reads label files elsewhere. */
export interface LabelReader {
  /** One at a time. Rejects, or gives nothing, where it cannot. */
  read(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<LabelFile | null>;
  close(): void;
}

const AT_ONCE = 32;
/** A label file that is read within a frame or two. */
const SMALL_LABEL_BYTES = 128 * 2 ** 10;
/** Label files that are looked into; beyond it they are no label files but pictures' companions. */
const MAX_LABEL_FILES = 300_000;
/** All label files together. */
const MAX_LABEL_BYTES = 512 * 2 ** 20;

async function inTurns<T>(
  list: readonly T[],
  task: (each: T) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const breather = new Breather();
  for (let at = 0; at < list.length; at += AT_ONCE) {
    signal?.throwIfAborted();
    await breather.breathe();
    await Promise.all(list.slice(at, at + AT_ONCE).map(task));
  }
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    return null;
  }
}

/**
 * Never throws but for the signal's reason.
 * @param openReader what reads large label files, for these pictures; without it they are read here
 */
export async function factsOf(
  files: readonly { path: string; file: Blob }[],
  signal?: AbortSignal,
  openReader?: (pictures: readonly string[]) => LabelReader,
): Promise<FileFacts> {
  const verdicts: (string | null)[] = files.map(() => null);
  const unsure = [...files.entries()].filter(([, { path }]) => !isPictureName(path));
  const look = async ([at, { path, file }]: (typeof unsure)[number]): Promise<void> => {
    if (pathReason(path.slice(path.lastIndexOf('/') + 1)) !== null) {
      verdicts[at] = 'not a picture';
      return;
    }
    const head = await bytesOf(file.slice(0, HEAD_BYTES));
    if (head === null) {
      verdicts[at] = 'could not be read';
      return;
    }
    const reason = headReason(head);
    // A camera's raw file, or a microscope's slide, begins as a TIFF does.
    if (reason === null) verdicts[at] = pictureKind(head) === 'tiff' ? foreignName(path) : null;
    else verdicts[at] = foreignName(path) ?? reason;
  };
  await inTurns(unsure, look, signal);

  const candidates = unsure.filter(
    ([at, { path }]) =>
      verdicts[at] !== null && (isLabelFile(path) || (verdicts[at] === reasons.text && hasNoEnding(path))),
  );
  const labelFiles: LabelFile[] = [];
  if (candidates.length === 0) return { verdicts, labelFiles };
  const index = new PathIndex();
  const breather = new Breather();
  for (const [at, { path }] of files.entries()) {
    await breather.breathe();
    signal?.throwIfAborted();
    index.add(verdicts[at] === null ? path : null);
  }
  let bytesLeft = MAX_LABEL_BYTES;
  const large: { path: string; file: Blob }[] = [];
  const take = async ([, { path, file }]: (typeof candidates)[number]): Promise<void> => {
    const most = isSidecar(path) ? MAX_SIDECAR_BYTES : rowLimits.bytes;
    if (file.size > most || file.size > bytesLeft) {
      const size = `${Math.round(most / 2 ** 20)} MiB`;
      labelFiles.push({
        path,
        problem: `it is larger than ${size}, too large for a label file`,
        rows: [],
        names: null,
      });
      return;
    }
    bytesLeft -= file.size;
    if (openReader && file.size > SMALL_LABEL_BYTES) return void large.push({ path, file });
    const bytes = await bytesOf(file);
    if (bytes) labelFiles.push(readLabelFile(path, bytes, index));
  };
  await inTurns(candidates.slice(0, MAX_LABEL_FILES), take, signal);
  const pictures = (): string[] => files.flatMap(({ path }, at) => (verdicts[at] === null ? [path] : []));
  const reader = large.length > 0 ? openReader?.(pictures()) : undefined;
  try {
    for (const { path, file } of large) {
      signal?.throwIfAborted();
      const bytes = await bytesOf(file);
      if (!bytes) continue;
      const read = await reader?.read(path, bytes).catch(() => null);
      labelFiles.push(read ?? readLabelFile(path, bytes, index));
    }
  } finally {
    reader?.close();
  }
  const sorted = await sortInTurns(labelFiles, (a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { verdicts, labelFiles: sorted };
}
