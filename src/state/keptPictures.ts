/**
 * Pictures that stay at hand after their page is closed, and are opened again without a drop. Once they have been read
 * the browser keeps a copy; of what there is no room for, and while it is being read, it keeps hold of the folder on the
 * disk, where it can. What cannot be kept is not, and nobody is troubled with it.
 */
import * as v from 'valibot';
import type { DroppedFile } from '../data/readDrop';
import type { TextEncoding } from '../data/reading/encodings';
import type { KeptSet } from '../data/pictureShelf';
import type { CutNote } from '../data/sheets/cutNote';
import type { KeptChoice, Skipped } from './ports';
import type { StudioCore } from './studioCore';
import type { Source } from './studioState';

/** What reading a drop gives. */
export interface Opened {
  files: DroppedFile[];
  skipped: Skipped[];
  decoded: TextEncoding[];
  /** Sheets of sprites that became pictures. */
  cut: CutNote[];
  /** Files before archives were opened, where names in these may be in another encoding; else null. */
  listed: readonly DroppedFile[] | null;
}

/** What the reading of a drop said beside its files. */
const aboutSchema = v.object({
  kind: v.picklist(['folder', 'sample']),
  skipped: v.array(v.object({ path: v.string(), reason: v.string() })),
  decoded: v.array(v.string()),
  /** Absent in what older versions kept. */
  cut: v.optional(v.array(v.object({ sheet: v.string(), atlas: v.string(), pictures: v.number() })), []),
});

/** Of a drop; null where the browser gives none. */
type Handles = Promise<readonly FileSystemHandle[] | null>;

export class KeptPictures {
  private keeping = new AbortController();
  private sets: KeptSet[] = [];
  /** Where the files of a drop came from. */
  private readonly holds = new WeakMap<readonly DroppedFile[], Handles>();

  constructor(private readonly core: StudioCore) {}

  /** Reads what there is; none where it cannot be read. */
  async list(): Promise<void> {
    const { pictures, disk } = this.core.ports;
    const [sets, folders] = await Promise.all([pictures.list().catch(() => []), disk.list().catch(() => [])]);
    this.sets = sets;
    const kept: KeptChoice[] = [
      ...sets.map(({ id, name, pictures: count, savedAt }) => ({
        id,
        name,
        pictures: count,
        savedAt,
        place: 'browser' as const,
      })),
      ...folders
        .filter(({ id }) => !sets.some((set) => set.id === id))
        .map((folder) => ({ ...folder, place: 'disk' as const })),
    ];
    this.core.update((state) => {
      state.kept = kept.toSorted((a, b) => b.savedAt - a.savedAt);
    });
  }

  /**
   * Keeps hold of a folder while it is being read, under a name of its own.
   * @returns what lets go of it again
   */
  holdWhileReading(id: string, name: string, hold: Handles): () => void {
    const { disk, now } = this.core.ports;
    const held = hold
      .then((handles) => handles && disk.keep({ id, name, pictures: null, savedAt: now() }, handles))
      .catch(() => undefined);
    return () => void held.then(() => disk.remove(id)).catch(() => undefined);
  }

  /** Says where the files of a drop came from. */
  cameFrom(files: readonly DroppedFile[], hold: Handles): void {
    this.holds.set(files, hold);
  }

  /** Keeps the pictures that are open; what is being kept of others ends. */
  async keep(): Promise<void> {
    this.stop();
    const { source, picturesId, dataset } = this.core.state;
    if (!source || !dataset || picturesId === null) return;
    const { files: found, known } = source.uncut ?? source;
    const { skipped = [], decoded = [], cut = [] } = known;
    const byAtlas = cut.filter((each) => 'atlas' in each);
    const about = { kind: source.kind, skipped: [...skipped], decoded: [...decoded], cut: byAtlas };
    const { disk, pictures, now } = this.core.ports;
    const at = { id: picturesId, name: source.name, pictures: dataset.imageCount, savedAt: now() };
    const { signal } = this.keeping;
    // First what takes no time, until there is a copy.
    const handles = (await this.holds.get(found)) ?? null;
    if (handles) await disk.keep(at, handles).catch(() => undefined);
    // The sample is never far: only that it was open is kept.
    const files = source.kind === 'sample' ? [] : filesToKeep(source);
    const copied = !signal.aborted && (await pictures.keep({ ...at, about }, files, signal).catch(() => false));
    if (copied) await disk.remove(at.id).catch(() => undefined);
    if (copied || handles) await this.list();
  }

  stop(): void {
    this.keeping.abort();
    this.keeping = new AbortController();
  }

  /** The files of a set as its drop gave them; the sample comes from elsewhere. */
  async open(id: string): Promise<Opened | 'sample' | 'gone'> {
    const set = this.sets.find((each) => each.id === id);
    const about = v.safeParse(aboutSchema, set?.about);
    if (!about.success) return 'gone';
    if (about.output.kind === 'sample') return 'sample';
    const files = await this.core.ports.pictures.files(id);
    if (!files) return 'gone';
    const { skipped, decoded, cut } = about.output;
    return { files, skipped, decoded: decoded as Opened['decoded'], cut, listed: null };
  }
}

/** Pictures, sheets whole, and all that may say what they are; large files that are neither only cost room. */
function filesToKeep({ files: now, reading, uncut }: Source): Source['files'] {
  const files = uncut?.files ?? now;
  const pictures = new Set(
    uncut
      ? files.filter((_, at) => uncut.known.verdicts?.[at] === null)
      : reading.items.map(({ index }) => files[index]),
  );
  return files.filter((each) => pictures.has(each) || each.file.size < largestBeside);
}

/** Bytes of a file that is no picture and is kept all the same. */
const largestBeside = 32 * 2 ** 20;
