import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { jobSources } from './jobSources';

it('has every file of the program', async () => {
  const names = [...(await jobSources()).keys()].filter((name) => name.startsWith('lcpgan/'));
  const there = readdirSync(fileURLToPath(new URL('lcpgan', import.meta.url))).filter((name) => name.endsWith('.py'));
  expect(names.toSorted()).toEqual(there.map((name) => `lcpgan/${name}`).toSorted());
});
