/**
 * Remembers that a data set is being read, in the tab's own storage: after a reload in the middle of it a person is told
 * why nothing is there. Without such storage nobody is told.
 */
type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface UnfinishedReading {
  /** Name of the data set whose reading was broken off by a reload; null where none was. */
  name(): string | null;
  /** Null: nothing is being read any more. */
  set(name: string | null): void;
}

const key = 'lcp-gan-studio/reading';

export function unfinishedReading(storage: Storage | undefined): UnfinishedReading {
  return {
    name() {
      try {
        return storage?.getItem(key) ?? null;
      } catch {
        return null;
      }
    },
    set(name) {
      try {
        if (name === null) storage?.removeItem(key);
        else storage?.setItem(key, name.slice(0, 1000));
      } catch {
        // Full or forbidden: nobody is told.
      }
    },
  };
}
