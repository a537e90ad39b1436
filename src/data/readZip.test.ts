import { BlobWriter, TextReader, ZipWriter, configure } from '@zip.js/zip.js';
import { describe, expect, it } from 'vitest';
import { readDrop } from './readDrop';
import { readZip } from './readZip';
import { safePath } from './safePath';
import type { Skipped } from './walkTree';
import { zipLimits, type ZipLimits } from './zipLimits';

configure({ useWebWorkers: false });

/** Content by path; a path ending in '/' is a folder. */
async function zip(contents: Record<string, string>, level: number, password?: string): Promise<Blob> {
  const writer = new ZipWriter(new BlobWriter(), { level, ...(password === undefined ? {} : { password }) });
  for (const [path, text] of Object.entries(contents))
    await writer.add(path, path.endsWith('/') ? undefined : new TextReader(text), { directory: path.endsWith('/') });
  return writer.close();
}

async function read(
  archive: Blob,
  limits: Partial<ZipLimits> = {},
): Promise<{ files: Record<string, string>; skipped: Skipped[] }> {
  const found: [string, File][] = [];
  const skipped: Skipped[] = [];
  await readZip(
    archive,
    { file: (path, file) => found.push([path, file]), skipped: (each) => skipped.push(each), signal: undefined },
    { ...zipLimits, ...limits },
  );
  return {
    files: Object.fromEntries(await Promise.all(found.map(async ([path, file]) => [path, await file.text()] as const))),
    skipped,
  };
}

/** The archive with a name replaced by another of the same length, in both headers. */
async function renamed(archive: Blob, from: string, to: string): Promise<Blob> {
  const bytes = Buffer.from(await archive.arrayBuffer());
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
  return new Blob([bytes]);
}

const long = 'a picture would be here '.repeat(200);

describe('readZip', () => {
  for (const level of [0, 6]) {
    it(`keeps folders and contents, ${level === 0 ? 'stored' : 'compressed'}`, async () => {
      const contents = {
        'pets/cat/1.png': long,
        'pets/dog/deep/2.png': 'short',
        'pets/Größe/3.png': '',
        'loose.txt': 'x',
      };
      expect(await read(await zip(contents, level))).toEqual({ files: contents, skipped: [] });
    });
  }

  it('names empty folders, and leaves out what systems put in', async () => {
    const { files, skipped } = await read(
      await zip({ 'a/': '', 'a/1.png': 'x', 'b/': '', '__MACOSX/': '', '__MACOSX/a/._1.png': 'x', '.git/x': 'y' }, 6),
    );
    expect(files).toEqual({ 'a/1.png': 'x' });
    expect(skipped).toEqual([
      { path: '__MACOSX/a/._1.png', reason: 'made by macOS, holds no pictures' },
      { path: '.git/x', reason: 'hidden' },
      { path: 'b/', reason: 'an empty folder' },
    ]);
  });

  it('takes no path that leads out of the archive', async () => {
    const archive = await zip({ 'xx/xx/1.png': 'x', 'yy.png': 'y', 'zz.png': 'z' }, 6);
    const evil = await renamed(await renamed(archive, 'xx/xx/1.png', '../../1.png'), 'yy.png', '/y.png');
    const { files, skipped } = await read(evil);
    expect(files).toEqual({ 'zz.png': 'z' });
    expect(skipped.map(({ path }) => path)).toEqual(['../../1.png', '/y.png']);
    expect(
      ['a/b', 'a\\b', '..', 'a/../b', 'a\\..\\b', '/a', '\\a', 'C:\\a', 'c:a', '', 'a/..b/c..', './a'].map(safePath),
    ).toEqual(['a/b', 'a/b', null, null, null, null, null, null, null, null, 'a/..b/c..', './a']);
  });

  it('refuses what is locked, too large or a bomb', async () => {
    expect((await read(await zip({ '1.png': 'x' }, 6, 'secret'))).skipped).toEqual([
      { path: '1.png', reason: expect.stringContaining('protected by a password') },
    ]);
    expect((await read(await zip({ '1.png': long }, 6), { fileBytes: 1000 })).skipped[0]?.reason).toContain(
      'larger than',
    );
    expect((await read(await zip({ '1.png': 'a'.repeat(5_000_000) }, 9), { ratio: 100 })).skipped[0]?.reason).toBe(
      'unpacks to a suspicious size',
    );
    await expect(read(await zip({ '1.png': long, '2.png': long }, 6), { totalBytes: 5000 })).rejects.toMatchObject({
      info: { code: 'format' },
    });
    await expect(read(await zip({ '1.png': 'x', '2.png': 'x' }, 6), { entries: 1 })).rejects.toMatchObject({
      info: { code: 'format' },
    });
  });

  it('leaves out a damaged entry and keeps the others', async () => {
    const bytes = Buffer.from(await (await zip({ '1.png': long, '2.png': long }, 6)).arrayBuffer());
    bytes[60] = (bytes[60] ?? 0) ^ 0xff;
    const { files, skipped } = await read(new Blob([bytes]));
    expect(files).toEqual({ '2.png': long });
    expect(skipped).toEqual([{ path: '1.png', reason: 'damaged inside the archive' }]);
  });

  it('says plainly what is no archive', async () => {
    const whole = await zip({ '1.png': long }, 6);
    for (const broken of [new Blob([]), new Blob([long]), whole.slice(0, whole.size - 30)])
      await expect(read(broken)).rejects.toMatchObject({ info: { code: 'format' } });
  });
});

it('is read in place of a folder when it is dropped', async () => {
  const archive = new File([await zip({ 'cat/1.png': 'x', 'dog/1.png': 'y' }, 6)], 'Pets.ZIP');
  const files = await readDrop([archive, new File(['x'], 'loose.png')]);
  expect(files.map(({ path }) => path)).toEqual(['Pets/cat/1.png', 'Pets/dog/1.png', 'loose.png']);
});
