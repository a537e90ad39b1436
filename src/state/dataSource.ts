/**
 * The pictures that are open: read from a drop, a folder or the sample, imported into the session, and left again. Two
 * drops may overtake each other while their files are listed; the user's order counts.
 */
import type { FolderReading } from '../data/interpret';
import type { DroppedFile, DropSource } from '../data/readDrop';
import type { TextEncoding } from '../data/reading/encodings';
import type { CutNote } from '../data/sheets/cutNote';
import { sameLayout, type CellLayout } from '../data/sheets/cellLayout';
import { white, type Matte } from '../shared/matte';
import { StudioError, toErrorInfo } from '../shared/errors';
import type { Confirmation } from './confirmation';
import { cutAsSaid } from './cutAsSaid';
import { KeptPictures, type Opened } from './keptPictures';
import { readingKey, uncorrected, type KeptReading } from './keptReadings';
import { PictureImport } from './pictureImport';
import type { KeptChoice, Skipped } from './ports';
import type { StudioCore } from './studioCore';
import { isRunning, Source, type KnownFiles, type SourceKind } from './studioState';

/** What is being opened, beside its files. */
interface Opening {
  kind: SourceKind;
  name: string;
  /** Where it lies on the disk; null where the browser does not say. */
  hold: Promise<readonly FileSystemHandle[] | null>;
  /** What it can be opened again by after a reload: of the state's `kept`, or to be. */
  folder: string;
}

const opening = (
  kind: SourceKind,
  name: string,
  hold: Opening['hold'] = Promise.resolve(null),
  folder: string = crypto.randomUUID(),
): Opening => ({ kind, name, hold, folder });

export class DataSource {
  /** Numbers what is dropped or picked, in the user's order. */
  private tickets = 0;
  /** Number of the pictures that are open; pictures of a smaller number that are listed only now come too late. */
  private opened = 0;
  private readonly imports: PictureImport;
  readonly kept: KeptPictures;
  /** Ends the listing of what is being read. */
  private listing = new AbortController();
  /** What was open before the pictures that are being read; null once they are there. */
  private before: Source | null = null;

  constructor(
    private readonly core: StudioCore,
    private readonly confirmation: Confirmation,
    private readonly openCheckpoint: (file: File) => Promise<void>,
  ) {
    this.kept = new KeptPictures(core);
    this.imports = new PictureImport(core);
  }

  /**
   * Reads what was dropped or picked. Must be called in the same task as the drop event. While a run is going the user
   * is asked first.
   */
  openDrop(source: DropSource, name: string): Promise<void> {
    return this.read(source, name, undefined);
  }

  /** Opens the archives of the open drop anew, with the names in them in this encoding. Not while a run is going. */
  async readNamesAs(encoding: TextEncoding): Promise<void> {
    const { source, session } = this.core.state;
    if (source?.listed && !isRunning(session)) await this.read({ listed: source.listed }, source.name, encoding);
  }

  private read(source: DropSource, name: string, encoding: TextEncoding | undefined): Promise<void> {
    const hold = this.core.ports.disk.hold(source).catch(() => null);
    const read = async (onProgress: (done: number) => void): Promise<Opened> => {
      const skipped: Skipped[] = [];
      const decoded: TextEncoding[] = [];
      const cut: CutNote[] = [];
      let listed: readonly DroppedFile[] = [];
      const files = await this.core.ports.readDrop(source, {
        found: onProgress,
        skipped: (each) => void skipped.push(each),
        decoded: (each) => void decoded.push(each),
        cut: (each) => void cut.push(each),
        listed: (each) => (listed = each),
        encoding,
        signal: this.listing.signal,
      });
      this.kept.cameFrom(files, hold);
      return { files, skipped, decoded, cut, listed: decoded.length > 0 ? listed : null };
    };
    return this.open(opening('folder', name, hold), (onProgress) => read((found) => onProgress(found, 0)));
  }

  openSample(): Promise<void> {
    return this.open(opening('sample', 'Sample pictures'), async (onProgress) => ({
      files: await this.core.ports.loadSample(onProgress),
      skipped: [],
      decoded: [],
      cut: [],
      listed: null,
    }));
  }

