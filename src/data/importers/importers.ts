/**
 * Everything that is opened where it is met, dropped or inside of something else: name, how it is recognised by its
 * first bytes, and how its files are read. The archive's own name, without its endings, becomes a folder. What
 * archives hold together is bounded by one budget, however deeply they are nested.
 */
import type { WalkSink } from '../walkTree';
import type { Budget } from './budget';

/** As many bytes as a sniffer may look at; tar's mark is at 257. */
export const HEAD_BYTES = 1024;

export interface Importer {
  name: string;
  sniff(head: Uint8Array, name: string): boolean;
  /** Throws `StudioError` `format` where it cannot be read as a whole. */
  read(file: File, sink: WalkSink, budget: Budget): Promise<void>;
}

const startsWith = (head: Uint8Array, ...bytes: number[]): boolean => bytes.every((byte, at) => head[at] === byte);
const ascii = (head: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...head.subarray(at, at + length));

/** Zip archives by content that are something else to a person. */
const otherZips = /\.(?:docx|xlsx|pptx|odt|ods|odp|epub|jar|apk|pth?|ckpt|sketch|kra|ora|usdz|3mf|cbz)$/i;

export const importers: readonly Importer[] = [
  {
    name: 'zip',
    sniff: (head, name) =>
      (startsWith(head, 0x50, 0x4b, 3, 4) || startsWith(head, 0x50, 0x4b, 5, 6) || /\.zip$/i.test(name)) &&
      !otherZips.test(name),
    read: async (file, sink, budget) => (await import('../readZip')).readZip(file, sink, budget.zipLimits()),
  },
  {
    name: 'tar',
    sniff: (head, name) => ascii(head, 257, 5) === 'ustar' || /\.tar$/i.test(name),
    read: async (file, sink, budget) => (await import('./readTar')).readTar(file, sink, budget),
  },
  {
    name: 'gzip',
    sniff: (head) => startsWith(head, 0x1f, 0x8b, 8),
    read: async (file, sink, budget) => (await import('./readGzip')).readGzip(file, sink, budget),
  },
];

/** The name of the folder that stands for an archive. */
export const archiveRoot = (path: string): string =>
  path.replace(/(?:\.tar)?\.(?:zip|tar|tgz|gz|npz)(?:\.\d{3,})?$/i, '') || path;
