import { describe, expect, it } from 'vitest';
import { BatchSampler } from './sampler';

const drain = (sampler: BatchSampler, batches: number, batch: number): number[] =>
  Array.from({ length: batches }, () => [...sampler.next(batch)]).flat();
const everyOne = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const order = (seed: number, stream: number): number[] => [
  ...new BatchSampler({ population: 50, seed, stream }).next(50),
];
const byNumber = (a: number, b: number): number => a - b;

describe('BatchSampler', () => {
  it('shows every image once an epoch, each epoch in another order', () => {
    const sampler = new BatchSampler({ population: 100, seed: 1, stream: 2 });
    const first = drain(sampler, 10, 10);
    const second = drain(sampler, 10, 10);
    expect(first.toSorted(byNumber)).toEqual(everyOne(100));
    expect(second.toSorted(byNumber)).toEqual(everyOne(100));
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(everyOne(100));
  });

  it('fills batches across the end of an epoch', () => {
    const drawn = drain(new BatchSampler({ population: 10, seed: 1, stream: 0 }), 5, 4);
    expect(drawn.slice(0, 10).toSorted(byNumber)).toEqual(everyOne(10));
    expect(drawn.slice(10).toSorted(byNumber)).toEqual(everyOne(10));
    expect(new BatchSampler({ population: 3, seed: 1, stream: 0 }).next(8)).toHaveLength(8);
  });

  it('draws only from the images it was given', () => {
    const population = Uint32Array.from([5, 17, 40]);
    expect([...new BatchSampler({ population, seed: 9, stream: 0 }).next(3)].toSorted(byNumber)).toEqual([5, 17, 40]);
    expect(() => new BatchSampler({ population: 0, seed: 1, stream: 0 })).toThrow(RangeError);
  });

  it('goes on from its cursor with the very same batches, wherever it stands', () => {
    for (let stop = 0; stop < 12; stop += 1) {
      const whole = new BatchSampler({ population: 10, seed: 3, stream: 1 });
      drain(whole, stop, 3);
      const cursor = structuredClone(whole.cursor());
      expect(drain(new BatchSampler({ population: 10, seed: 3, stream: 1, cursor }), 7, 3)).toEqual(drain(whole, 7, 3));
    }
  });

  it('depends on seed and stream', () => {
    expect(order(1, 1)).toEqual(order(1, 1));
    expect(order(1, 1)).not.toEqual(order(2, 1));
    expect(order(1, 1)).not.toEqual(order(1, 2));
  });
});
