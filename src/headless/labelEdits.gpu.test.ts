/**
 * Labels that a person changes while a run is going on: they reach the training at a refresh, without a restart; what
 * is left out is no longer drawn; and a run that is broken off goes on with the labels it had, to the bit.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MemoryBlobStore } from '../data/blobStore';
import { discardTestEngine } from '../gpu/testing/testEngine';
import { IGNORED } from '../lcp/labels/labelBook';
import type { ClipSource, ImportItem } from '../session/protocol/commands';
import type { Event, EventOf } from '../session/protocol/events';
import type { RunStore } from '../session/saving/savedRun';
import { Session } from '../session/session';
import { UNLABELED } from '../shared/domain';
import { FileRunStore } from './fileRunStore';
import { nodePorts } from './nodePorts';
import { pictures, tensorsOf, tinyClip, tinyRuns } from './session.testing';

/** A dozen iterations: labels are taken in at every second one. */
const config = tinyRuns.biggan;
/** Pictures 0 and 3 came without a label; 1 was labeled and is left out. */
const change = { classes: ['red', 'blue'], images: Uint32Array.of(0, 3, 1), to: Int32Array.of(0, 1, IGNORED) };

let items: ImportItem[];
let clip: ClipSource;
beforeAll(async () => {
  items = await pictures();
  clip = await tinyClip();
});
afterAll(discardTestEngine);

interface Outcome {
  events: Event[];
  tensors: Map<string, string>;
}

/**
 * @param edit whether labels are changed as soon as the run has gone through them for the first time
 * @param stop whether it rests once they are taken in, has its state saved by that, and is stopped then
 */
async function train(runStore: RunStore, { edit = true, stop = false } = {}): Promise<Outcome> {
  const events: Event[] = [];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  let edited = !edit;
  let taken = false;
  const session: Session = new Session({
    ...nodePorts((event) => {
      events.push(event);
      if (event.type === 'state' && ['finished', 'stopped', 'failed'].includes(event.state)) end();
      if (stop && event.type === 'notice' && event.code === 'labels-taken') {
        taken = true;
        void session.handle({ type: 'pause', id: 6 }).catch(() => undefined);
      }
      if (event.type !== 'labels' || edited) return;
      edited = true;
      void session.handle({ type: 'editLabels', id: 5, ...change });
    }, new MemoryBlobStore()),
    runStore: {
      everyMs: 0,
      claim: (id) => runStore.claim(id),
      list: () => runStore.list(),
      load: (id) => runStore.load(id),
      setStopped: (id, stopped) => runStore.setStopped(id, stopped),
      forget: (id) => runStore.forget(id),
      save: async (run) => {
        await runStore.save(run);
        if (taken) void session.handle({ type: 'stop', id: 7 });
      },
    },
  });
  await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
  await session.handle({ type: 'import', id: 1, classes: ['red', 'blue'], items, resolution: 32 });
  await session.handle({ type: 'start', id: 2, config, clip, resume: 'ifSaved' });
  await ended;
  const exported = await session.handle({ type: 'export', id: 9 });
  await session.close();
  if (!exported) throw new Error('no export');
  return { events, tensors: tensorsOf(exported) };
}

const store = (): RunStore => new FileRunStore(join(mkdtempSync(join(tmpdir(), 'lcp-gan-labels-')), 'run'));
const ofType = <T extends Event['type']>({ events }: Outcome, type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);

it('takes changed labels in without a restart, and goes on with them exactly where it was broken off', async () => {
  const whole = await train(store());
  expect(ofType(whole, 'labelsPending').map(({ pictures: count }) => count)).toEqual([3, 0]);
  expect(ofType(whole, 'notice').filter(({ code }) => code === 'labels-taken')).toHaveLength(1);
  const last = ofType(whole, 'labels').at(-1);
  expect([...(last?.inferred.slice(0, 4) ?? [])]).toEqual([0, expect.any(Number), 0, 1]);
  expect([...(last?.trust.slice(0, 4) ?? [])]).toEqual([1, 0, 1, 1]);
  // One label was left out, two came in.
  expect(last?.summary.labeled).toBe(items.filter(({ label }) => label !== UNLABELED).length + 1);

  // Nobody changes them a second time.
  const runStore = store();
  const first = await train(runStore, { stop: true });
  expect(ofType(first, 'state').at(-1)?.state).toBe('stopped');
  const second = await train(runStore, { edit: false });
  expect(ofType(second, 'labelChanges')[0]).toMatchObject({ images: Uint32Array.of(0, 1, 3) });
  expect(second.tensors).toEqual(whole.tensors);
});
