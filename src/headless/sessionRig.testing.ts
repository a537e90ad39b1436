/**
 * A session of red and blue pictures that keeps its runs in memory, and what a test listens to. Runs outlive the session
 * where the map of kept runs does.
 */
import { MemoryBlobStore } from '../data/blobStore';
import type { Arguments } from '../session/protocol/commands';
import type { Event, EventOf } from '../session/protocol/events';
import type { SavedRun } from '../session/saving/savedRun';
import { Session } from '../session/session';
import { nodePorts } from './nodePorts';
import { pictures, tinyClip } from './session.testing';

export interface SessionRig {
  session: Session;
  /** All that the session has told. */
  events: Event[];
  /** Resolves with the next event of this kind. */
  heard(wanted: (event: Event) => boolean): Promise<void>;
  last<T extends Event['type']>(type: T): EventOf<T> | undefined;
  /** Opens the pictures, once. */
  open(): Promise<void>;
  /** Starts a run with the tiny CLIP. */
  start(run: Omit<Arguments<'start'>, 'clip'>): Promise<void>;
}

/** @param saved kept runs by id: what the session saves is put there, and what is there can be loaded */
export function sessionRig(saved: Map<string, SavedRun>): SessionRig {
  const events: Event[] = [];
  const listeners: ((event: Event) => void)[] = [];
  const session = new Session({
    ...nodePorts((event) => {
      events.push(event);
      for (const listener of listeners) listener(event);
    }, new MemoryBlobStore()),
    runStore: {
      everyMs: 0,
      claim: () => Promise.resolve(true),
      list: async () => [...saved.values()].map(({ about }) => about),
      load: async (id) => saved.get(id) ?? null,
      save: async (run) => void saved.set(run.about.id, structuredClone(run)),
      setStopped: async (id, stopped) => void Object.assign(saved.get(id)?.about ?? {}, { stopped }),
      forget: async (id) => void saved.delete(id),
    },
  });
  return {
    session,
    events,
    heard: (wanted) => new Promise((resolve) => listeners.push((event) => wanted(event) && resolve())),
    last: <T extends Event['type']>(type: T) => events.findLast((event): event is EventOf<T> => event.type === type),
    open: async () => {
      await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
      const items = await pictures();
      await session.handle({ type: 'import', id: 1, classes: ['red', 'blue'], items, resolution: 32 });
    },
    start: async (run) => void (await session.handle({ type: 'start', id: 2, clip: await tinyClip(), ...run })),
  };
}
