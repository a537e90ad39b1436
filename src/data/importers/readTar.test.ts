import { describe, expect, it } from 'vitest';
import { readDrop } from '../readDrop';
import type { Skipped } from '../walkTree';
import { Budget } from './budget';
import { readTar } from './readTar';
import { tarOf } from './tar.testing';

async function read(bytes: Uint8Array<ArrayBuffer>, signal?: AbortSignal) {
  const files: Record<string, string> = {};
  const found: [string, File][] = [];
  const skipped: Skipped[] = [];
  const sink = {
    signal,
    file: (path: string, file: File) => void found.push([path, file]),
    skipped: (each: Skipped) => void skipped.push(each),
  };
  await readTar(new Blob([bytes]), sink, new Budget());
  for (const [path, file] of found) files[path] = await file.text();
  return { files, skipped };
}

describe('readTar', () => {
  it('gives every file under its path, long names and empty files, too', async () => {
    const long = `set/${'long/'.repeat(30)}1.png`;
    const { files, skipped } = await read(
      tarOf({ 'set/cat/1.png': 'a', [long]: 'b', './x.png': '', 'big.bin': 'z'.repeat(2000) }),
    );
    expect(files).toEqual({ 'set/cat/1.png': 'a', [long]: 'b', 'x.png': '', 'big.bin': 'z'.repeat(2000) });
    expect(skipped).toEqual([]);
  });

  it('follows links inside of it, and names the others', async () => {
    const { files, skipped } = await read(
      tarOf({ 'a/1.png': 'one', 'b/2.png': { link: '../a/1.png' }, 'c.png': { link: '/etc/passwd' } }),
    );
    expect(files).toEqual({ 'a/1.png': 'one', 'b/2.png': 'one' });
    expect(skipped).toEqual([{ path: 'c.png', reason: 'a link to something that is not in the archive' }]);
  });

  it('takes no path that leads out', async () => {
    const { files, skipped } = await read(tarOf({ '../evil.png': 'x', '/root.png': 'x', 'good.png': 'y' }));
    expect(files).toEqual({ 'good.png': 'y' });
    expect(skipped.map(({ reason }) => reason)).toEqual(Array(2).fill('its path leads out of the archive'));
  });

  it('names what is cut off or damaged, and keeps what came before', async () => {
    const whole = tarOf({ '1.png': 'a'.repeat(600), '2.png': 'b'.repeat(600) });
    expect(await read(whole.slice(0, 2200))).toMatchObject({
      files: { '1.png': 'a'.repeat(600) },
      skipped: [{ path: '2.png', reason: expect.stringContaining('cut off') }],
    });
    whole[1536 + 5] = 77;
    expect((await read(whole)).skipped[0]?.reason).toContain('damaged from here');
    await expect(read(new Uint8Array(1000).fill(7))).rejects.toMatchObject({ info: { code: 'format' } });
  });

  it('stops when it is told to', async () => {
    await expect(read(tarOf({ '1.png': 'a' }), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('in a drop', () => {
  const dropped = async (files: File[]) => {
    const skipped: Skipped[] = [];
    const found = await readDrop(files, undefined, { onSkipped: (each) => void skipped.push(each) });
    return { paths: found.map(({ path }) => path), skipped };
  };
  const gzip = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).blob();

  it('tar.gz is opened, whatever it is called, and archives in archives', async () => {
    const inner = tarOf({ 'cat/1.png': 'x', 'dog/1.png': 'y' });
    const packed = await gzip(inner);
    expect((await dropped([new File([packed], 'pets.tar.gz')])).paths).toEqual(['pets/cat/1.png', 'pets/dog/1.png']);
    expect((await dropped([new File([packed], 'pets.tgz')])).paths).toEqual(['pets/cat/1.png', 'pets/dog/1.png']);
    const outer = tarOf({ 'in/pets.tar': inner, 'readme.txt': 'hello' });
    expect((await dropped([new File([outer], 'all.tar')])).paths).toEqual([
      'all/in/pets/cat/1.png',
      'all/in/pets/dog/1.png',
      'all/readme.txt',
    ]);
  });

  it('parts of an archive are put together, and missing ones named', async () => {
    const bytes = tarOf({ 'cat/1.png': 'x' });
    const part = (from: number, to: number, name: string) => new File([bytes.slice(from, to)], name);
    const all = [part(700, 1000, 'p.tar.002'), part(0, 700, 'p.tar.001'), part(1000, 9999, 'p.tar.003')];
    expect((await dropped(all)).paths).toEqual(['p/cat/1.png']);
    const { paths, skipped } = await dropped([all[1] as File, all[2] as File]);
    expect(paths).toEqual([]);
    expect(skipped.map(({ reason }) => reason)).toEqual(
      Array(2).fill('a part of an archive, of which part 2 is missing'),
    );
  });

  it('a bomb is left out with its reason, and the rest is read', async () => {
    const bomb = await gzip(new Uint8Array(2 ** 25));
    const { paths, skipped } = await dropped([new File([bomb], 'bomb.gz'), new File(['x'], '1.png')]);
    expect(paths).toEqual(['1.png']);
    expect(skipped).toEqual([{ path: 'bomb.gz', reason: expect.stringContaining('suspicious size') }]);
    let nested = tarOf({ '1.png': 'x' });
    for (let depth = 0; depth < 8; depth += 1) nested = tarOf({ 'in.tar': nested });
    expect((await dropped([new File([nested], 'deep.tar')])).skipped[0]?.reason).toContain('too many others');
  });
});
