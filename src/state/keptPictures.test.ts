// Pictures that are kept from visit to visit: told of at the next one, opened without a drop, and with them the run.
import { expect, it } from 'vitest';
import type { KeptSet } from '../data/pictureShelf';
import type { DroppedFile } from '../data/readDrop';
import { presets } from '../shared/config';
import { mayResume } from './interruptedRuns';
import { Studio } from './studio';
import { picture, testPorts, type ManualSession, type TestPorts } from './testing';

const files = ['cat/a.png', 'dog/b.png', 'unlabeled/c.png'].map(picture);

class MemoryPictures {
  readonly sets = new Map<string, { set: KeptSet; files: readonly DroppedFile[] }>();
  list = async () => [...this.sets.values()].map(({ set }) => set);
  keep = async (set: Omit<KeptSet, 'files' | 'bytes'>, kept: readonly DroppedFile[]) => {
    this.sets.set(set.id, { set: structuredClone({ ...set, files: kept.length, bytes: 0 }), files: kept });
    return true;
  };
  files = async (id: string) => [...(this.sets.get(id)?.files ?? [])];
}

async function visit(pictures: MemoryPictures): Promise<{ studio: Studio; session: ManualSession; ports: TestPorts }> {
  const ports = testPorts(files);
  ports.pictures = pictures;
  const studio = new Studio(ports);
  await studio.boot();
  const session = ports.sessions[0] as ManualSession;
  ports.frame();
  await Promise.resolve();
  return { studio, session, ports };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

it('a drop is kept once it has been read, and is open again at the next visit without another', async () => {
  const pictures = new MemoryPictures();
  const first = await visit(pictures);
  expect(first.studio.state.kept).toEqual([]);
  await first.studio.data.openDrop([], 'my drawings');
  await settled();
  expect(first.studio.state.kept).toMatchObject([{ id: 'these', name: 'my drawings', pictures: 3, files: 3 }]);

  const second = await visit(pictures);
  await settled();
  expect(second.studio.state).toMatchObject({ stage: 'welcome', kept: [{ id: 'these' }] });
  await second.studio.data.openKept('these');
  expect(second.studio.state).toMatchObject({ stage: 'review', session: 'ready', source: { name: 'my drawings' } });
  expect(second.session.imported?.items.map(({ path, label }) => [path, label])).toEqual([
    ['cat/a.png', 0],
    ['dog/b.png', 1],
    ['unlabeled/c.png', -1],
  ]);
  // What was left out is said again.
  expect(second.studio.state.source?.known.skipped).toEqual([{ path: 'empty/', reason: 'an empty folder' }]);
});

it('of the sample only the name is kept', async () => {
  const pictures = new MemoryPictures();
  const { studio } = await visit(pictures);
  await studio.data.openSample();
  await settled();
  expect(pictures.sets.get('these')?.files).toEqual([]);
  studio.data.closeData();
  await studio.data.openKept('these');
  expect(studio.state.source).toMatchObject({ kind: 'sample', files: { length: 3 } });
});

it('pictures that are gone meanwhile are said to be, and nothing else is lost', async () => {
  const pictures = new MemoryPictures();
  const { studio } = await visit(pictures);
  await studio.data.openDrop([], 'my drawings');
  await settled();
  studio.data.closeData();
  const gone = Object.assign(pictures, { files: async () => null });
  gone.sets.clear();
  await studio.data.openKept('these');
  expect(studio.state).toMatchObject({ stage: 'welcome', problem: { code: 'storage' }, kept: [], reading: null });
});

it('an interrupted run goes on with its kept pictures at one press, with its own settings', async () => {
  const pictures = new MemoryPictures();
  const before = await visit(pictures);
  await before.studio.data.openDrop([], 'my drawings');
  await settled();
  const { studio, session, ports } = await visit(pictures);
  const config = { ...presets.tiny, resolution: 64 as const };
  const run = { id: 'r', classes: ['cat', 'dog'], imageCount: 3, iteration: 5, iterations: 9, kimg: 1, savedAt: 0 };
  session.emit({
    type: 'interrupted',
    run: { ...run, config, clip: 'clip-nano', fits: false, pictures: 'others' },
  });
  ports.frame();
  await settled();
  expect(mayResume(studio.state)).toBe(false);
  session.emit({ type: 'interrupted', run: { ...run, config, clip: 'clip-nano', fits: false, pictures: 'these' } });
  ports.frame();
  expect(mayResume(studio.state)).toBe(true);
  await studio.interrupted.resume();
  expect(session.imported?.resolution).toBe(64);
  expect(session.started).toMatchObject({ config, resume: 'must' });
  expect(studio.state.stage).toBe('run');
});
