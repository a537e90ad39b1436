/**
 * Clusters that a person merges and splits while a run trains: networks and prompts follow at the refresh, names and
 * locks go along, and a run that is broken off goes on with the clusters that it had.
 */
import { expect, it } from 'vitest';
import { MemoryBlobStore } from '../data/blobStore';
import { discardTestEngine, testEngine } from '../gpu/testing/testEngine';
import { noEdits } from '../lcp/partition/clusterEdits';
import type { Arguments } from '../session/protocol/commands';
import type { Event, EventOf } from '../session/protocol/events';
import type { SavedRun } from '../session/saving/savedRun';
import { Session } from '../session/session';
import { nodePorts } from './nodePorts';
import { pictures, reached, tinyClip, tinyRuns } from './session.testing';

const saved = new Map<string, SavedRun>();

function opened() {
  const events: Event[] = [];
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
  const heard = (wanted: (event: Event) => boolean): Promise<void> =>
    new Promise((resolve) => listeners.push((event) => wanted(event) && resolve()));
  const last = <T extends Event['type']>(type: T): EventOf<T> | undefined =>
    events.findLast((event): event is EventOf<T> => event.type === type);
  const begin = async (args: Omit<Arguments<'start'>, 'clip'>): Promise<void> => {
    await session.handle({ type: 'hello', id: 0, version: 1, modelsUrl: '' });
    await session.handle({ type: 'import', id: 1, classes: ['red', 'blue'], items: await pictures(), resolution: 32 });
    await session.handle({ type: 'start', id: 2, clip: await tinyClip(), ...args });
  };
  return { session, heard, last, begin };
}

it('follow what a person wants, and outlive the process', { timeout: 600_000 }, async () => {
  discardTestEngine();
  const tiny = tinyRuns.biggan;
  const config = { ...tiny, kimg: 0.4, partition: { ...tiny.partition, clustersPerClass: 2 } };
  const one = opened();
  const begun = one.heard(reached(1));
  await one.begin({ config });
  await begun;
  expect(one.last('samples')?.rows).toHaveLength(4);
  const edits = {
    ...noEdits,
    names: [{ slot: 2, name: 'deep blue' }],
    locked: [2],
    merges: [[0, 1]] as [number, number][],
  };
  const before = one.last('stats')?.points.at(-1)?.iteration ?? 0;
  const merged = one.heard((event) => event.type === 'samples' && event.rows.length === 3);
  await one.session.handle({ type: 'editClusters', id: 3, edits, now: true });
  await merged;
  const after = { ...noEdits, names: [{ slot: 1, name: 'deep blue' }], locked: [1] };
  expect(one.last('clusterEdits')?.edits).toEqual(after);
  expect(one.last('clusters')?.cards.map(({ classIndex, cluster }) => [classIndex, cluster])).toEqual([
    [0, 0],
    [1, 0],
    [1, 1],
  ]);
  const on = one.heard((event) => event.type === 'stats' && (event.points.at(-1)?.iteration ?? 0) > before + 2);
  await on;
  await one.session.handle({ type: 'stop', id: 5 });
  await one.session.close();
  const stoppedAt = Math.max(...[...saved.values()].map(({ about }) => about.iteration));

  const other = opened();
  const goesOn = other.heard(reached(stoppedAt + 1));
  await other.begin({ config, resume: 'must' });
  await goesOn;
  expect(other.last('clusterEdits')?.edits).toEqual(after);
  expect(other.last('samples')?.rows).toHaveLength(3);
  await other.session.close();
  await testEngine();
});
