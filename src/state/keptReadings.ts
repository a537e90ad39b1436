/**
 * How a person corrected the reading of a folder, kept in localStorage for the next drop of the same one: known again by
 * its name and the folders in it. Storage that is full, forbidden or damaged means that nothing is remembered, never an
 * error.
 */
import * as v from 'valibot';
import { matteSchema } from '../shared/matte';
import type { FolderReading } from '../data/interpret';
import { smallestCell } from '../data/sheets/cellLayout';

const role = v.variant('as', [
  v.object({ as: v.literal('class'), name: v.pipe(v.string(), v.minLength(1)) }),
  v.object({ as: v.literal('unlabeled') }),
  v.object({ as: v.literal('ignored') }),
  v.object({ as: v.literal('through') }),
]);
const kept = v.object({
  corrections: v.record(v.string(), role),
  labelsFrom: v.picklist(['auto', 'folders', 'names']),
  /** The trait of which two classes were made; absent: none. */
  trait: v.optional(v.string()),
  /** What transparent parts of the pictures are laid over; absent: white. */
  matte: v.optional(matteSchema),
  /** Size in pixels of the pictures that sheets were cut into, and what lies between them; absent: they are whole. */
  cells: v.optional(
    v.object({
      width: v.pipe(v.number(), v.integer(), v.minValue(smallestCell)),
      height: v.pipe(v.number(), v.integer(), v.minValue(smallestCell)),
      gap: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
      edge: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    }),
  ),
});
export type KeptReading = v.InferOutput<typeof kept>;

export const uncorrected: KeptReading = { corrections: {}, labelsFrom: 'auto' };

export interface KeptReadings {
  load(key: string): KeptReading;
  save(key: string, reading: KeptReading): void;
}

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;

const storageKey = 'lcp-gan-studio/readings';
const MOST = 40;
/** Folders that tell one drop from another; of very many the first ones do. */
const FOLDERS = 200;

/** Names the reading of a folder before any correction. */
export function readingKey(name: string, reading: Pick<FolderReading, 'groups'>): string {
  let hash = 0;
  for (const { path } of reading.groups.slice(0, FOLDERS))
    for (let at = 0; at < path.length; at += 1) hash = (Math.imul(hash, 31) + path.charCodeAt(at)) | 0;
  return `${name}:${reading.groups.length}:${hash}`;
}

export function keptReadings(storage: Storage | undefined): KeptReadings {
  const all = (): [string, KeptReading][] => {
    try {
      const stored = v.safeParse(
        v.array(v.tuple([v.string(), kept])),
        JSON.parse(storage?.getItem(storageKey) ?? '[]'),
      );
      return stored.success ? stored.output : [];
    } catch {
      return [];
    }
  };
  return {
    load: (key) => all().find(([each]) => each === key)?.[1] ?? uncorrected,
    save(key, reading) {
      const others = all().filter(([each]) => each !== key);
      try {
        storage?.setItem(storageKey, JSON.stringify([[key, reading], ...others].slice(0, MOST)));
      } catch {
        // It is not remembered; what is open stays as it is.
      }
    },
  };
}
