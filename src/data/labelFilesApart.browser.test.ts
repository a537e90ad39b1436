// Large label files, and readings of many rows, pass through workers: what comes back is what is read on the page.
import { expect, it } from 'vitest';
import { factsOf } from './facts';
import { interpretFolder } from './interpret';
import { interpretApart } from './interpretApart';
import { labelFilesApart } from './labelFilesApart';

it('a long table is read in a worker as it is here, and so is the data set', async () => {
  const pictures = Array.from({ length: 4000 }, (_, i) => `set/pictures/a picture of something ${i}.png`);
  const kinds = ['cat', 'dog', ''];
  const table = ['file,label', ...pictures.map((path, i) => `${path},${kinds[i % 3] ?? ''}`)].join('\n');
  const files = [...pictures, 'set/labels.csv'].map((path) => ({
    path,
    file: new Blob([path.endsWith('.csv') ? table : '']),
  }));
  let opened = 0;
  const apart = await factsOf(files, undefined, (paths) => {
    opened += 1;
    expect(paths).toEqual(pictures);
    return labelFilesApart(paths);
  });
  expect(opened).toBe(1);
  const here = await factsOf(files);
  expect(apart).toEqual(here);
  expect(apart.labelFiles[0]?.rows).toHaveLength(4000);

  const paths = files.map(({ path }) => path);
  const reading = await interpretApart(paths, apart);
  expect(reading).toEqual(interpretFolder(paths, here));
  expect(reading.labeledPerClass).toEqual([1334, 1333]);
});

it('where the worker cannot be had, the table is read here', async () => {
  const path = 'labels.csv';
  const rows = Array.from({ length: 9000 }, (_, i) => `${i % 2}.png,kind ${i % 2}`).join('\n');
  const files = ['0.png', '1.png', path].map((each) => ({ path: each, file: new Blob([each === path ? rows : '']) }));
  const broken = () => ({ read: () => Promise.reject(new Error('gone')), close: () => undefined });
  expect(await factsOf(files, undefined, broken)).toEqual(await factsOf(files));
});
