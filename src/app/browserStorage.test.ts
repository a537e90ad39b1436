import { expect, it } from 'vitest';
import type { ClipEntry } from '../clip/manifest';
import type { StoredRun } from '../session/saving/shelfRunStore';
import { describeFeatures, describeModels, describeRun } from './browserStorage';

const entry = (id: string, files: [ClipEntry['files'][number]['role'], string, number][]): ClipEntry =>
  ({
    id,
    name: id.toUpperCase(),
    files: files.map(([role, sha256, bytes]) => ({ role, sha256, bytes, url: sha256 })),
  }) as unknown as ClipEntry;
const entries = [
  entry('full', [
    ['vision', 'v1', 100],
    ['text', 't1', 50],
    ['tokenizer', 'k', 10],
  ]),
  entry('small', [
    ['vision', 'v2', 30],
    ['text', 't2', 20],
    ['tokenizer', 'k', 10],
  ]),
];
const stored = (...files: [string, number, number][]): Parameters<typeof describeModels>[1] =>
  files.map(([sha256, bytes, used]) => ({ sha256, bytes, used }));

it('names what is stored by the list, and tells a half download from a whole one', () => {
  const models = describeModels(entries, stored(['v1', 100, 5], ['t1', 50, 7], ['k', 10, 6], ['v2', 12, 9]));
  expect(models.map(({ item, hashes }) => [item.name, item.bytes, item.used, item.complete, hashes])).toEqual([
    ['FULL', 160, 7, true, ['v1', 't1', 'k']],
    ['SMALL', 12, 9, false, ['v2']],
  ]);
});

it('does not take a shared tokenizer for a model, and shows what no list knows', () => {
  expect(describeModels(entries, stored(['k', 10, 1]))).toMatchObject([{ item: { id: 'file:k', complete: false } }]);
  expect(describeModels([], stored(['v1', 100, 5]))[0]?.item).toMatchObject({ id: 'file:v1', bytes: 100 });
  expect(describeModels(entries, [])).toEqual([]);
});

it('names features by the CLIP that they come from, those of pictures and of words as one', () => {
  const pictures = { folder: 'v1-r-2', clip: 'v1', bytes: 5, used: 1 };
  const words = { folder: 'v1-texts-2', clip: 'v1', bytes: 7, used: 3 };
  const own = { folder: 'zz-r-2', clip: 'zz', bytes: 1, used: 2 };
  expect(describeFeatures(entries, [pictures, own, words])).toMatchObject([
    { id: 'features:v1', name: 'Features of FULL', bytes: 12, used: 3 },
    { id: 'features:zz', name: 'Features of your own CLIP (zz)', bytes: 1, used: 2 },
  ]);
});

it('says how far a run had come, and what is left of it', () => {
  const run = {
    id: 'r',
    name: null,
    deletedAt: null,
    whole: true,
    elsewhere: false,
    imageCount: 2,
    kimg: 12.34,
    savedAt: 7,
    bytes: 9,
    storedBytes: 30,
  } as unknown as StoredRun;
  expect(describeRun(run)).toEqual({
    id: 'run:r',
    kind: 'run',
    name: 'Run at 12.3 kimg, 2 pictures',
    bytes: 30,
    used: 7,
    complete: true,
    held: false,
  });
  expect(describeRun({ ...run, whole: false, name: 'Best', deletedAt: 5 }).name).toBe(
    'Best: Curves and samples of a run at 12.3 kimg, 2 pictures (deleted, can still be had back)',
  );
});
