/**
 * What a page shows on the timelines of kept runs, in a database of its own: the grids, the clusters' cards and the
 * marks that only the page has. The page writes it whenever the session has saved a run, and has it back when that run
 * goes on. Each entry is written once, so that a save writes what is new since the last.
 */
import { LateShelf } from '../../persist/shelf';

export interface TimelineEntry {
  /** Unique in its run; what lies under a key never changes. */
  key: string;
  /** Of the run, at which it came to be. */
  iteration: number;
  bytes: number;
  /** Anything that a structured clone takes. */
  value: unknown;
}

interface AboutEntry extends Pick<TimelineEntry, 'iteration' | 'bytes'> {
  run: string;
}

/** New entries take at most this share of the room that is left: the rest is for what a run cannot go on without. */
const share = 0.25;

export class TimelineShelf {
  private readonly entries: LateShelf<AboutEntry, unknown>;

  /** @param name of the database */
  constructor(name: string) {
    this.entries = new LateShelf(name);
  }

  /** Has `entries` in place of what was kept of the run. Rejects, with some of them kept, where there is no room. */
  async keep(run: string, entries: readonly TimelineEntry[]): Promise<void> {
    const shelf = await this.entries.shelf();
    const wanted = new Set(entries.map(({ key }) => idOf(run, key)));
    const before = (await shelf.list()).filter(({ about }) => about.run === run).map(({ id }) => id);
    await shelf.delete(...before.filter((id) => !wanted.has(id)));
    const known = new Set(before);
    const added = entries.filter(({ key }) => !known.has(idOf(run, key)));
    const bytes = added.reduce((sum, entry) => sum + entry.bytes, 0);
    const { usage = 0, quota = Infinity } = (await navigator.storage?.estimate?.()) ?? {};
    if (bytes > share * Math.max(0, quota - usage))
      throw new DOMException('no room for a timeline', 'QuotaExceededError');
    for (const { key, iteration, bytes: size, value } of added)
      await shelf.put(idOf(run, key), { run, iteration, bytes: size }, value);
  }

  /** What is kept of the run up to an iteration, the earliest first. */
  async upTo(run: string, iteration: number): Promise<TimelineEntry[]> {
    const shelf = await this.entries.shelf();
    const found = (await shelf.list())
      .filter(({ about }) => about.run === run && about.iteration <= iteration)
      .toSorted((a, b) => a.about.iteration - b.about.iteration);
    return Promise.all(
      found.map(async ({ id, about }) => ({
        key: id.slice(idOf(run, '').length),
        iteration: about.iteration,
        bytes: about.bytes,
        value: await shelf.get(id),
      })),
    );
  }

  /** Bytes of the timeline of each run that has one. */
  async bytesByRun(): Promise<Map<string, number>> {
    const sums = new Map<string, number>();
    for (const { about } of await (await this.entries.shelf()).list())
      sums.set(about.run, (sums.get(about.run) ?? 0) + about.bytes);
    return sums;
  }

  /** Forgets the timelines of all runs but these. */
  async retain(runs: ReadonlySet<string>): Promise<void> {
    const shelf = await this.entries.shelf();
    const gone = (await shelf.list()).filter(({ about }) => !runs.has(about.run));
    await shelf.delete(...gone.map(({ id }) => id));
  }
}

const idOf = (run: string, key: string): string => `${run}/${key}`;
