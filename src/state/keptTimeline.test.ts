/** The timeline from visit to visit: two stores, one after the other, on what the first one had kept. */
import { expect, it } from 'vitest';
import type { KeptTimeline } from '../session/saving/shelfRunStore';
import type { Event } from '../session/protocol/events';
import type { TimelineEntry } from '../session/saving/timelineShelf';
import { slotIndex } from '../shared/indices';
import type { ClusterCard } from '../shared/domain';
import { clustersAt } from './runMarkers';
import { Studio } from './studio';
import { picture, testPorts } from './testing';

const savedAt = 40;
const packer = {
  pack: async (tiles: Uint8ClampedArray<ArrayBuffer>) => new Blob([tiles]),
  unpack: async (packed: Blob) => new Uint8ClampedArray(await packed.arrayBuffer()),
};
const at = (iteration: number): Event[] => [
  { type: 'stats', points: [{ iteration, kimg: iteration / 100, values: { lossD: 1 } }] },
  {
    type: 'samples',
    iteration,
    kimg: iteration / 100,
    columns: 1,
    rows: [slotIndex(0)],
    size: 1,
    rgba: new Uint8Array([iteration, 0, 0, 255]).buffer,
  },
];
const cards = (revision: number): Event => ({
  type: 'clusters',
  revision,
  cards: [{ share: revision } as ClusterCard],
});
const paused: Event = { type: 'state', state: 'paused' };
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A visit to a machine that keeps `kept`; `refuses` as a full disk does. */
async function visit(kept: Map<string, readonly TimelineEntry[]>, { refuses = false } = {}) {
  const ports = testPorts(['cat/1.png', 'cat/2.png', 'dog/1.png'].map(picture));
  const timeline = async (id: string): Promise<KeptTimeline | null> => {
    const entries = (kept.get(id) ?? []).filter(({ iteration }) => iteration <= savedAt);
    return { iteration: savedAt, entries: entries.map((entry) => structuredClone(entry)) };
  };
  const keepTimeline = async (id: string, entries: readonly TimelineEntry[]): Promise<void> => {
    if (refuses) throw new DOMException('full', 'QuotaExceededError');
    kept.set(id, entries);
  };
  const studio = new Studio({ ...ports, packer, runs: { ...ports.runs, timeline, keepTimeline } });
  await studio.boot();
  await studio.data.openDrop([], 'animals');
  const tell = (...events: Event[]): void => {
    ports.sessions.at(-1)?.emit(...events);
    ports.frame();
  };
  return { studio, tell };
}

it('is there again when the run goes on: grids, cards and marks up to where the run was saved', async () => {
  const kept = new Map<string, readonly TimelineEntry[]>();
  const first = await visit(kept);
  await first.studio.running.start();
  first.tell(cards(1), ...at(0), ...at(10), ...at(20), cards(2), paused, ...at(40), ...at(50), {
    type: 'kept',
    run: 'a',
  });
  await settled();
  const keys = kept.get('a')?.map(({ key }) => key);
  first.tell(...at(60), { type: 'kept', run: 'a' });
  await settled();
  // What was kept before is kept under the same key; marks may have become more.
  expect(kept.get('a')?.filter(({ key }) => keys?.includes(key))).toHaveLength((keys?.length ?? 0) - 1);

  const second = await visit(kept);
  await second.studio.running.begin('must', 'a');
  expect(second.studio.samples.iterations()).toEqual([0, 10, 20, 40]);
  expect((await second.studio.samples.load(1))?.rgba[0]).toBe(10);
  // As the session shows what an earlier visit had reached, and then goes on.
  second.tell(cards(2), ...at(40));
  second.tell(cards(3), ...at(70));
  expect(second.studio.samples.iterations()).toEqual([0, 10, 20, 40, 70]);
  const { run } = second.studio.state;
  expect([15, 30, 60].map((moment) => clustersAt(run, moment)[0]?.share)).toEqual([1, 2, 3]);
  expect(run.markers.map(({ iteration, kind }) => [iteration, kind])).toContainEqual([20, 'pause']);
});

it('does not trouble a run where there is no room for it', async () => {
  const { studio, tell } = await visit(new Map(), { refuses: true });
  await studio.running.start();
  tell(...at(10), { type: 'kept', run: 'a' });
  await settled();
  expect([studio.state.problem, studio.state.run.notices]).toEqual([null, []]);
});

it('begins a run that is no earlier one with nothing', async () => {
  const kept = new Map<string, readonly TimelineEntry[]>();
  const first = await visit(kept);
  await first.studio.running.start();
  first.tell(...at(10), { type: 'kept', run: 'a' });
  await settled();
  const second = await visit(kept);
  await second.studio.running.start();
  expect([second.studio.samples.length, second.studio.state.run.resumedAt]).toEqual([0, 0]);
});
