/** Files above 4 GiB are sparse: they take no room on the disk. */
import { BlobWriter, TextReader, ZipWriter, configure } from '@zip.js/zip.js';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tarHeader, tarOf } from '../data/importers/tar.testing';
import { readNodes } from '../data/readDrop';
import { DiskFile, openFile } from './diskFile';
import { diskTree } from './diskTree';

configure({ useWebWorkers: false });
const folder = mkdtempSync(join(tmpdir(), 'disk-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const beyond = 4.5 * 2 ** 30;

/** A file of these bytes, zeros, and those bytes behind 4 GiB. */
async function sparse(name: string, last: Uint8Array, first: Uint8Array = new Uint8Array()): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, first);
  truncateSync(path, first.length + beyond);
  const file = await open(path, 'r+');
  await file.write(last, 0, last.length, first.length + beyond);
  await file.close();
  return path;
}

describe('DiskFile', () => {
  it('is as a Blob of the same bytes', async () => {
    const path = join(folder, 'small.txt');
    writeFileSync(path, 'a few words');
    const own = await openFile(path, 0);
    const blob = new Blob(['a few words']);
    expect(own).toBeInstanceOf(DiskFile);
    expect(await openFile(path)).not.toBeInstanceOf(DiskFile);
    expect([own.size, own.name, await own.text()]).toEqual([11, 'small.txt', 'a few words']);
    expect(await new Response(own.stream()).text()).toBe('a few words');
    for (const [from, to] of [
      [2, 5],
      [-5, 11],
      [0, -2],
      [8, 40],
      [5, 2],
      [20, 30],
    ] as const) {
      const slice = own.slice(from, to);
      expect([slice.size, await slice.text()]).toEqual([blob.slice(from, to).size, await blob.slice(from, to).text()]);
      expect(await new Response(slice.stream()).text()).toBe(await blob.slice(from, to).text());
    }
    expect(await own.slice(2).slice(4, 9).text()).toBe('words');
  });

  it('has its size, and its bytes, above 4 GiB', async () => {
    const file = await openFile(await sparse('large.bin', Buffer.from('the end')));
    expect(file.size).toBe(beyond + 7);
    expect(await file.slice(-7).text()).toBe('the end');
    expect((await file.slice(2 ** 31 - 10, 2 ** 31 + 10).arrayBuffer()).byteLength).toBe(20);
  });
});

describe('archives above 4 GiB', () => {
  const read = async (path: string): Promise<Record<string, string | number>> => {
    const files = await readNodes([await diskTree(path)], []);
    const content = (file: File): Promise<string> | number => (file.size < 1000 ? file.text() : file.size);
    return Object.fromEntries(await Promise.all(files.map(async (each) => [each.path, await content(each.file)])));
  };

  it.each([0, 6])('zip64, compressed at level %i', async (level) => {
    const text = 'a picture would be here '.repeat(20);
    const writer = new ZipWriter(new BlobWriter(), { level, zip64: true, offset: beyond });
    await writer.add('cat/1.png', new TextReader(text));
    await writer.add('dog/2.png', new TextReader('short'));
    const path = await sparse('set.zip', new Uint8Array(await (await writer.close()).arrayBuffer()));
    expect(await read(path)).toEqual({ 'set/cat/1.png': text, 'set/dog/2.png': 'short' });
  });

  it('tar', async () => {
    const path = await sparse('set.tar', tarOf({ 'cat/1.png': 'one' }), tarHeader('cat/large.bin', beyond, '0'));
    expect(await read(path)).toEqual({ 'set/cat/large.bin': beyond, 'set/cat/1.png': 'one' });
  });
});
