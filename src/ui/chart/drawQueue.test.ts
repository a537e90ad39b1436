import { expect, test, vi } from 'vitest';
import { drawNoMore, drawSoon } from './drawQueue';

test('each owner’s newest drawing has a task of its own, and a failure holds up no other', () => {
  vi.useFakeTimers();
  const drawn: string[] = [];
  const [a, b, c, d] = [{}, {}, {}, {}];
  drawSoon(a, () => drawn.push('a, old'));
  drawSoon(b, () => {
    throw new Error('broken');
  });
  drawSoon(c, () => drawn.push('c'));
  drawSoon(d, () => drawn.push('d'));
  drawSoon(a, () => drawn.push('a'));
  drawNoMore(c);
  expect(drawn).toEqual([]);
  vi.advanceTimersToNextTimer();
  expect(drawn).toEqual(['a']);
  expect(() => vi.advanceTimersToNextTimer()).toThrow('broken');
  vi.advanceTimersToNextTimer();
  expect(drawn).toEqual(['a', 'd']);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
