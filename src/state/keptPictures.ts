/**
 * Pictures that stay in the browser after their page is closed: kept behind a person's back once they have been read,
 * and opened again without a drop. What there is no room for is not kept, and nobody is troubled with it.
 */
import * as v from 'valibot';
import type { DroppedFile } from '../data/readDrop';
import type { TextEncoding } from '../data/reading/encodings';
import type { Skipped } from './ports';
import type { StudioCore } from './studioCore';
import type { Source } from './studioState';

/** What reading a drop gives. */
export interface Opened {
  files: DroppedFile[];
  skipped: Skipped[];
  decoded: TextEncoding[];
  /** Files before archives were opened, where names in these may be in another encoding; else null. */
  listed: readonly DroppedFile[] | null;
}

/** What the reading of a drop said beside its files. */
const aboutSchema = v.object({
  kind: v.picklist(['folder', 'sample']),
  skipped: v.array(v.object({ path: v.string(), reason: v.string() })),
  decoded: v.array(v.string()),
});

export class KeptPictures {
  private keeping = new AbortController();

  constructor(private readonly core: StudioCore) {}

  /** Reads what there is; none where it cannot be read. */
  async list(): Promise<void> {
    const kept = await this.core.ports.pictures.list().catch(() => []);
    this.core.update((state) => {
      state.kept = kept;
    });
  }

  /** Keeps the pictures that are open; what is being kept of others ends. */
  async keep(): Promise<void> {
    this.stop();
    const { source, picturesId, dataset } = this.core.state;
    if (!source || !dataset || picturesId === null) return;
    const { skipped = [], decoded = [] } = source.known;
    const about = { kind: source.kind, skipped: [...skipped], decoded: [...decoded] };
    const { name } = source;
    const set = { id: picturesId, name, pictures: dataset.imageCount, savedAt: this.core.ports.now(), about };
    const { signal } = this.keeping;
    // The sample is never far: only that it was open is kept.
    const files = source.kind === 'sample' ? [] : filesToKeep(source);
    if (await this.core.ports.pictures.keep(set, files, signal).catch(() => false)) await this.list();
  }

  stop(): void {
    this.keeping.abort();
    this.keeping = new AbortController();
  }

  /** The files of a set as its drop gave them; the sample comes from elsewhere. */
  async open(id: string): Promise<Opened | 'sample' | 'gone'> {
    const set = this.core.state.kept.find((each) => each.id === id);
    const about = v.safeParse(aboutSchema, set?.about);
    if (!about.success) return 'gone';
    if (about.output.kind === 'sample') return 'sample';
    const files = await this.core.ports.pictures.files(id);
    if (!files) return 'gone';
    const { skipped, decoded } = about.output;
    return { files, skipped, decoded: decoded as Opened['decoded'], listed: null };
  }
}

/** Pictures, and all that may say what they are; large files that are neither only cost room. */
function filesToKeep({ files, reading }: Source): Source['files'] {
  const pictures = new Set(reading.items.map(({ index }) => files[index]));
  return files.filter((each) => pictures.has(each) || each.file.size < largestBeside);
}

/** Bytes of a file that is no picture and is kept all the same. */
const largestBeside = 32 * 2 ** 20;
