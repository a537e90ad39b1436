import { deleteDB } from 'idb';
import { afterEach, expect, it } from 'vitest';
import type { AboutRun, KeptRun } from './keptRun';
import { ShelfRunKeeper } from './shelfRunKeeper';

const name = 'run-keeper-test';
const run = (id: string, savedAt: number): KeptRun =>
  ({
    format: 1,
    about: { id, savedAt } as AboutRun,
    snapshot: { trainer: { tensors: new Map([['w', { shape: [1], data: Float32Array.of(savedAt) }]]) } },
  }) as unknown as KeptRun;
const ids = async (keeper: ShelfRunKeeper): Promise<string[]> => (await keeper.list()).map(({ id }) => id);

/** Takes the lock of a run as another tab does; the result gives it back. */
function asAnotherTab(id: string): Promise<() => void> {
  return new Promise(
    (taken) => void navigator.locks.request(`lcp-gan-runs/${id}`, () => new Promise<void>((release) => taken(release))),
  );
}

afterEach(() => deleteDB(name));

it('lists the newest three runs, newest first, and gives them back', async () => {
  const keeper = new ShelfRunKeeper(name);
  for (const [id, at] of [
    ['a', 1],
    ['b', 4],
    ['c', 2],
    ['d', 3],
    ['b', 5],
  ] as const)
    await keeper.keep(run(id, at));
  expect(await ids(keeper)).toEqual(['b', 'd', 'c']);
  expect([await keeper.load('b'), await keeper.load('a')]).toEqual([run('b', 5), null]);
  await keeper.forget('d');
  expect(await ids(new ShelfRunKeeper(name))).not.toContain('d');
  expect(await ids(keeper)).toEqual(['b', 'c']);
});

it('leaves runs alone that are going on in another tab', async () => {
  const keeper = new ShelfRunKeeper(name);
  await keeper.keep(run('mine', 1));
  // The first keeper holds its own runs, as long as its page lives.
  expect(await ids(new ShelfRunKeeper(name))).toEqual([]);
  expect(await ids(keeper)).toEqual(['mine']);
  const release = await asAnotherTab('elsewhere');
  await keeper.keep(run('elsewhere', 2));
  expect(await ids(new ShelfRunKeeper(name))).toEqual([]);
  release();
});

it('passes over what an older version kept in another form', async () => {
  const keeper = new ShelfRunKeeper(name);
  await keeper.keep({ ...run('old', 1), format: 0 as 1 });
  expect(await keeper.load('old')).toBeNull();
});
