import { describe, expect, it } from 'vitest';
import type { KeptRun } from '../session/saving/shelfRunStore';
import { presets } from '../shared/config';
import { Studio } from './studio';
import { picture, testPorts } from './testing';

const kept = (id: string): KeptRun => ({
  id,
  name: null,
  deletedAt: null,
  whole: true,
  elsewhere: false,
  savedAt: 1,
  bytes: 9,
  iteration: 5,
  iterations: 9,
  kimg: 0.12,
  imageCount: 2,
  labeledCount: 1,
  title: { data: 'cats', origin: null },
  config: { ...presets.tiny, preset: 'custom', batch: 6 },
  clip: 'clip-nano',
  classes: ['cat'],
  pictures: 'these',
});

async function opened() {
  const ports = testPorts(['cat/1.png', 'dog/2.png', '3.png'].map(picture));
  const runs = new Map([kept('a'), kept('b')].map((run) => [run.id, run]));
  const change = (id: string, changes: Partial<KeptRun>): void =>
    void runs.set(id, { ...(runs.get(id) ?? kept(id)), ...changes });
  const watchers = new Set<() => void>();
  const readings = { count: 0 };
  /** As another tab does. */
  const changeElsewhere = (id: string, changes: Partial<KeptRun>): void => {
    change(id, changes);
    for (const changed of watchers) changed();
  };
  ports.runs = {
    all: async () => {
      readings.count += 1;
      return [...runs.values()];
    },
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    record: async () => ({ history: [], grid: null, slots: [] }),
    rename: async (id, name) => change(id, { name }),
    timeline: async () => null,
    keepTimeline: async () => undefined,
    mark: async (id, deletedAt) => change(id, { deletedAt }),
  };
  const studio = new Studio(ports);
  await studio.boot();
  studio.show('runs');
  await studio.library.refresh();
  return { studio, ports, session: () => ports.sessions.at(-1), readings, changeElsewhere };
}

describe('the library of runs', () => {
  it('renames, deletes and gives back, and takes what is deleted out of the comparison', async () => {
    const { studio } = await opened();
    const { library } = studio;
    await library.rename('a', 'Best');
    await library.compare('a', true);
    await library.compare('b', true);
    expect(studio.state.library.runs?.[0]?.name).toBe('Best');
    expect(studio.state.library.records.map(({ id }) => id)).toEqual(['a', 'b']);
    await library.remove('a');
    expect(studio.state.library.runs?.[0]?.deletedAt).toBeGreaterThan(0);
    expect(studio.state.library.compared).toEqual(['b']);
    await library.restore('a');
    expect(studio.state.library.runs?.[0]?.deletedAt).toBeNull();
  });

  it('begins the next run, on any pictures, with the networks of a kept one, and only the next', async () => {
    const { studio, session } = await opened();
    await studio.library.fork('a');
    expect(studio.state).toMatchObject({ aside: null, stage: 'welcome', config: { batch: 6 } });
    await studio.data.openDrop([], 'my folder');
    await studio.running.start();
    expect(session()?.started).toMatchObject({
      config: { batch: 6 },
      from: { kind: 'run', run: 'a' },
      title: { data: 'my folder', origin: 'cats, own settings, 0.12 kimg' },
    });
    await studio.running.stop();
    studio.newRun();
    await studio.running.start();
    expect(session()?.started?.from).toBeUndefined();
  });

  it('goes on with the chosen run, not just with the newest', async () => {
    const { studio, session } = await opened();
    await studio.data.openDrop([], 'my folder');
    await studio.library.resume('b');
    expect(session()?.started).toMatchObject({ resume: 'must', run: 'b', config: { batch: 6 } });
    // It is this tab's from now on, not only when it is saved again.
    expect(studio.state.library.own).toEqual(['b']);
  });

  it('follows what other tabs do with the runs, as long as it is looked at', async () => {
    const { studio, readings, changeElsewhere } = await opened();
    const { library } = studio;
    const first = (): KeptRun | undefined => studio.state.library.runs?.[0];
    const end = library.follow();
    changeElsewhere('a', { elsewhere: true });
    await expect.poll(() => first()?.elsewhere).toBe(true);
    const before = readings.count;
    changeElsewhere('a', { elsewhere: false, iteration: 6 });
    // While it is read, once more is enough, however often it changes.
    for (let iteration = 7; iteration < 20; iteration += 1) changeElsewhere('a', { iteration });
    await expect.poll(first).toMatchObject({ elsewhere: false, iteration: 19 });
    expect(readings.count - before).toBe(2);
    end();
    changeElsewhere('a', { iteration: 20 });
    await library.compare('a', false);
    expect(first()?.iteration).toBe(19);
  });

  it('says what goes wrong where the list is shown', async () => {
    const { studio, ports } = await opened();
    ports.runs.all = () => Promise.reject(new Error('no storage'));
    await studio.library.refresh();
    expect(studio.state.library.problem?.detail ?? studio.state.library.problem?.what).toContain('no storage');
  });
});
