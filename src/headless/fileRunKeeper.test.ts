import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { KeptRun } from '../session/saving/keptRun';
import { FileRunKeeper } from './fileRunKeeper';

const run = {
  format: 1,
  about: { id: 'a' },
  history: [{ iteration: 3, kimg: 0.1, values: { lossD: Number.NaN } }],
  snapshot: { trainer: { iteration: 3, tensors: new Map([['a/b', { shape: [2], data: new Float32Array([1, -0]) }]]) } },
} as unknown as KeptRun;

it('gives back what was last kept, to the bit, and nothing once it is forgotten', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'run-keeper-'));
  const keeper = new FileRunKeeper(join(folder, 'run.bin'));
  expect(await keeper.load()).toBeNull();
  await keeper.keep({ ...run, history: [] });
  await keeper.keep(run);
  expect([await keeper.load(), await keeper.list()]).toEqual([run, [run.about]]);
  expect(readdirSync(folder)).toEqual(['run.bin']);
  await keeper.forget();
  expect(await keeper.load()).toBeNull();
});

it('takes a file that cannot be read for no run', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'run-keeper-')), 'run.bin');
  writeFileSync(file, 'torn');
  expect([await new FileRunKeeper(file).load(), await new FileRunKeeper(file).list()]).toEqual([null, []]);
});
