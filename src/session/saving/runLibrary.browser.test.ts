import { deleteDB } from 'idb';
import { afterEach, expect, it } from 'vitest';
import { presets } from '../../shared/config';
import type { SavedRun } from './savedRun';
import { ShelfRunStore } from './shelfRunStore';

const name = 'run-library-test';
afterEach(() => Promise.all(['', '-records', '-notes', '-timelines'].map((end) => deleteDB(name + end))));

const run = (id: string, savedAt: number): SavedRun =>
  ({
    format: 1,
    about: {
      id,
      savedAt,
      iteration: 5,
      iterations: 9,
      kimg: 0.1,
      bytes: 77,
      title: { data: 'cats', origin: null },
      identity: {
        config: presets.tiny,
        clip: { id: 'clip-nano', hash: 'h' },
        classes: ['cat'],
        pictures: ['a', 'b', 'c'],
        labels: Int32Array.of(0, -1, 0),
      },
    },
    knowledge: { partition: { slots: [] } },
    snapshot: { trainer: { tensors: new Map() } },
    history: Array.from({ length: 4000 }, (_, iteration) => ({ iteration, kimg: iteration, values: { lossD: 1 } })),
    grid: { iteration: 5, columns: 1, rows: [0], size: 1, rgba: new Uint8Array([1, 2, 3, 4]).buffer },
  }) as unknown as SavedRun;

it('keeps curves and samples of runs whose networks made room, and named runs whole', async () => {
  const store = new ShelfRunStore(name);
  await store.save(run('named', 1));
  await store.rename('named', '  Best so far ');
  for (let i = 2; i < 7; i += 1) await store.save(run(`r${i}`, i));
  const all = await store.all();
  expect(all.map(({ id, whole }) => [id, whole])).toEqual([
    ['r6', true],
    ['r5', true],
    ['r4', true],
    ['r3', false],
    ['r2', false],
    ['named', true],
  ]);
  expect(all.at(-1)).toMatchObject({
    name: 'Best so far',
    imageCount: 3,
    labeledCount: 2,
    bytes: 77,
    clip: 'clip-nano',
  });
  const record = await store.record('r2');
  expect(record?.grid?.iteration).toBe(5);
  expect([record?.history.length, record?.history.at(-1)?.iteration]).toEqual([1500, 3999]);
});

it('offers a deleted run no more, gives it back when asked, and frees its space later', async () => {
  const store = new ShelfRunStore(name);
  await store.save(run('a', 1));
  const deletedAt = 1_000_000;
  await store.mark('a', deletedAt);
  expect(await store.list()).toEqual([]);
  expect((await store.all(deletedAt + 1000)).map((each) => each.deletedAt)).toEqual([deletedAt]);
  await store.mark('a', null);
  expect((await store.list()).map(({ id }) => id)).toEqual(['a']);
  await store.mark('a', deletedAt);
  expect(await store.all(deletedAt + 11 * 60_000)).toEqual([]);
  expect([await store.load('a'), await store.record('a')]).toEqual([null, null]);
});

const entry = (key: string, iteration: number, bytes = 10) => ({ key, iteration, bytes, value: { grid: key } });
const keys = async (store: ShelfRunStore, id: string) => (await store.timeline(id))?.entries.map(({ key }) => key);

it('keeps the timeline of a run up to where it was saved, for as long as the run is here whole', async () => {
  const store = new ShelfRunStore(name);
  // Not saved yet: there is nothing that it could go on with.
  await store.keepTimeline('a', [entry('g1', 1)]);
  expect(await store.timeline('a')).toBeNull();
  await store.save(run('a', 1));
  await store.keepTimeline('a', [entry('g4', 4), entry('g1', 1), entry('g6', 6)]);
  expect(await new ShelfRunStore(name).timeline('a')).toEqual({
    iteration: 5,
    entries: [entry('g1', 1), entry('g4', 4)],
  });
  // What thinned out goes, what is there is not written again.
  await store.keepTimeline('a', [{ ...entry('g4', 4), value: 'not written' }, entry('g5', 5)]);
  expect((await store.timeline('a'))?.entries).toEqual([entry('g4', 4), entry('g5', 5)]);
  for (let i = 2; i < 5; i += 1) await store.save(run(`r${i}`, i));
  await store.keepTimeline('r4', [entry('other', 1)]);
  expect([await keys(store, 'a'), await keys(store, 'r4')]).toEqual([undefined, ['other']]);
  await store.forget('r4');
  await store.save(run('r4', 9));
  expect(await keys(store, 'r4')).toEqual([]);
});

it('refuses a timeline that would take most of the room that is left, and keeps the last one', async () => {
  const store = new ShelfRunStore(name);
  await store.save(run('a', 1));
  await store.keepTimeline('a', [entry('g1', 1)]);
  await expect(store.keepTimeline('a', [entry('g1', 1), entry('huge', 2, 1e15)])).rejects.toThrow('no room');
  expect(await keys(store, 'a')).toEqual(['g1']);
});

it('counts all that is kept of runs: networks, records and timelines, of older ones the records', async () => {
  const store = new ShelfRunStore(name);
  for (let i = 1; i < 5; i += 1) await store.save(run(`r${i}`, i));
  await store.keepTimeline('r4', [entry('g1', 1, 1000), entry('g2', 2, 500)]);
  // 1,500 points of three numbers, and a picture.
  const record = 1500 * 3 * 8 + 4;
  expect((await store.stored()).map(({ id, storedBytes }) => [id, storedBytes])).toEqual([
    ['r4', 77 + record + 1500],
    ['r3', 77 + record],
    ['r2', 77 + record],
    ['r1', record],
  ]);
});
