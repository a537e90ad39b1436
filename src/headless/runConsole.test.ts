import { expect, it } from 'vitest';
import { unknown } from '../lcp/health/health';
import { slotIndex } from '../shared/indices';
import type { Event } from '../session/protocol/events';
import { RunConsole } from './runConsole';

it('prints progress once a second, with the losses while training, and the health at the end', async () => {
  const lines: string[] = [];
  let time = 0;
  const terminal = new RunConsole({ items: [], truth: null, print: (line) => lines.push(line), now: () => time });
  const progress = (done: number): Event => ({
    type: 'progress',
    phase: 'train',
    label: 'Training',
    done,
    total: 2,
    unit: 'kimg',
    secondsLeft: 8.2,
  });
  terminal.take(progress(0.1));
  terminal.take({ type: 'stats', points: [{ iteration: 1, kimg: 0.2, values: { lossD: 2, lossG: -0.25 } }] });
  time = 500;
  terminal.take(progress(0.2));
  time = 1000;
  terminal.take(progress(0.3));
  terminal.take({ type: 'notice', tone: 'info', code: 'x', text: 'Something.', action: '' });
  terminal.take({
    type: 'health',
    findings: [
      unknown('copies', 'Too early.'),
      { code: 'collapse', state: 'act', value: 0.2, text: 'Alike.', action: 'Do.' },
    ],
  });
  terminal.take({ type: 'state', state: 'paused' });
  terminal.take({ type: 'failed', error: { code: 'diverged', what: 'a', why: 'b', action: 'c' } });
  terminal.take({ type: 'state', state: 'failed' });
  await terminal.ended;
  expect(lines).toEqual([
    'train     Training: 0.1 of 2 kimg, 9 s left',
    'train     Training: 0.3 of 2 kimg, 9 s left, loss D 2.000 G -0.250',
    'info      Something.',
    'health    not judged Copies of your pictures: Too early.',
    'health    ACT        Variety of samples: Alike. Do.',
  ]);
  expect(terminal.failure?.info.code).toBe('diverged');
});

it('keeps the first and the newest grid', () => {
  const terminal = new RunConsole({ items: [], truth: null, print: () => undefined });
  const samples = (iteration: number): Event => ({
    type: 'samples',
    iteration,
    kimg: 0,
    columns: 1,
    rows: [slotIndex(0)],
    size: 1,
    rgba: new ArrayBuffer(4),
  });
  for (const iteration of [0, 5, 9]) terminal.take(samples(iteration));
  expect([terminal.firstGrid?.iteration, terminal.lastGrid?.iteration]).toEqual([0, 9]);
});
