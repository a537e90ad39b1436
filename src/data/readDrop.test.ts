import { describe, expect, it } from 'vitest';
import { interpretFolder } from './interpret';
import { readDrop } from './readDrop';
import type { Skipped } from './walkTree';

/** A folder in memory, offered as a browser offers a dropped one: parts of 100, errors where the disk has them. */
type Tree = { [name: string]: Tree | string | null };

function fakeEntry(name: string, content: Tree | string | null): FileSystemEntry {
  const base = { name, isFile: typeof content === 'string', isDirectory: typeof content !== 'string' };
  if (typeof content === 'string') {
    const file = (done: (file: File) => void, failed: (error: Error) => void): void => {
      setTimeout(() => (content === 'locked' ? failed(new Error('no')) : done(new File([content], name))), 0);
    };
    return { ...base, file } as unknown as FileSystemEntry;
  }
  const createReader = () => {
    const left = content === null ? [] : Object.entries(content).map(([child, value]) => fakeEntry(child, value));
    return {
      readEntries: (done: (part: FileSystemEntry[]) => void, failed: (error: Error) => void) => {
        setTimeout(() => (content === null ? failed(new Error('no')) : done(left.splice(0, 100))), 0);
      },
    };
  };
  return { ...base, createReader } as unknown as FileSystemEntry;
}

/** Items of a drop: like the real ones they are gone once the event has been handled. */
function fakeDrop(roots: Tree): DataTransferItemList {
  let alive = true;
  queueMicrotask(() => (alive = false));
  const items = Object.entries(roots).map(([name, content]) => ({
    kind: 'file',
    webkitGetAsEntry: () => (alive ? fakeEntry(name, content) : null),
    getAsFile: () => null,
  }));
  return [...items, { kind: 'string' }] as unknown as DataTransferItemList;
}

const numbered = (count: number, extension: string): Tree =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.${extension}`, `${i}`]));

const file = (path: string): File => Object.defineProperty(new File(['x'], 'n'), 'webkitRelativePath', { value: path });

async function read(roots: Tree): Promise<{ paths: string[]; skipped: Skipped[]; progress: number[] }> {
  const skipped: Skipped[] = [];
  const progress: number[] = [];
  const files = await readDrop(fakeDrop(roots), (found) => progress.push(found), {
    onSkipped: (each) => skipped.push(each),
  });
  return { paths: files.map(({ path }) => path), skipped, progress };
}

describe('readDrop', () => {
  it('reads folders of more than one part, below one another, in the order of their paths', async () => {
    const { paths, progress } = await read({
      pets: { cat: numbered(250, 'png'), dog: { deep: { er: numbered(3, 'jpg') } }, unlabeled: numbered(101, 'webp') },
    });
    expect(paths).toHaveLength(354);
    expect(paths).toEqual(paths.toSorted());
    expect(paths).toContain('pets/dog/deep/er/2.jpg');
    expect(progress).toEqual([100, 200, 300, 354]);
    expect(interpretFolder(paths).sentence).toBe('2 classes, 253 labeled, 101 unlabeled');
  });

  it('takes several folders and loose files at once, before the event is over', async () => {
    const { paths } = await read({ cat: { '1.png': 'x' }, dog: { '1.png': 'x' }, 'loose.png': 'x' });
    expect(paths).toEqual(['cat/1.png', 'dog/1.png', 'loose.png']);
  });

  it('keeps the files themselves', async () => {
    const [first] = await readDrop(fakeDrop({ a: { 'x.png': 'content' } }));
    expect(await first?.file.text()).toBe('content');
  });

  it('does not enter hidden folders, and goes on where something cannot be read', async () => {
    const { paths, skipped } = await read({
      s: {
        '.git': numbered(5, 'png'),
        __MACOSX: numbered(5, 'png'),
        empty: {},
        locked: null,
        a: { 'x.png': 'x', 'y.png': 'locked' },
      },
    });
    expect(paths).toEqual(['s/a/x.png']);
    expect(skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 's/.git/', reason: 'hidden' },
      { path: 's/__MACOSX/', reason: 'made by macOS, holds no pictures' },
      { path: 's/a/y.png', reason: 'could not be read' },
      { path: 's/empty/', reason: 'an empty folder' },
      { path: 's/locked/', reason: 'could not be read' },
    ]);
  });

  it('gives nothing for a drop of text', async () => {
    expect(await readDrop([{ kind: 'string' }] as unknown as DataTransferItemList)).toEqual([]);
  });

  it('takes a list of files with the paths that an input gives them', async () => {
    const files = [file('set/b/1.png'), file('set/a/1.png'), new File(['x'], 'loose.png')];
    expect((await readDrop(files)).map(({ path }) => path)).toEqual(['loose.png', 'set/a/1.png', 'set/b/1.png']);
  });

  it('lists 100,000 files', async () => {
    const files = Array.from({ length: 100_000 }, (_, i) => file(`big/${i % 100}/${i}.png`));
    expect(await readDrop(files)).toHaveLength(100_000);
  });

  it('can be stopped', async () => {
    const control = new AbortController();
    const reading = readDrop(fakeDrop({ big: numbered(1000, 'png') }), () => control.abort(), {
      signal: control.signal,
    });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await expect(readDrop(fakeDrop({ a: {} }), undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

it('tells what lies there before archives are opened, and opens that anew', async () => {
  const told: string[][] = [];
  const listing = { onListed: (files: readonly { path: string }[]) => void told.push(files.map(({ path }) => path)) };
  const listed = [
    { path: 'set/b.png', file: new File(['x'], 'b.png') },
    { path: 'set/a.png', file: new File(['x'], 'a.png') },
  ];
  const files = await readDrop({ listed }, undefined, listing);
  expect(files.map(({ path }) => path)).toEqual(['set/a.png', 'set/b.png']);
  expect(told).toEqual([['set/b.png', 'set/a.png']]);
});
