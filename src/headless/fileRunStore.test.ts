import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SavedRun } from '../session/saving/savedRun';
import { FileRunStore } from './fileRunStore';

const run = {
  format: 1,
  about: { id: 'a' },
  history: [{ iteration: 3, kimg: 0.1, values: { lossD: Number.NaN } }],
  snapshot: { trainer: { iteration: 3, tensors: new Map([['a/b', { shape: [2], data: new Float32Array([1, -0]) }]]) } },
} as unknown as SavedRun;

it('gives back what was last saved, to the bit, and nothing once it is forgotten', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'run-store-'));
  const runStore = new FileRunStore(join(folder, 'run.bin'));
  expect(await runStore.load()).toBeNull();
  await runStore.save({ ...run, history: [] });
  await runStore.save(run);
  expect([await runStore.load(), await runStore.list()]).toEqual([run, [run.about]]);
  expect(readdirSync(folder)).toEqual(['run.bin']);
  await runStore.forget();
  expect(await runStore.load()).toBeNull();
});

it('takes a file that cannot be read for no run', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'run-store-')), 'run.bin');
  writeFileSync(file, 'torn');
  expect([await new FileRunStore(file).load(), await new FileRunStore(file).list()]).toEqual([null, []]);
});
