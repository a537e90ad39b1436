import { expect, it } from 'vitest';
import type { LabelFile } from './labelFile';
import { packLabelFiles, packPaths, unpackLabelFiles, unpackPaths } from './packedLabelFiles';

it('gives back what was packed', async () => {
  const files: LabelFile[] = [
    {
      path: 'a.csv',
      problem: null,
      rows: [
        { key: 'x\n1.png', label: 'cat' },
        { key: 'x 2.png', label: null },
        { key: 'x 3.png', label: null, several: true },
        { key: '', label: '' },
      ],
      names: null,
    },
    { path: 'broken.json', problem: 'it is no whole JSON', rows: [], names: null },
    { path: 'classes.txt', problem: null, rows: [], names: new Map([['0', 'cat']]), form: 'lines' },
    {
      path: 'attr.txt',
      problem: null,
      rows: [],
      names: null,
      traits: {
        names: ['Bald', 'Smiling'],
        keys: ['1.png', '2.png'],
        values: Int8Array.of(1, 0, -1, 1),
        having: [1, 1],
        lacking: [0, 1],
      },
    },
    { path: 'z.cls', problem: null, rows: [{ key: 'z', label: 'cat' }], names: null },
  ];
  const packed = structuredClone(await packLabelFiles(files));
  expect(packed.labels).toBe('cat\0');
  expect(await unpackLabelFiles(packed)).toEqual(files);
  expect(await unpackLabelFiles(await packLabelFiles([]))).toEqual([]);
});

it('gives back paths, of which a few texts were made', async () => {
  const paths = Array.from({ length: 40_000 }, (_, i) => `set/${i}\n.png`);
  const packed = await packPaths(paths);
  expect(packed.length).toBeLessThan(4);
  expect(unpackPaths(packed)).toEqual(paths);
  expect(unpackPaths(await packPaths(['']))).toEqual(['']);
  expect(unpackPaths(await packPaths([]))).toEqual([]);
});
