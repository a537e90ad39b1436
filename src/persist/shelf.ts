/**
 * Large values kept between visits in IndexedDB, each with a small description that can be listed without reading the
 * value: anything that a structured clone takes. A value and its description are put together or not at all.
 */
import { openDB, type IDBPDatabase } from 'idb';

export class Shelf<About, Value> {
  private constructor(private readonly database: IDBPDatabase) {}

  /**
   * @param name of the database; one shelf each. Rejects where the browser allows no storage (private windows of some)
   */
  static async open<About, Value>(name: string): Promise<Shelf<About, Value>> {
    const database = await openDB(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore('about');
        fresh.createObjectStore('value');
      },
      // Whoever deletes the database, or brings a newer version of it, need not wait for this page to be closed.
      blocking: (_present, _wanted, { target }) => (target as IDBDatabase).close(),
    });
    return new Shelf(database);
  }

  /** Replaces what lies under `id`. Rejects, and leaves the old, where there is no room. */
  async put(id: string, about: About, value: Value): Promise<void> {
    const change = this.database.transaction(['about', 'value'], 'readwrite', { durability: 'strict' });
    // The value first: one that cannot be cloned throws before the description is touched.
    await Promise.all([
      change.objectStore('value').put(value, id),
      change.objectStore('about').put(about, id),
      change.done,
    ]);
  }

  /** Changes the description alone; where there is nothing under `id`, nothing. */
  async describe(id: string, change: (about: About) => About): Promise<void> {
    const changing = this.database.transaction('about', 'readwrite');
    const about = (await changing.store.get(id)) as About | undefined;
    if (about !== undefined) await changing.store.put(change(about), id);
    await changing.done;
  }

  /** Null where there is nothing under `id`. */
  async get(id: string): Promise<Value | null> {
    return ((await this.database.get('value', id)) as Value | undefined) ?? null;
  }

  /** All descriptions, in no order. */
  async list(): Promise<{ id: string; about: About }[]> {
    const reading = this.database.transaction('about');
    const [ids, abouts] = await Promise.all([reading.store.getAllKeys(), reading.store.getAll()]);
    return ids.map((id, i) => ({ id: String(id), about: abouts[i] as About }));
  }

  /** Deletes all of `ids` or, where that fails, none. Deleting what is not there is no error. */
  async delete(...ids: readonly string[]): Promise<void> {
    const change = this.database.transaction(['about', 'value'], 'readwrite');
    const stores = [change.objectStore('about'), change.objectStore('value')];
    await Promise.all([...ids.flatMap((id) => stores.map((store) => store.delete(id))), change.done]);
  }

  close(): void {
    this.database.close();
  }
}

/** A shelf that is opened when it is first needed. */
export class LateShelf<About, Value> {
  private opened: Promise<Shelf<About, Value>> | null = null;

  /** @param name of the database */
  constructor(private readonly name: string) {}

  shelf(): Promise<Shelf<About, Value>> {
    this.opened ??= Shelf.open<About, Value>(this.name);
    // Refused once is not refused for good.
    this.opened.catch(() => (this.opened = null));
    return this.opened;
  }
}
