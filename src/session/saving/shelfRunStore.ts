/**
 * Keeps runs in the browser, from visit to visit: the newest whole, with their networks, so that they can go on; of
 * older ones the record (`runRecord.ts`). A run that a person named stays whole until it is deleted. A run that is
 * open in another tab is that tab's alone: each holds a lock of the browser for the runs that it goes on with or
 * saves, which ends with the tab however that ends. Whoever shows the list is told when it has changed in any tab.
 *
 * Four databases: the runs and their records, which the session writes; what a person did with them, and what the
 * timelines of those that can go on show (`timelineShelf.ts`), which the page writes.
 */
import { LateShelf } from '../../persist/shelf';
import { aboutRecord, bytesOfRecord, recordOf, type AboutRecord, type RunRecord } from './runRecord';
import type { Matte } from '../../shared/matte';
import { digestOfPictures, type AboutRun, type SavedRun, type RunStore } from './savedRun';
import { TimelineShelf, type TimelineEntry } from './timelineShelf';

/** Name of the database. */
const runShelf = 'lcp-gan-runs';
/** Older ones make room: a run of large networks takes a hundred megabytes. */
const savedRuns = 3;
/** Records are small, but samples of many add up. */
const keptRecords = 60;
/** A deleted run can be had back this long, and until the list is opened the next time after that. */
const undoMilliseconds = 10 * 60_000;

/** What a person did with a run. */
interface RunNote {
  name?: string | undefined;
  /** Milliseconds since the epoch. */
  deletedAt?: number | undefined;
}

/** A run as the list shows it. */
export interface KeptRun extends AboutRecord {
  /** The person's own; null where none was given. */
  name: string | null;
  deletedAt: number | null;
  /** Its networks are here: it can go on, and others can begin with them. */
  whole: boolean;
  /** Another tab has gone on with it or saved it, and is open still. */
  elsewhere: boolean;
  /** Digest of its pictures' contents, as a data set tells its own; null where it cannot go on. */
  pictures: string | null;
  /** What transparent parts of its pictures were laid over; absent: white. */
  matte?: Matte | undefined;
}

/** A run with all that is kept of it. */
export interface StoredRun extends KeptRun {
  /** Of its networks, where they are here, its record and its timeline. */
  storedBytes: number;
}

/** What the timeline of a run showed when the run was saved. */
export interface KeptTimeline {
  /** At which the run was saved. */
  iteration: number;
  /** The earliest first; none is later. */
  entries: TimelineEntry[];
}

export class ShelfRunStore implements RunStore {
  /** Writes of this size wear a disk: once in five minutes, besides those when a run rests or ends. */
  readonly everyMs = 5 * 60_000;
  private readonly held = new Set<string>();
  /** Of the pictures of runs: a run never has others. */
  private readonly digests = new Map<string, string>();
  private readonly runs: LateShelf<AboutRun, SavedRun>;
  private readonly records: LateShelf<AboutRecord, RunRecord>;
  private readonly notes: LateShelf<RunNote, null>;
  private readonly timelines: TimelineShelf;

  /** @param name of the databases */
  constructor(private readonly name: string = runShelf) {
    this.runs = new LateShelf(name);
    this.records = new LateShelf(`${name}-records`);
    this.notes = new LateShelf(`${name}-notes`);
    this.timelines = new TimelineShelf(`${name}-timelines`);
  }

  async list(): Promise<AboutRun[]> {
    const [entries, elsewhere, notes] = await Promise.all([
      (await this.runs.shelf()).list(),
      this.heldElsewhere(),
      this.notesById(),
    ]);
    return entries
      .map(({ about }) => about)
      .filter(({ id }) => !elsewhere.has(id) && notes.get(id)?.deletedAt === undefined)
      .toSorted((a, b) => b.savedAt - a.savedAt);
  }

