// Pictures kept in the browser's private file system: they come back as they were, whole sets only, the newest three.
import { afterEach, expect, it } from 'vitest';
import { PictureShelf, shelfLimits } from './pictureShelf';

const drop = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    path: `${name}/class/${i}.png`,
    file: new File([`${name} ${i}`], `${i}.png`, { type: 'image/png', lastModified: 1000 + i }),
  }));
const about = (id: string, savedAt: number) => ({ id, name: id, pictures: 3, savedAt, about: { skipped: [] } });
const signal = new AbortController().signal;

async function shelf(): Promise<PictureShelf> {
  const opened = await PictureShelf.open();
  if (!opened) throw new Error('no storage');
  return opened;
}

afterEach(async () => {
  await (await navigator.storage.getDirectory()).removeEntry('pictures', { recursive: true }).catch(() => undefined);
});

it('gives files back byte for byte, under their paths and in their order', async () => {
  const files = drop('a', 600);
  expect(await (await shelf()).keep(about('a', 1), files, { signal })).toBe(true);
  const later = await shelf();
  expect(await later.list()).toMatchObject([{ id: 'a', files: 600, pictures: 3, about: { skipped: [] } }]);
  const back = (await later.files('a')) ?? [];
  expect(back.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
  for (const i of [0, 255, 256, 599]) {
    expect(await back[i]?.file.text()).toBe(`a ${i}`);
    expect(back[i]?.file).toMatchObject({ name: `${i}.png`, type: 'image/png', lastModified: 1000 + i });
  }
});

it('leaves nothing of a set that was broken off or has no room, and knows none that it does not have', async () => {
  const kept = await shelf();
  const broken = new AbortController();
  const files = drop('b', 600);
  const onProgress = (done: number): void => {
    if (done >= 256) broken.abort();
  };
  expect(await kept.keep(about('b', 1), files, { signal: broken.signal, onProgress })).toBe(false);
  const huge = Object.defineProperty(new File([], 'huge'), 'size', { value: shelfLimits.bytes + 1 });
  expect(await kept.keep(about('huge', 1), [{ path: 'huge', file: huge }], { signal })).toBe(false);
  expect([await kept.list(), await kept.files('b'), await kept.files('none')]).toEqual([[], null, null]);
});

it('keeps the newest three, the one that is kept again among them', async () => {
  const kept = await shelf();
  for (const [id, at] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['a', 4],
    ['d', 5],
  ] as const)
    expect(await kept.keep(about(id, at), drop(id, 3), { signal })).toBe(true);
  expect((await kept.list()).map(({ id }) => id)).toEqual(['d', 'a', 'c']);
  expect(await (await kept.files('a'))?.[2]?.file.text()).toBe('a 2');
});
