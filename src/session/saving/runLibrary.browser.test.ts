import { deleteDB } from 'idb';
import { afterEach, expect, it } from 'vitest';
import { presets } from '../../shared/config';
import type { SavedRun } from './savedRun';
import { ShelfRunStore } from './shelfRunStore';

const name = 'run-library-test';
afterEach(() => Promise.all(['', '-records', '-notes'].map((end) => deleteDB(name + end))));

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