  async claim(id: string): Promise<boolean> {
    // Where a browser has no locks, tabs know nothing of each other.
    if (this.held.has(id) || !navigator.locks) return true;
    return new Promise((answer, fail) => {
      const taken = (lock: Lock | null) => {
        answer(lock !== null);
        if (!lock) return undefined;
        this.held.add(id);
        this.tellOthers();
        return new Promise(() => undefined);
      };
      navigator.locks.request(this.lockOf(id), { ifAvailable: true }, taken).catch(fail);
    });
  }

  async load(id: string): Promise<SavedRun | null> {
    const run = await (await this.runs.shelf()).get(id);
    return run?.format === 1 ? run : null;
  }

  async save(run: SavedRun): Promise<void> {
    const { about } = run;
    this.hold(about.id);
    const runs = await this.runs.shelf();
    await runs.put(about.id, about, run);
    const record = recordOf(run);
    await (
      await this.records.shelf()
    ).put(about.id, { ...aboutRecord(about), recordBytes: bytesOfRecord(record) }, record);
    const notes = await this.notesById();
    const unnamed = (await this.list()).filter(({ id }) => notes.get(id)?.name === undefined);
    await runs.delete(...unnamed.slice(savedRuns).map(({ id }) => id));
    // The run itself is saved, whatever becomes of timelines.
    await this.timelines.retain(new Set((await runs.list()).map(({ id }) => id))).catch(() => undefined);
    await this.forgetOldRecords();
    this.tellOthers();
  }

  async setStopped(id: string, stopped: boolean): Promise<void> {
    await (await this.runs.shelf()).describe(id, (about) => ({ ...about, stopped }));
  }

  /** Forgets everything about a run, for good. */
  async forget(id: string): Promise<void> {
    const shelves = await Promise.all([this.runs.shelf(), this.records.shelf(), this.notes.shelf()]);
    for (const shelf of shelves) await shelf.delete(id);
    await this.timelines.keep(id, []);
    this.tellOthers();
  }

  /** What the page had kept of a run's timeline; null where the run is gone. */
  async timeline(id: string): Promise<KeptTimeline | null> {
    const about = await this.aboutWhole(id);
    return about && { iteration: about.iteration, entries: await this.timelines.upTo(id, about.iteration) };
  }

  /** Has `entries` kept as the timeline of a run that is here whole. Rejects where there is no room. */
  async keepTimeline(id: string, entries: readonly TimelineEntry[]): Promise<void> {
    await this.timelines.keep(id, (await this.aboutWhole(id)) ? entries : []);
  }

  /** All runs, newest first, those among them that were just deleted; what was deleted longer ago is forgotten now. */
  async all(now = Date.now()): Promise<KeptRun[]> {
    const notes = await this.notesById();
    for (const [id, { deletedAt }] of notes)
      if (deletedAt !== undefined && now - deletedAt > undoMilliseconds) await this.forget(id);
    const [runs, records, elsewhere] = await Promise.all([
      (await this.runs.shelf()).list(),
      (await this.records.shelf()).list(),
      this.heldElsewhere(),
    ]);
    const whole = new Map(runs.map(({ id, about }) => [id, about]));
    const known = new Map(records.map(({ id, about }) => [id, about]));
    // Runs of an earlier version have no record.
    for (const [id, about] of whole) if (!known.has(id)) known.set(id, aboutRecord(about));
    const all = [...known.values()].map(async (about) => ({
      ...about,
      name: notes.get(about.id)?.name ?? null,
      deletedAt: notes.get(about.id)?.deletedAt ?? null,
      whole: whole.has(about.id),
      elsewhere: elsewhere.has(about.id),
      pictures: await this.digestOf(whole.get(about.id)),
      matte: whole.get(about.id)?.identity.matte,
    }));
    return (await Promise.all(all)).toSorted((a, b) => b.savedAt - a.savedAt);
  }

