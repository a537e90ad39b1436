import { expect, test } from 'vitest';
import { awayNote } from './away';

const minutes = (at: number, iteration: number) => ({ at: at * 60_000, iteration });

test('full speed in the background is told as a note, less as a warning with its measure', () => {
  expect(awayNote(minutes(0, 0), minutes(10, 1000), minutes(20, 1990))).toEqual({
    tone: 'info',
    text: 'The tab was hidden for 10 min. Training went on for 990 iterations.',
    action: '',
  });
  expect(awayNote(minutes(0, 0), minutes(10, 1000), minutes(20, 1250))).toMatchObject({
    tone: 'warning',
    text: expect.stringContaining('25% of its speed'),
  });
});

test('a short absence, or a run that began anew meanwhile, is not worth a word', () => {
  expect(awayNote(minutes(0, 0), minutes(10, 1000), minutes(10.5, 1050))).toBeNull();
  expect(awayNote(minutes(0, 0), minutes(10, 1000), minutes(20, 10))).toBeNull();
});

test('without a measure of the usual speed nothing is called slow', () => {
  expect(awayNote(minutes(9.9, 990), minutes(10, 1000), minutes(20, 1001))?.tone).toBe('info');
});

test('a few iterations more or less are chance: a machine that takes long over each is not called slowed down', () => {
  expect(awayNote(minutes(0, 0), minutes(10, 22), minutes(11.25, 24))?.tone).toBe('info');
  expect(awayNote(minutes(0, 0), minutes(10, 19), minutes(100, 40))?.tone).toBe('info');
  expect(awayNote(minutes(0, 0), minutes(10, 22), minutes(100, 40))?.tone).toBe('warning');
});
