import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Session } from '../session/session';
import { writeJob } from './writeJob';

/** A session of which only the names of its commands are of interest. */
function session(answer: () => unknown): { asked: string[]; handle: Session['handle'] } {
  const asked: string[] = [];
  const handle = async ({ type }: { type: string }): Promise<unknown> => {
    asked.push(type);
    return type === 'trainingJob' ? answer() : undefined;
  };
  return { asked, handle: handle as Session['handle'] };
}

it('writes the files, those in folders too, and ends the run', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'job-')), 'new');
  const files = [{ name: 'lcpgan/state.py', bytes: new TextEncoder().encode('x = 1').buffer }];
  const { asked, handle } = session(() => ({ files }));
  await writeJob({ handle }, folder);
  expect(readFileSync(join(folder, 'lcpgan/state.py'), 'utf8')).toBe('x = 1');
  expect(asked).toEqual(['trainingJob', 'stop']);
});

it('ends a run that cannot become a job, and says why', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'job-')), 'new');
  const { asked, handle } = session(() => {
    throw new Error('not at 64 pixels');
  });
  await expect(writeJob({ handle }, folder)).rejects.toThrow('not at 64 pixels');
  expect(asked).toEqual(['trainingJob', 'stop']);
  expect(existsSync(folder)).toBe(false);
});
