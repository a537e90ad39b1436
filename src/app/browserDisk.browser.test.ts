// Folders that the browser keeps hold of, here of its private file system: found again as another page would, by the
// database alone.
import { expect, it } from 'vitest';
import { areThere, handlesOf } from '../data/diskHandles';
import { readDrop } from '../data/readDrop';
import { browserDisk } from './browserDisk';

const name = `folders-${crypto.randomUUID()}`;

async function folderOf(path: string): Promise<FileSystemDirectoryHandle> {
  const storage = await navigator.storage.getDirectory();
  const folder = await storage.getDirectoryHandle(path, { create: true });
  const cats = await folder.getDirectoryHandle('cats', { create: true });
  const writable = await (await cats.getFileHandle('a.png', { create: true })).createWritable();
  await writable.write('a cat');
  await writable.close();
  return folder;
}

it('a folder is read again by what was kept of it, and one that is gone is said to be', async () => {
  const folder = await folderOf('my pictures');
  const handles = await handlesOf(folder);
  expect(handles).toEqual([folder]);
  await browserDisk(name).keep({ id: 'a', name: 'my pictures', pictures: 1, savedAt: 5 }, [folder]);

  const disk = browserDisk(name);
  expect(await disk.list()).toEqual([{ id: 'a', name: 'my pictures', pictures: 1, savedAt: 5 }]);
  const found = await disk.open('a');
  if (typeof found === 'string') throw new Error(found);
  const files = await readDrop({ handles: found });
  expect(files.map(({ path }) => path)).toEqual(['my pictures/cats/a.png']);
  expect(await files[0]?.file.text()).toBe('a cat');

  const storage = await navigator.storage.getDirectory();
  await storage.removeEntry('my pictures', { recursive: true });
  expect(await areThere(found)).toBe(false);
  expect(await disk.open('a')).toBe('gone');
  expect(await disk.open('never kept')).toBe('gone');
  await disk.remove('a');
  expect(await disk.list()).toEqual([]);
});

it('the newest six are kept hold of', async () => {
  const folder = await folderOf('others');
  const disk = browserDisk(`${name}-many`);
  for (let i = 1; i <= 8; i += 1)
    await disk.keep({ id: `folder ${i}`, name: 'others', pictures: null, savedAt: i }, [folder]);
  expect((await disk.list()).map(({ savedAt }) => savedAt)).toEqual([8, 7, 6, 5, 4, 3]);
});

it('what holds files alone, or was listed before, has no folder to go back to', async () => {
  expect(await handlesOf([new File([], 'a.png')])).toBeNull();
  expect(await handlesOf({ listed: [] })).toBeNull();
  expect(await handlesOf(new DataTransfer().items)).toBeNull();
});