  /**
   * Opens pictures of an earlier visit; for those on the disk the browser may ask the person for leave.
   * @param id of the set, one of the state's `kept`
   */
  async openKept(id: string): Promise<void> {
    const set = this.core.state.kept.find((each) => each.id === id);
    if (!set) return;
    if (set.place === 'disk') return this.openHeld(set);
    const files = this.kept.open(id);
    if ((await files) === 'sample') return this.openSample();
    return this.open(opening('folder', set.name, undefined, id), async () => {
      const opened = await files;
      if (typeof opened === 'string') {
        await this.kept.list();
        throw picturesGone();
      }
      return opened;
    });
  }

  private async openHeld({ id, name }: KeptChoice): Promise<void> {
    const { disk } = this.core.ports;
    const handles = await disk.open(id).catch(() => 'gone' as const);
    if (typeof handles !== 'string') return this.read({ handles }, name, undefined);
    if (handles === 'gone') {
      await disk.remove(id).catch(() => undefined);
      await this.kept.list();
    }
    this.core.report(toErrorInfo(handles === 'gone' ? folderGone(name) : notAllowed(name)));
  }

  /**
   * Reads the open folder anew, as a person corrected it, and remembers that for its next drop. Not while a run is
   * going.
   */
  async correct(corrected: KeptReading): Promise<void> {
    const { source, session } = this.core.state;
    if (!source || isRunning(session)) return;
    const { kind, name, key, listed } = source;
    const whole = source.uncut ?? source;
    const now = await this.readNow(source, whole, corrected);
    if (now === null) return;
    const { files, known, reading } = now;
    // Other pictures were opened meanwhile, or a run began.
    if (this.core.state.source !== source || isRunning(this.core.state.session)) return;
    this.changing(source);
    this.core.ports.keptReadings.save(key, corrected);
    this.core.resetRun();
    this.core.update((state) => {
      Object.assign(state, {
        source: new Source(kind, name, files, reading, known, corrected, key, listed, uncutOf(whole, files)),
        dataset: null,
        decoded: null,
        problem: null,
      });
    });
    if (reading.items.length > 0) await this.import();
    else this.imports.overtake();
  }

  /** Cuts the sheets among the open pictures into pictures of a size; null: they are whole again. */
  async cutSheets(cells: CellLayout | null): Promise<void> {
    const { source } = this.core.state;
    if (source) await this.correct({ ...source.corrected, cells: cells ?? undefined });
  }

  /** The open files as a person corrected them, while the page waits. Null where it was cancelled, or failed. */
  private async readNow(
    source: Source,
    whole: KnownFiles,
    corrected: KeptReading,
  ): Promise<(KnownFiles & { reading: FolderReading }) | null> {
    const { signal } = this.listing;
    this.core.update((state) => {
      state.reading = { kind: 'again', done: 0, total: 0 };
    });
    try {
      const { files, known } = sameCells(corrected, source.corrected)
        ? source
        : await cutAsSaid(whole, corrected.cells, this.core.ports, signal);
      const paths = files.map(({ path }) => path);
      const reading = await this.core.ports.interpretFolder(paths, { ...known, ...corrected });
      return signal.aborted ? null : { files, known, reading };
    } catch (error) {
      if (!signal.aborted) this.core.report(toErrorInfo(error));
      return null;
    } finally {
      if (!signal.aborted)
        this.core.update((state) => {
          state.reading = null;
        });
    }
  }

  /** Ends what is being read; the page is as it was before. */
  async cancel(): Promise<void> {
    this.listing.abort();
    this.listing = new AbortController();
    this.opened = ++this.tickets;
    this.imports.overtake();
    this.core.ports.unfinishedReading.set(null);
    const { importProgress } = this.core.state;
    // What it has told until now comes before its answer.
    if (importProgress) await this.core.session?.cancelImport().catch(() => undefined);
    this.core.flush();
    const { before } = this;
    if (importProgress && !before) this.discardData();
    this.core.update((state) => {
      Object.assign(state, { reading: null, importProgress: null, announcement: 'Reading was cancelled.' });
      if (importProgress && before) Object.assign(state, { source: before, dataset: null, decoded: null });
    });
    if (!importProgress || !before) return;
    this.core.ports.keptReadings.save(before.key, before.corrected);
    await this.import();
  }

