import { deleteDB } from 'idb';
import { afterEach, expect, it } from 'vitest';
import type { AboutRun, SavedRun } from './savedRun';
import { ShelfRunStore } from './shelfRunStore';

const name = 'run-store-test';
const run = (id: string, savedAt: number): SavedRun =>
  ({
    format: 1,
    about: {
      id,
      savedAt,
      identity: { clip: {}, classes: [], pictures: [], labels: new Int32Array() },
    } as unknown as AboutRun,
    knowledge: { partition: { slots: [] } },
    history: [],
    snapshot: { trainer: { tensors: new Map([['w', { shape: [1], data: Float32Array.of(savedAt) }]]) } },
  }) as unknown as SavedRun;
const ids = async (runStore: ShelfRunStore): Promise<string[]> => (await runStore.list()).map(({ id }) => id);

/** Takes the lock of a run as another tab does; the result gives it back. */
function asAnotherTab(id: string): Promise<() => void> {
  return new Promise(
    (taken) => void navigator.locks.request(`lcp-gan-runs/${id}`, () => new Promise<void>((release) => taken(release))),
  );
}

afterEach(() => Promise.all(['', '-records', '-notes', '-timelines'].map((end) => deleteDB(name + end))));

it('lists the newest three runs, newest first, and gives them back', async () => {
  const runStore = new ShelfRunStore(name);
  for (const [id, at] of [
    ['a', 1],
    ['b', 4],
    ['c', 2],
    ['d', 3],
    ['b', 5],
  ] as const)
    await runStore.save(run(id, at));
  expect(await ids(runStore)).toEqual(['b', 'd', 'c']);
  expect([await runStore.load('b'), await runStore.load('a')]).toEqual([run('b', 5), null]);
  await runStore.forget('d');
  expect(await ids(new ShelfRunStore(name))).not.toContain('d');
  expect(await ids(runStore)).toEqual(['b', 'c']);
});

it('leaves runs alone that are open in another tab', async () => {
  const runStore = new ShelfRunStore(name);
  await runStore.save(run('mine', 1));
  // The first store holds its own runs, as long as its page lives.
  expect(await ids(new ShelfRunStore(name))).toEqual([]);
  expect(await ids(runStore)).toEqual(['mine']);
  const release = await asAnotherTab('elsewhere');
  await runStore.save(run('elsewhere', 2));
  expect(await ids(new ShelfRunStore(name))).toEqual([]);
  release();
});

it('gives a run to one tab alone, before that saves it the first time', async () => {
  const [mine, other] = [new ShelfRunStore(name), new ShelfRunStore(name)];
  expect([await mine.claim('claimed'), await other.claim('claimed'), await mine.claim('claimed')]).toEqual([
    true,
    false,
    true,
  ]);
  const release = await asAnotherTab('left');
  expect(await mine.claim('left')).toBe(false);
  release();
  await expect.poll(() => mine.claim('left')).toBe(true);
});

it('says whether a person stopped a run, until it is saved anew', async () => {
  const runStore = new ShelfRunStore(name);
  await runStore.save(run('a', 1));
  await runStore.setStopped('a', true);
  expect((await runStore.list()).map(({ stopped }) => stopped)).toEqual([true]);
  await runStore.setStopped('gone', true);
  await runStore.save(run('a', 2));
  expect((await runStore.list()).map(({ stopped }) => stopped)).toEqual([undefined]);
});

it('tells who watches that a run was saved, taken and given up', async () => {
  const [mine, other] = [new ShelfRunStore(name), new ShelfRunStore(name)];
  const elsewhere: boolean[] = [];
  const look = async (): Promise<void> => {
    const [kept] = await mine.all();
    if (kept && elsewhere.at(-1) !== kept.elsewhere) elsewhere.push(kept.elsewhere);
  };
  const end = mine.watch(() => void look());
  await other.save(run('theirs', 1));
  await other.mark('theirs', null);
  await expect.poll(() => elsewhere).toEqual([true]);
  end();

  // A tab that ends says nothing.
  const release = await asAnotherTab('leaving');
  let told = 0;
  const endWaiting = mine.watch(() => (told += 1));
  const waiting = async () =>
    (await navigator.locks.query()).pending?.some(({ name: lock }) => lock?.endsWith('/leaving'));
  await expect.poll(waiting).toBe(true);
  expect(told).toBe(0);
  release();
  await expect.poll(() => told).toBe(1);
  endWaiting();
});

it('passes over what an older version saved in another form', async () => {
  const runStore = new ShelfRunStore(name);
  await runStore.save({ ...run('old', 1), format: 0 as 1 });
  expect(await runStore.load('old')).toBeNull();
});
