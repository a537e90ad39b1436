import { expect, test } from 'vitest';
import { ProgressMeter } from './progressMeter';
import type { Event, EventOf } from '../protocol/events';

function meterAt(total: number, done = 0) {
  let time = 0;
  const events: EventOf<'progress'>[] = [];
  const emit = (event: Event) => {
    if (event.type === 'progress') events.push(event);
  };
  const meter = new ProgressMeter({ phase: 'features', label: 'x', unit: 'images', total, done }, emit, () => time);
  return { meter, events, advance: (ms: number) => (time += ms) };
}

test('reports the time left from the pace', () => {
  const { meter, events, advance } = meterAt(100);
  for (let done = 1; done <= 50; done += 1) {
    advance(250);
    meter.update(done);
  }
  const last = events.at(-1);
  expect(last?.done).toBe(50);
  expect(last?.secondsLeft).toBeCloseTo(50 * 0.25, 6);
});

test('takes what was finished before into the count, not into the pace', () => {
  const { meter, events, advance } = meterAt(1000, 900);
  expect(events[0]).toMatchObject({ done: 900, secondsLeft: null });
  advance(1000);
  meter.update(910);
  expect(events.at(-1)?.secondsLeft).toBeCloseTo(9, 6);
});

test('throttles, but never swallows the last report', () => {
  const { meter, events, advance } = meterAt(1000);
  for (let done = 1; done <= 1000; done += 1) {
    advance(1);
    meter.update(done);
  }
  expect(events.length).toBeLessThan(10);
  expect(events.at(-1)?.done).toBe(1000);
  expect(events.at(-1)?.secondsLeft).toBe(0);
});

test('keeps a pause out of the estimate', () => {
  const { meter, events, advance } = meterAt(10);
  for (let done = 1; done <= 4; done += 1) {
    advance(1000);
    meter.update(done);
  }
  advance(3_600_000);
  meter.rest();
  advance(1000);
  meter.update(5);
  expect(events.at(-1)?.secondsLeft).toBeCloseTo(5, 6);
});

test('says nothing about the time left while the total is unknown', () => {
  const { meter, events, advance } = meterAt(0);
  advance(1000);
  meter.update(5);
  expect(events.at(-1)?.secondsLeft).toBeNull();
});