  /** The open pictures are to be read in another way: who cancels that has them as they are now. */
  private changing(source: Source): void {
    if (this.core.state.dataset) this.before ??= source;
  }

  /** Leaves the data set and goes back to the first screen. A run must have ended. */
  closeData(): void {
    if (this.confirmation.wouldLoseMuch) return this.confirmation.ask({ kind: 'close' }, () => this.discardData());
    this.discardData();
  }

  /** Pictures that are there, or on their way, at another resolution than the configuration's are read again. */
  readAgainAtResolution(): void {
    if (this.core.state.source && !isRunning(this.core.state.session)) void this.readForResolution();
  }

  /**
   * Lays transparent parts of the open pictures over a colour: where it is another one, they are read again. Until then
   * the page shows what it knows of them. Not while a run is going.
   */
  async layOver(matte: Matte): Promise<void> {
    const { source, session } = this.core.state;
    if (!source || isRunning(session) || (source.corrected.matte ?? white) === matte) return;
    const { kind, name, files, reading, known, key, listed, uncut } = source;
    const corrected = { ...source.corrected, matte };
    this.changing(source);
    this.core.ports.keptReadings.save(key, corrected);
    this.core.resetRun();
    this.core.update((state) => {
      state.source = new Source(kind, name, files, reading, known, corrected, key, listed, uncut);
    });
    if (reading.items.length > 0) await this.import();
  }

  /** Settles when the pictures are there at the configuration's resolution. */
  async readForResolution(): Promise<void> {
    if (!this.imports.isAtResolution) await this.import();
  }

  /** After a failure: a fresh worker, and the same pictures once more. */
  async retry(): Promise<void> {
    const { source } = this.core.state;
    this.core.reopenSession();
    this.core.resetRun();
    this.core.update((state) => {
      state.stage = source ? 'review' : 'welcome';
    });
    if (source) await this.import();
  }

  private discardData(): void {
    this.kept.stop();
    if (this.core.state.importProgress) void this.core.session?.cancelImport().catch(() => undefined);
    this.before = null;
    this.opened = ++this.tickets;
    this.imports.overtake();
    if (this.mustReopen()) this.core.reopenSession();
    this.core.resetRun();
    this.core.update((state) => {
      Object.assign(state, {
        stage: 'welcome',
        aside: null,
        source: null,
        dataset: null,
        decoded: null,
        importProgress: null,
        reading: null,
      });
    });
  }

  private async open(
    what: Opening,
    read: (onProgress: (done: number, total: number) => void) => Promise<Opened>,
  ): Promise<void> {
    const { kind, name } = what;
    const asks = isRunning(this.core.state.session) || this.confirmation.wouldLoseMuch;
    const ticket = ++this.tickets;
    // Listing must begin in the same task as the drop event, whatever the user answers later.
    const files = read((done, total) => {
      if (asks || ticket < this.opened) return;
      this.core.update((state) => {
        state.reading = { kind, done, total };
      });
    });
    if (!asks) return this.take(what, files, ticket);
    files.catch(() => undefined);
    this.confirmation.ask({ kind: 'drop', name }, () => this.take(what, files, ++this.tickets));
  }

