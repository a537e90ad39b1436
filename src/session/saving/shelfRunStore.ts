/**
 * Saves the newest runs in the browser, from visit to visit. A run that is going on in another tab is that tab's alone:
 * each holds a lock of the browser for the runs that it saves, which ends with the tab however that ends.
 */
import { Shelf } from '../../persist/shelf';
import type { AboutRun, SavedRun, RunStore } from './savedRun';

/** Name of the database. */
const runShelf = 'lcp-gan-runs';
/** Older ones make room: a run of large networks takes a hundred megabytes. */
const savedRuns = 3;
const lockPrefix = `${runShelf}/`;

export class ShelfRunStore implements RunStore {
  /** Writes of this size wear a disk: once in five minutes, besides those when a run rests or ends. */
  readonly everyMs = 5 * 60_000;
  private readonly held = new Set<string>();
  private opened: Promise<Shelf<AboutRun, SavedRun>> | null = null;

  /** @param name of the database */
  constructor(private readonly name: string = runShelf) {}

  async list(): Promise<AboutRun[]> {
    const [entries, elsewhere] = await Promise.all([(await this.shelf()).list(), this.heldElsewhere()]);
    return entries
      .map(({ about }) => about)
      .filter(({ id }) => !elsewhere.has(id))
      .toSorted((a, b) => b.savedAt - a.savedAt);
  }

  async load(id: string): Promise<SavedRun | null> {
    const run = await (await this.shelf()).get(id);
    return run?.format === 1 ? run : null;
  }

  async save(run: SavedRun): Promise<void> {
    const { about } = run;
    this.hold(about.id);
    const shelf = await this.shelf();
    await shelf.put(about.id, about, run);
    for (const { id } of (await this.list()).slice(savedRuns)) await shelf.delete(id);
  }

  async forget(id: string): Promise<void> {
    await (await this.shelf()).delete(id);
  }

  private shelf(): Promise<Shelf<AboutRun, SavedRun>> {
    this.opened ??= Shelf.open<AboutRun, SavedRun>(this.name);
    // Refused once is not refused for good.
    this.opened.catch(() => (this.opened = null));
    return this.opened;
  }

  private hold(id: string): void {
    if (this.held.has(id)) return;
    this.held.add(id);
    void navigator.locks?.request(lockPrefix + id, () => new Promise(() => undefined));
  }

  private async heldElsewhere(): Promise<Set<string>> {
    const { held = [] } = (await navigator.locks?.query().catch(() => null)) ?? {};
    const ids = held.flatMap(({ name }) => (name?.startsWith(lockPrefix) ? [name.slice(lockPrefix.length)] : []));
    return new Set(ids.filter((id) => !this.held.has(id)));
  }
}
