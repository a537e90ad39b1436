import { expect, it } from 'vitest';
import { wordsFor } from './Questions';

it('who stops a paused run is not offered to keep it training, nor to pause it', () => {
  const paused = wordsFor({ kind: 'stop' }, { running: true, paused: true });
  expect([paused.no, wordsFor({ kind: 'drop', name: 'cats' }, { running: true, paused: true }).no]).toEqual([
    'Keep it paused',
    'Keep it paused',
  ]);
  expect(paused.text).not.toContain('pause it instead');
  const training = wordsFor({ kind: 'stop' }, { running: true });
  expect([training.no, training.text]).toEqual(['Keep training', expect.stringContaining('pause it instead')]);
});

it('a run that this browser keeps is not called discarded', () => {
  const questions = [{ kind: 'start' }, { kind: 'close' }, { kind: 'drop', name: 'cats' }] as const;
  const said = (kept: boolean): string[] => questions.map((question) => JSON.stringify(wordsFor(question, { kept })));
  for (const words of said(true)) expect(words).toMatch(/^(?=.*stays under Runs)(?!.*[Dd]iscard)/);
  for (const words of said(false)) expect(words).toMatch(/[Dd]iscard/);
});
