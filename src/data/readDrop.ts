/**
 * From whatever a person hands over (dropped folders, a picked folder, chosen files, zip archives among them) to a flat
 * list of files with their paths. Files stay handles to the disk, so 100,000 of them cost little; the page stays
 * responsive, progress is reported, and the whole can be aborted. The list is sorted by path, so that the same folder
 * always gives the same order.
 */
import { StudioError } from '../shared/errors';
import { Breather } from './breathe';
import { nodeOfEntry, nodeOfHandle, walkTree, type Skipped, type TreeNode } from './walkTree';

export interface DroppedFile {
  /** Path inside what was dropped, '/'-separated, beginning with the dropped folder's name. */
  path: string;
  file: File;
}

export type DropSource = DataTransferItemList | FileSystemDirectoryHandle | FileList | readonly File[];

export interface ReadDropOptions {
  signal?: AbortSignal;
  /**
   * Told of everything that is left out while reading: empty and hidden folders, what cannot be read, damaged parts of
   * an archive.
   */
  onSkipped?: (skipped: Skipped) => void;
}

/** Far above what can be trained on here; a drop this large is a whole disk by mistake. */
export const MAX_FILES = 1_000_000;
const PROGRESS_EVERY = 100;
const isZip = (file: File): boolean =>
  /\.zip$/i.test(file.name) || file.type === 'application/zip' || file.type === 'application/x-zip-compressed';

/** Collects what is found, counts aloud and stops at the limit. Archives that were dropped as such are set aside. */
class Collector {
  readonly files: DroppedFile[] = [];
  readonly archives: DroppedFile[] = [];

  constructor(
    private readonly onProgress: (found: number) => void,
    readonly signal: AbortSignal | undefined,
    readonly skipped: (skipped: Skipped) => void,
  ) {}

  file(path: string, file: File): void {
    if (!path.includes('/') && isZip(file)) this.archives.push({ path, file });
    else this.add(path, file);
  }

  add(path: string, file: File): void {
    if (this.files.length >= MAX_FILES) throw tooManyFiles();
    this.files.push({ path, file });
    if (this.files.length % PROGRESS_EVERY === 0) this.onProgress(this.files.length);
  }
}

/**
 * Everything that the source offers right now. The items of a drop are gone after the first await, so this must not
 * wait.
 */
function rootsOf(source: DropSource): { nodes: TreeNode[]; files: DroppedFile[] } {
  if ('kind' in source) return { nodes: [nodeOfHandle(source)], files: [] };
  const nodes: TreeNode[] = [];
  const files: DroppedFile[] = [];
  for (const each of Array.from<DataTransferItem | File>(source)) {
    if (each instanceof File) {
      files.push({ path: each.webkitRelativePath || each.name, file: each });
    } else if (each.kind === 'file') {
      const entry = each.webkitGetAsEntry();
      const file = entry === null ? each.getAsFile() : null;
      if (entry !== null) nodes.push(nodeOfEntry(entry));
      else if (file !== null) files.push({ path: file.name, file });
    }
  }
  return { nodes, files };
}

async function unpack(zip: DroppedFile, collector: Collector): Promise<void> {
  const { readZip } = await import('./readZip');
  const root = zip.path.replace(/\.zip$/i, '');
  await readZip(zip.file, {
    signal: collector.signal,
    file: (path, file) => collector.add(`${root}/${path}`, file),
    skipped: ({ path, reason }) => collector.skipped({ path: `${root}/${path}`, reason }),
  });
}

/**
 * Lists the files of a drop. `onProgress` gets the number found so far, every now and then and at the end. Must be
 * called in the same task as the drop event. Zip archives that were dropped as such are opened; those inside of folders
 * are left as files. Throws `StudioError` `too-many-images` (over a million files), `format` (a zip that cannot be
 * read), or the signal's reason.
 */
export async function readDrop(
  source: DropSource,
  onProgress: (found: number) => void = () => undefined,
  options: ReadDropOptions = {},
): Promise<DroppedFile[]> {
  const { nodes, files } = rootsOf(source);
  const collector = new Collector(onProgress, options.signal, options.onSkipped ?? (() => undefined));
  options.signal?.throwIfAborted();
  await walkTree(nodes, collector);
  const breather = new Breather();
  for (const { path, file } of files) {
    await breather.breathe();
    options.signal?.throwIfAborted();
    collector.file(path, file);
  }
  for (const archive of collector.archives) await unpack(archive, collector);
  options.signal?.throwIfAborted();
  onProgress(collector.files.length);
  return collector.files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function tooManyFiles(): StudioError {
  return new StudioError({
    code: 'too-many-images',
    what: `There are more than ${MAX_FILES.toLocaleString('en-US')} files in what you dropped.`,
    why: 'That is more than can be held here, and often a whole disk by mistake.',
    action: 'Drop the folder with the pictures only, or a part of it.',
  });
}