  /**
   * Calls `changed` when a store has changed the list, of this tab or another, and when a tab gives up a run, however
   * that tab ends. The result ends it.
   */
  watch(changed: () => void): () => void {
    const ending = new AbortController();
    const awaited = new Set<string>();
    /** A lock that is free again is had by all who wait for it, for a moment. */
    const waitForFree = async (): Promise<void> => {
      for (const id of await this.heldElsewhere()) {
        if (awaited.has(id) || ending.signal.aborted) continue;
        awaited.add(id);
        void navigator.locks
          .request(this.lockOf(id), { mode: 'shared', signal: ending.signal }, () => undefined)
          .then(
            () => {
              awaited.delete(id);
              tell();
            },
            () => undefined, // ended
          );
      }
    };
    const tell = (): void => {
      changed();
      void waitForFree();
    };
    const channel = new BroadcastChannel(this.name);
    channel.addEventListener('message', tell);
    void waitForFree();
    return () => {
      ending.abort();
      channel.close();
    };
  }

  /** All runs as they take room, those that another tab trains and those that were just deleted among them. */
  async stored(): Promise<StoredRun[]> {
    const timelines = await this.timelines.bytesByRun().catch(() => new Map<string, number>());
    return Promise.all(
      (await this.all()).map(async (run) => {
        // A record of an earlier version does not say its size.
        const record = run.recordBytes === undefined ? await this.record(run.id) : null;
        const recordBytes = run.recordBytes ?? (record ? bytesOfRecord(record) : 0);
        return { ...run, storedBytes: (run.whole ? run.bytes : 0) + recordBytes + (timelines.get(run.id) ?? 0) };
      }),
    );
  }

  /** Curves and samples of a run; null where it is gone. */
  async record(id: string): Promise<RunRecord | null> {
    const record = await (await this.records.shelf()).get(id);
    if (record) return record;
    const run = await this.load(id);
    return run && recordOf(run);
  }

  /** @param name empty: as it was called before any was given */
  async rename(id: string, name: string): Promise<void> {
    await this.note(id, { name: name.trim() || undefined });
  }

  /** Marks a run as deleted, or takes that back. */
  async mark(id: string, deletedAt: number | null): Promise<void> {
    await this.note(id, { deletedAt: deletedAt ?? undefined });
  }

  private async note(id: string, change: RunNote): Promise<void> {
    const before = (await this.notesById()).get(id);
    await (await this.notes.shelf()).put(id, { ...before, ...change }, null);
    this.tellOthers();
  }

  private tellOthers(): void {
    const channel = new BroadcastChannel(this.name);
    channel.postMessage(null);
    channel.close();
  }

  private async aboutWhole(id: string): Promise<AboutRun | null> {
    return (await (await this.runs.shelf()).list()).find((entry) => entry.id === id)?.about ?? null;
  }

  private async digestOf(about: AboutRun | undefined): Promise<string | null> {
    if (!about) return null;
    const digest = this.digests.get(about.id) ?? (await digestOfPictures(about.identity.pictures));
    this.digests.set(about.id, digest);
    return digest;
  }

  private async notesById(): Promise<Map<string, RunNote>> {
    return new Map((await (await this.notes.shelf()).list()).map(({ id, about }) => [id, about]));
  }

  private async forgetOldRecords(): Promise<void> {
    const old = (await this.all()).filter(({ whole, name }) => !whole && name === null).slice(keptRecords);
    for (const { id } of old) await this.forget(id);
  }

  /** Counts a run as this tab's own from now on; where another store has its lock, that comes once it is free. */
  private hold(id: string): void {
    if (this.held.has(id)) return;
    this.held.add(id);
    void navigator.locks?.request(this.lockOf(id), () => new Promise(() => undefined));
  }

  private lockOf(id: string): string {
    return `${runShelf}/${id}`;
  }

  private async heldElsewhere(): Promise<Set<string>> {
    const { held = [] } = (await navigator.locks?.query().catch(() => null)) ?? {};
    const prefix = this.lockOf('');
    const ids = held.flatMap(({ name }) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : []));
    return new Set(ids.filter((id) => !this.held.has(id)));
  }
}
