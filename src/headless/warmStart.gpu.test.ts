/** A run that begins with the networks of a kept one: its first samples are the last ones of that. */
import { expect, it } from 'vitest';
import { MemoryBlobStore } from '../data/blobStore';
import { discardTestEngine, testEngine } from '../gpu/testing/testEngine';
import type { Event, EventOf } from '../session/protocol/events';
import type { SavedRun } from '../session/saving/savedRun';
import { Session } from '../session/session';
import { nodePorts } from './nodePorts';
import { pictures, tinyClip, tinyRuns } from './session.testing';

it('goes on from what was learnt, with its own course and under its own id', { timeout: 300_000 }, async () => {
  discardTestEngine();
  const events: Event[] = [];
  const saved = new Map<string, SavedRun>();
  const heard = (wanted: (event: Event) => boolean): Promise<void> =>
    new Promise((resolve) => listeners.push((event) => wanted(event) && resolve()));
  const listeners: ((event: Event) => void)[] = [];
  const session = new Session({
    ...nodePorts((event) => {
      events.push(event);
      for (const listener of listeners) listener(event);
    }, new MemoryBlobStore()),
    runStore: {
      everyMs: 0,
      list: async () => [...saved.values()].map(({ about }) => about),
      load: async (id) => saved.get(id) ?? null,
      save: async (run) => void saved.set(run.about.id, structuredClone(run)),
      forget: async (id) => void saved.delete(id),
    },
  });
  const samples = (): EventOf<'samples'>[] => events.filter((event) => event.type === 'samples');
  const config = { ...tinyRuns.biggan, kimg: 0.006 };
  const clip = await tinyClip();
  await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
  await session.handle({ type: 'import', id: 1, classes: ['red', 'blue'], items: await pictures(), resolution: 32 });
  const finished = heard((event) => event.type === 'state' && event.state === 'finished');
  await session.handle({ type: 'start', id: 2, config, clip });
  await finished;
  const last = samples().at(-1);
  const [parent] = saved.keys();
  if (!last || !parent) throw new Error('the first run left nothing');
  expect(last.iteration).toBeGreaterThan(0);

  const begun = heard((event) => event.type === 'samples');
  const title = { data: 'again', origin: 'the first' };
  await session.handle({ type: 'start', id: 3, config, clip, from: { kind: 'run', run: parent }, title });
  await begun;
  await session.handle({ type: 'stop', id: 4 });
  const first = samples().find((event, i) => i > samples().indexOf(last) && event.iteration === 0);
  expect(new Uint8Array(first?.rgba ?? new ArrayBuffer(0))).toEqual(new Uint8Array(last.rgba));
  const fork = [...saved.values()].find(({ about }) => about.id !== parent)?.about;
  expect(fork?.title).toEqual(title);

  const gone = heard((event) => event.type === 'state' && event.state === 'failed');
  await session.handle({ type: 'start', id: 5, config, clip, from: { kind: 'run', run: 'nobody' } });
  await gone;
  expect(events.findLast((event) => event.type === 'failed')?.error.what).toContain('no longer kept');
  await session.close();
  await testEngine();
});
