/**
 * Opens what can be opened among the files of a drop: archives, archives inside of archives, archives in parts, and
 * arrays of pictures (arrays.ts). Names of pictures are believed; of all other files the first bytes are looked at. What
 * cannot be opened is left out with its reason, and never ends the reading of the rest.
 */
import { StudioError } from '../../shared/errors';
import { Breather } from '../breathe';
import { isPictureName, pathReason } from '../pictureNames';
import type { WalkSink } from '../walkTree';
import { Budget } from './budget';
import { archiveRoot, importers, type Importer } from './importers';
import { joinParts } from './splitArchives';

export interface PathFile {
  path: string;
  file: File;
}

/** An archive in an archive in an archive; deeper is no one's data set. */
const MAX_NESTING = 4;
const HEADS_AT_ONCE = 32;
/** Archives are told by less; what else looks at beginnings needs more. */
const HEAD_BYTES = 4096;

async function headOf(file: File): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  } catch {
    return null;
  }
}

const words = (error: unknown): string => {
  if (error instanceof StudioError) return `${error.info.what} ${error.info.why}`;
  return 'The archive could not be read.';
};

interface Job extends PathFile {
  depth: number;
  disks: readonly File[] | null;
}

export class Expander {
  private readonly queue: Job[] = [];
  private readonly breather = new Breather();

  /** @param sink takes what is no archive; @param look is shown how files begin that are neither archive nor picture */
  constructor(
    private readonly sink: WalkSink,
    private readonly budget: Budget = new Budget(),
    private readonly look: (file: File, head: Uint8Array) => void = () => undefined,
  ) {}

  /** @throws StudioError `too-many-images`, as the sink does; the signal's reason */
  async expand(files: readonly PathFile[]): Promise<void> {
    const { breather } = this;
    await this.enqueue(files, 0);
    while (this.queue.length > 0) {
      const jobs = this.queue.splice(0, HEADS_AT_ONCE);
      const found = await Promise.all(jobs.map((job) => this.importerFor(job)));
      for (const [at, job] of jobs.entries()) {
        await breather.breathe();
        this.sink.signal?.throwIfAborted();
        const importer = found[at];
        if (importer) await this.open(job, importer);
        else this.sink.file(job.path, job.file);
      }
    }
  }

  private async enqueue(files: readonly PathFile[], depth: number): Promise<void> {
    // Almost all are pictures, which no archive is; what is left is little.
    const others: PathFile[] = [];
    for (const each of files) {
      await this.breather.breathe();
      this.sink.signal?.throwIfAborted();
      if (isPictureName(each.path)) this.sink.file(each.path, each.file);
      else others.push(each);
    }
    const { joined, skipped, rest } = joinParts(others);
    for (const each of skipped) this.sink.skipped(each);
    for (const { path, file, disks } of joined) this.queue.push({ path, file, disks, depth });
    for (const { path, file } of rest) {
      await this.breather.breathe();
      this.queue.push({ path, file, disks: null, depth });
    }
  }

  private async importerFor({ path, file, disks }: Job): Promise<Importer | null> {
    if (disks) return importers[0] ?? null;
    if (pathReason(path.slice(path.lastIndexOf('/') + 1)) !== null) return null;
    const head = await headOf(file);
    const importer = (head && importers.find((each) => each.sniff(head, path))) ?? null;
    if (head && !importer) this.look(file, head);
    return importer;
  }

  private async open({ path, file, depth, disks }: Job, importer: Importer): Promise<void> {
    if (depth >= MAX_NESTING) {
      this.sink.skipped({ path, reason: 'an archive inside of too many others; unpack it first' });
      return;
    }
    // A gzip file that is no tar archive is one file beside itself, not a folder.
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const inFolder = importer.name !== 'gzip';
    const root = inFolder ? `${archiveRoot(path)}/` : folder;
    const inner: PathFile[] = [];
    let told = false;
    const sink: WalkSink = {
      signal: this.sink.signal,
      encoding: this.sink.encoding,
      file: (each, content) => void inner.push({ path: `${root}${each}`, file: content }),
      skipped: ({ path: each, reason }) => {
        told = true;
        this.sink.skipped({ path: `${root}${each}`, reason });
      },
      decoded: (encoding) => this.sink.decoded?.(encoding),
    };
    try {
      if (disks) {
        const { readZip } = await import('../readZip');
        await readZip(file, sink, this.budget.zipLimits(), { disks });
      } else await importer.read(file, sink, this.budget);
    } catch (error) {
      this.sink.signal?.throwIfAborted();
      this.sink.skipped({ path, reason: words(error) });
      told = true;
    }
    if (inner.length === 0 && !told) this.sink.skipped({ path, reason: 'an empty archive' });
    await this.enqueue(inner, depth + (inFolder ? 1 : 0));
  }
}
