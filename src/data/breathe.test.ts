import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Breather } from './breathe';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('lets work go on at first, then makes all callers wait for the same turn of the others', async () => {
  const breather = new Breather();
  expect(breather.breathe()).toBeNull();
  vi.advanceTimersByTime(20);
  expect(breather.breathe()).toBeNull();
  vi.setSystemTime(Date.now() + 10);
  vi.advanceTimersByTime(10);
  const pause = breather.breathe();
  expect(pause).not.toBeNull();
  expect(breather.breathe()).toBe(pause);
  await vi.runAllTimersAsync();
  await pause;
  expect(breather.breathe()).toBeNull();
});
