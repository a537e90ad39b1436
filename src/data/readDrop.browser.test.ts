import { afterAll, expect, it } from 'vitest';
import { readDrop } from './readDrop';

const rootName = 'read-drop-test';
const put = async (folder: FileSystemDirectoryHandle, name: string, content: string): Promise<void> => {
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await writable.write(content);
  await writable.close();
};
afterAll(async () => {
  const opfs = await navigator.storage.getDirectory();
  await opfs.removeEntry(rootName, { recursive: true });
});

it('reads a real folder through its handle', async () => {
  const opfs = await navigator.storage.getDirectory();
  const root = await opfs.getDirectoryHandle(rootName, { create: true });
  const cat = await root.getDirectoryHandle('cat', { create: true });
  const deep = await cat.getDirectoryHandle('deep', { create: true });
  await root.getDirectoryHandle('empty', { create: true });
  for (let i = 0; i < 150; i += 1) await put(cat, `${i}.png`, `${i}`);
  await put(deep, 'x.png', 'deep');
  const skipped: string[] = [];
  const files = await readDrop(root, undefined, { onSkipped: ({ path }) => skipped.push(path) });
  expect(files).toHaveLength(151);
  expect(await files.find(({ path }) => path === `${rootName}/cat/deep/x.png`)?.file.text()).toBe('deep');
  expect(skipped).toEqual([`${rootName}/empty/`]);
});

it('reads the files of a drop that has no entries, and zip archives through the browser’s own streams', async () => {
  const { BlobWriter, TextReader, ZipWriter } = await import('@zip.js/zip.js');
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false, level: 6 });
  await writer.add('cat/1.png', new TextReader('a cat '.repeat(1000)));
  const transfer = new DataTransfer();
  transfer.items.add(new File([await writer.close()], 'pets.zip'));
  transfer.items.add(new File(['x'], 'loose.png'));
  const files = await readDrop(transfer.items);
  expect(files.map(({ path }) => path)).toEqual(['loose.png', 'pets/cat/1.png']);
  expect(await files[1]?.file.text()).toBe('a cat '.repeat(1000));
});
