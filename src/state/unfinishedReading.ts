/**
 * Remembers that a data set is being read, in the tab's own storage: after a reload in the middle of it a person is told
 * why nothing is there. Without such storage nobody is told.
 */
import * as v from 'valibot';

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

const schema = v.object({ name: v.string(), folder: v.string() });

/** Its name, and what its folder is kept by where the browser keeps hold of it. */
export type BrokenOff = v.InferOutput<typeof schema>;

export interface UnfinishedReading {
  /** What was being read when a reload broke it off; null where nothing was. */
  get(): BrokenOff | null;
  /** Null: nothing is being read any more. */
  set(reading: BrokenOff | null): void;
}

const key = 'lcp-gan-studio/reading';

export function unfinishedReading(storage: Storage | undefined): UnfinishedReading {
  return {
    get() {
      try {
        const stored = v.safeParse(schema, JSON.parse(storage?.getItem(key) ?? 'null'));
        return stored.success ? stored.output : null;
      } catch {
        return null;
      }
    },
    set(reading) {
      try {
        if (reading === null) storage?.removeItem(key);
        else storage?.setItem(key, JSON.stringify({ ...reading, name: reading.name.slice(0, 1000) }));
      } catch {
        // Full or forbidden: nobody is told.
      }
    },
  };
}
