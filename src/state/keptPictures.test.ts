// Pictures that are kept from visit to visit: told of at the next one, opened without a drop, and with them the run.
import { expect, it } from 'vitest';
import type { KeptSet } from '../data/pictureShelf';
import type { DroppedFile } from '../data/readDrop';
import { presets } from '../shared/config';
import { keptReadings } from './keptReadings';
import { mayResume } from './interruptedRuns';
import { hindrance } from './resuming';
import { Studio } from './studio';
import type { DiskPort, HeldFolder } from './ports';
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

/** A disk of which the browser keeps hold; `leave` is what the person answers. */
class MemoryDisk implements DiskPort {
  readonly folders = new Map<string, HeldFolder>();
  leave: 'granted' | 'refused' | 'gone' = 'granted';
  private readonly handle = { kind: 'directory', name: 'my drawings' } as FileSystemDirectoryHandle;
  hold = async () => [this.handle];
  list = async () => [...this.folders.values()];
  keep = async (folder: HeldFolder) => void this.folders.set(folder.id, folder);
  open = async (id: string) => {
    if (this.leave !== 'granted') return this.leave;
    return this.folders.has(id) ? [this.handle] : 'gone';
  };
  remove = async (id: string) => void this.folders.delete(id);
}

async function visit(
  pictures: MemoryPictures,
  disk: DiskPort | null = null,
): Promise<{ studio: Studio; session: ManualSession; ports: TestPorts }> {
  const ports = testPorts(files);
  ports.pictures = pictures;
  if (disk) ports.disk = disk;
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
  expect(first.studio.state.kept).toMatchObject([{ id: 'these', name: 'my drawings', pictures: 3, place: 'browser' }]);

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

it('so does a run of the list, while nothing is open', async () => {
  const pictures = new MemoryPictures();
  const before = await visit(pictures);
  await before.studio.data.openDrop([], 'my drawings');
  await settled();
  const { studio, session, ports } = await visit(pictures);
  await settled();
  const config = { ...presets.tiny, resolution: 64 as const };
  const run = {
    id: 'r',
    classes: ['cat', 'dog'],
    imageCount: 3,
    labeledCount: 2,
    iteration: 5,
    iterations: 9,
    kimg: 1,
    savedAt: 0,
    bytes: 9,
    name: null,
    title: null,
    deletedAt: null,
    whole: true,
    elsewhere: false,
    config,
    clip: 'clip-nano',
    pictures: 'these',
    matte: '#000000' as const,
  };
  ports.runs.all = async () => [run];
  studio.show('runs');
  await studio.library.refresh();
  expect(hindrance({ ...run, pictures: 'others' }, studio.state)).toContain('Open its pictures');
  expect(hindrance(run, studio.state)).toBeNull();
  await studio.library.resume('r');
  expect(session.imported).toMatchObject({ resolution: 64, matte: '#000000' });
  expect(session.started).toMatchObject({ config, resume: 'must', run: 'r' });
  expect(studio.state).toMatchObject({ stage: 'run', aside: null });
});

it('a folder whose reading was broken off goes on by one press, where the browser keeps hold of it', async () => {
  const disk = new MemoryDisk();
  const first = await visit(new MemoryPictures(), disk);
  // The reading never comes to its end: the page is loaded anew in the middle of it.
  first.ports.readDrop = () => new Promise(() => undefined);
  void first.studio.data.openDrop([], 'my drawings');
  await settled();
  const { unfinishedReading } = first.ports;
  expect([...disk.folders.values()]).toMatchObject([{ name: 'my drawings', pictures: null }]);

  const ports = testPorts(files);
  Object.assign(ports, { disk, unfinishedReading });
  const studio = new Studio(ports);
  await studio.boot();
  await settled();
  const { brokenOff, kept } = studio.state;
  expect(brokenOff?.name).toBe('my drawings');
  expect(kept).toMatchObject([{ id: brokenOff?.folder, place: 'disk', pictures: null }]);

  disk.leave = 'refused';
  await studio.data.openKept(brokenOff?.folder ?? '');
  expect(studio.state).toMatchObject({ stage: 'welcome', problem: { code: 'storage' }, brokenOff, kept });

  disk.leave = 'granted';
  await studio.data.openKept(brokenOff?.folder ?? '');
  await settled();
  expect(studio.state).toMatchObject({
    stage: 'review',
    source: { name: 'my drawings' },
    brokenOff: null,
    problem: null,
  });
  expect(unfinishedReading.get()).toBeNull();
});

it('of pictures that are too many for a copy the folder is kept hold of, and an interrupted run finds it', async () => {
  const disk = new MemoryDisk();
  const full = Object.assign(new MemoryPictures(), { keep: async () => false });
  const first = await visit(full, disk);
  await first.studio.data.openDrop([], 'my drawings');
  await settled();
  // What was kept for the time of the reading is let go.
  expect([...disk.folders.values()]).toMatchObject([{ id: 'these', pictures: 3 }]);

  const { studio, session, ports } = await visit(full, disk);
  await settled();
  const run = { id: 'r', classes: ['cat', 'dog'], imageCount: 3, iteration: 5, iterations: 9, kimg: 1, savedAt: 0 };
  const config = { ...presets.tiny };
  const saved = { ...run, config, clip: 'clip-nano', fits: false, pictures: 'these', matte: '#000000' };
  session.emit({ type: 'interrupted', run: saved });
  ports.frame();
  expect(mayResume(studio.state)).toBe(true);
  await studio.interrupted.resume();
  // Transparent parts are laid over what the run knew them on.
  expect(session.imported?.matte).toBe('#000000');
  expect(session.started).toMatchObject({ config, resume: 'must' });

  disk.leave = 'gone';
  const last = await visit(full, disk);
  await settled();
  await last.studio.data.openKept('these');
  expect(last.studio.state).toMatchObject({ stage: 'welcome', kept: [], problem: { code: 'storage' } });
});

it('once there is a copy, the folder is let go', async () => {
  const disk = new MemoryDisk();
  const { studio } = await visit(new MemoryPictures(), disk);
  await studio.data.openDrop([], 'my drawings');
  await settled();
  expect(disk.folders.size).toBe(0);
  expect(studio.state.kept).toMatchObject([{ id: 'these', place: 'browser' }]);
});

it('what transparent parts are laid over is remembered with the folder', async () => {
  const { studio, session, ports } = await visit(new MemoryPictures());
  const remembered = new Map<string, string>();
  ports.keptReadings = keptReadings({
    getItem: (key) => remembered.get(key) ?? null,
    setItem: (key, value) => void remembered.set(key, value),
  });
  await studio.data.openDrop([], 'my drawings');
  expect(session.imported?.matte).toBeUndefined();
  await studio.data.layOver('#808080');
  expect(session.imported?.matte).toBe('#808080');
  session.imported = null;
  await studio.data.layOver('#808080');
  expect(session.imported).toBeNull();
  studio.data.closeData();
  await studio.data.openDrop([], 'my drawings');
  expect(session.imported).toMatchObject({ matte: '#808080' });
});