  private async take({ kind, name, hold, folder }: Opening, opened: Promise<Opened>, ticket: number): Promise<void> {
    this.core.update((state) => {
      state.reading = { kind, done: 0, total: 0 };
      state.problem = null;
      state.leftOut = [];
      state.brokenOff = null;
    });
    if (kind === 'folder') this.core.ports.unfinishedReading.set({ name, folder });
    const letGo = this.kept.holdWhileReading(folder, name, hold);
    try {
      const { files: found, skipped, decoded, cut, listed } = await opened;
      // A CLIP takes no pictures' place: those that are open, or on their way, stay.
      if (isClip(found)) return this.takeClip(found);
      const checkpoint = found.find(({ path }) => /\.safetensors$/i.test(path))?.file;
      if (checkpoint) return this.takeCheckpoint(checkpoint);
      if (ticket < this.opened) return;
      const { ports } = this.core;
      const { signal } = this.listing;
      const facts = await ports.factsOf(found, signal);
      const sheets = await ports.sheets.offer(found, facts.verdicts, signal);
      if (ticket < this.opened) return;
      const whole: KnownFiles = { files: found, known: { ...facts, skipped, decoded, cut, sheets } };
      const first = await ports.interpretFolder(
        found.map(({ path }) => path),
        whole.known,
      );
      const key = readingKey(name, first);
      const corrected = ports.keptReadings.load(key);
      const { files, known } = await cutAsSaid(whole, corrected.cells, this.core.ports, signal);
      const paths = files.map(({ path }) => path);
      const reading =
        corrected === uncorrected ? first : await ports.interpretFolder(paths, { ...known, ...corrected });
      if (ticket < this.opened) return;
      const empty = first.warnings.find(({ code }) => code === 'folder-empty');
      if (empty) {
        this.core.update((state) => {
          state.leftOut = first.ignored;
        });
        throw new StudioError({ code: 'folder-empty', what: empty.text, why: empty.why, action: empty.action });
      }
      this.opened = ticket;
      this.before = this.core.state.source;
      if (this.mustReopen()) this.core.reopenSession();
      this.core.resetRun();
      this.core.update((state) => {
        Object.assign(state, {
          stage: 'review',
          aside: null,
          source: new Source(kind, name, files, reading, known, corrected, key, listed, uncutOf(whole, files)),
          dataset: null,
          decoded: null,
          reading: null,
        });
      });
      // Where labels are missing, pictures are read all the same: they can be labeled here.
      if (reading.items.length > 0) await this.import();
    } catch (error) {
      if (ticket < this.opened) return;
      this.core.update((state) => {
        state.reading = null;
      });
      this.core.report(toErrorInfo(error));
    } finally {
      letGo();
      if (ticket === this.tickets) this.core.ports.unfinishedReading.set(null);
    }
  }

  /** Files of a CLIP were dropped in place of pictures: they are chosen as such, and the data set stays. */
  private takeClip(files: readonly DroppedFile[]): void {
    this.core.update((state) => {
      state.reading = null;
      state.clip = { kind: 'files', files: files.map(({ file }) => file), paths: files.map(({ path }) => path) };
      state.announcement = `These are the files of a CLIP: it is chosen for the next run.${state.source ? '' : ' Now drop a folder of pictures.'}`;
    });
  }

  /** An export of the studio was dropped: its generator draws, and the data set stays. */
  private takeCheckpoint(file: File): Promise<void> {
    this.core.update((state) => {
      state.reading = null;
    });
    return this.openCheckpoint(file);
  }

  /**
   * A session that has failed, or is at work for data that are being replaced, gives way to a fresh one; any other can
   * simply go on.
   */
  private mustReopen(): boolean {
    return this.core.state.session === 'failed' || isRunning(this.core.state.session);
  }

  private async import(): Promise<void> {
    const outcome = await this.imports.run();
    if (outcome === 'overtaken') return;
    this.before = null;
    if (outcome === 'read') void this.kept.keep();
  }
}

const sameCells = ({ cells: a }: KeptReading, { cells: b }: KeptReading): boolean =>
  a && b ? sameLayout(a, b) : a === b;

/** What a source holds besides, where its files are not those that were found. */
const uncutOf = ({ files, known }: KnownFiles, now: readonly DroppedFile[]): KnownFiles | null =>
  files === now ? null : { files, known };

function folderGone(name: string): StudioError {
  return new StudioError({
    code: 'storage',
    what: `“${name}” is no longer where it was on this machine.`,
    why: 'It was moved, renamed or deleted.',
    action: 'Drop it again.',
  });
}

function notAllowed(name: string): StudioError {
  return new StudioError({
    code: 'storage',
    what: `The browser was not allowed to read “${name}”.`,
    why: 'It asks anew at each visit, and reads nothing without a yes.',
    action: 'Press once more and allow it, or drop the folder again.',
  });
}

function picturesGone(): StudioError {
  return new StudioError({
    code: 'storage',
    what: 'These pictures are no longer kept in this browser.',
    why: 'The browser made room, or they were deleted in another tab.',
    action: 'Drop their folder again.',
  });
}

/** ONNX models, perhaps with what lies beside them, and no picture. */
function isClip(files: readonly DroppedFile[]): boolean {
  const named = (pattern: RegExp): boolean => files.some(({ path }) => pattern.test(path));
  return named(/\.onnx$/i) && !named(/\.(png|jpe?g|webp|gif|bmp|avif|zip|tar)$/i);
}
