import { expect, it } from 'vitest';
import { wordsFor } from './Questions';

it('who stops a paused run is not offered to keep it training, nor to pause it', () => {
  const paused = wordsFor({ kind: 'stop' }, true, true);
  expect([paused.no, wordsFor({ kind: 'drop', name: 'cats' }, true, true).no]).toEqual([
    'Keep it paused',
    'Keep it paused',
  ]);
  expect(paused.text).not.toContain('pause it instead');
  const training = wordsFor({ kind: 'stop' }, true, false);
  expect([training.no, training.text]).toEqual(['Keep training', expect.stringContaining('pause it instead')]);
});
