/**
 * Walks folders, whichever of the browser's two interfaces they come through: entries of a drop (`webkitGetAsEntry`) or
 * directory handles (`showDirectoryPicker`, OPFS). Files stay handles to the disk; nothing is read. A bounded number of
 * calls is under way at a time, and folders that cannot hold pictures (hidden, made by the system) are not entered.
 */
import { Breather } from './breathe';
import { skipFolderReason } from './pictureNames';
import type { TextEncoding } from './reading/encodings';
import type { CutNote } from './sheets/cutNote';

/** A file or folder, whatever it comes from. `open` gives a handle, not the bytes; `children` gives all of a folder. */
export type TreeNode =
  | { name: string; kind: 'file'; open(): Promise<File> }
  | { name: string; kind: 'folder'; children(): Promise<TreeNode[]> }
  /** What is there and is not read, with the reason. */
  | { name: string; kind: 'other'; reason: string };

export interface Skipped {
  path: string;
  reason: string;
}

export interface WalkSink {
  file(path: string, file: File): void;
  skipped(skipped: Skipped): void;
  signal: AbortSignal | undefined;
  /** Encoding of archives' names that are not Unicode, where a person said it. */
  encoding?: TextEncoding | undefined;
  /** Told of the encoding that such names were decoded in. */
  decoded?: (encoding: TextEncoding) => void;
  /** Told of each sheet of sprites that became pictures. */
  cut?: (note: CutNote) => void;
}

const MAX_DEPTH = 64;
const CALLS_AT_ONCE = 48;

/** Lets a bounded number of tasks run at a time, in the order in which they ask. */
class Queue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private head = 0;

  constructor(private readonly limit: number) {}

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await task();
    } finally {
      this.release();
    }
  }

  /**
   * Hands the place on to the next in line. The line is cut now and then, so that it is never shifted element by
   * element.
   */
  private release(): void {
    const next = this.waiting[this.head];
    if (next === undefined) {
      this.running -= 1;
      return;
    }
    this.head += 1;
    if (this.head === 4096) {
      this.waiting.splice(0, this.head);
      this.head = 0;
    }
    next();
  }
}

/**
 * Reports every file below `nodes` to the sink, in no particular order. Rejects with the signal's reason when aborted.
 */
export async function walkTree(nodes: readonly TreeNode[], sink: WalkSink): Promise<void> {
  const queue = new Queue(CALLS_AT_ONCE);
  const breather = new Breather();

  /**
   * Runs one call of the browser; what cannot be read is skipped with a reason, because one locked folder must not end
   * an import.
   */
  const attempt = async <T>(path: string, call: () => Promise<T>): Promise<T | null> => {
    sink.signal?.throwIfAborted();
    try {
      return await queue.run(async () => {
        await breather.breathe();
        sink.signal?.throwIfAborted();
        return call();
      });
    } catch {
      sink.signal?.throwIfAborted();
      sink.skipped({ path, reason: 'could not be read' });
      return null;
    }
  };

  /** @param chain whether everything found lies below: its hidden folder then hides nothing */
  const visit = async (node: TreeNode, path: string, depth: number, chain: boolean): Promise<void> => {
    if (node.kind === 'other') {
      sink.skipped({ path, reason: node.reason });
      return;
    }
    if (node.kind === 'file') {
      const file = await attempt(path, () => node.open());
      if (file !== null) sink.file(path, file);
      return;
    }
    const children = await attempt(`${path}/`, () => node.children());
    if (children === null) return;
    if (children.length === 0) sink.skipped({ path: `${path}/`, reason: 'an empty folder' });
    const alone = chain && children.length === 1;
    await Promise.all(children.map((child) => enter(child, `${path}/${child.name}`, depth + 1, alone)));
  };

  const enter = (node: TreeNode, path: string, depth: number, chain: boolean): Promise<void> => {
    const skip = node.kind === 'folder' && !(chain && node.name.startsWith('.')) ? skipFolderReason(node.name) : null;
    const reason = node.kind === 'folder' && depth > MAX_DEPTH ? 'nested too deeply' : skip;
    if (reason === null) return visit(node, path, depth, chain);
    sink.skipped({ path: `${path}/`, reason });
    return Promise.resolve();
  };

  await Promise.all(nodes.map((node) => visit(node, node.name, 0, nodes.length === 1)));
}

/**
 * A dropped file or folder. `readEntries` gives a part at a time (100 in Chromium) and must be called until it gives
 * none.
 */
export function nodeOfEntry(entry: FileSystemEntry): TreeNode {
  const { name } = entry;
  if (entry.isFile)
    return {
      name,
      kind: 'file',
      open: () => new Promise((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
    };
  const children = async (): Promise<TreeNode[]> => {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    const found: TreeNode[] = [];
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (part.length === 0) return found;
      for (const each of part) found.push(nodeOfEntry(each));
    }
  };
  return { name, kind: 'folder', children };
}

/** A file or folder that was picked, or lies in OPFS. */
export function nodeOfHandle(handle: FileSystemHandle): TreeNode {
  const { name } = handle;
  if (handle.kind === 'file') return { name, kind: 'file', open: () => (handle as FileSystemFileHandle).getFile() };
  const children = async (): Promise<TreeNode[]> => {
    const found: TreeNode[] = [];
    for await (const child of (handle as FileSystemDirectoryHandle).values()) found.push(nodeOfHandle(child));
    return found;
  };
  return { name, kind: 'folder', children };
}
