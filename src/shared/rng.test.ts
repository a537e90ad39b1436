import { describe, expect, it } from 'vitest';
import { CounterRandom, philox4x32 } from './rng';

const hex = (words: readonly number[]): string => words.map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox4x32', () => {
  // Known answers published with the reference implementation (Random123, kat_vectors, philox4x32 with 10 rounds).
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const)('gives the known answer for counter %j', (counter, key, answer) => {
    expect(hex(philox4x32([...counter], [...key]))).toBe(answer);
  });
});

const draw = (source: CounterRandom): number[] => [
  source.normal(),
  source.uniform(),
  source.normal(),
  source.integer(1000),
  source.normal(),
];

describe('CounterRandom', () => {
  it('reads the words of its stream in order', () => {
    const random = new CounterRandom({ seed: 5, stream: 6, step: 7 });
    const words = Array.from({ length: 10 }, () => random.word());
    const expected = [0, 1, 2].flatMap((block) => philox4x32([block, 7, 0, 0], [5, 6])).slice(0, 10);
    expect(words).toEqual(expected);
  });

  it('has uniform moments', () => {
    const random = new CounterRandom(1, 2);
    const values = Array.from({ length: 20_000 }, () => random.uniform());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / values.length));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
  });

  it('has normal moments up to the fourth', () => {
    const random = new CounterRandom(3, 4);
    const n = 40_000;
    const values = Array.from({ length: n }, () => random.normal());
    const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });

  it('draws integers without bias and permutations without repeats', () => {
    const random = new CounterRandom(9);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 14_000; i++) {
      const face = random.integer(7);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(4 * Math.sqrt(2000 * (6 / 7)));
    expect([...random.permutation(100)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(random.permutation(0)).toHaveLength(0);
    expect(() => random.integer(0)).toThrow(RangeError);
  });

  it('goes on exactly where a saved state stopped, half a pair of normals included', () => {
    const random = new CounterRandom(11, 12, 13);
    random.uniform();
    random.normal();
    const copy = CounterRandom.restore(structuredClone(random.state()));

    expect(draw(copy)).toEqual(draw(random));
  });

  it('separates seeds, streams and steps', () => {
    const first = [
      new CounterRandom(1, 0, 0),
      new CounterRandom(2, 0, 0),
      new CounterRandom(1, 1, 0),
      new CounterRandom(1, 0, 1),
    ].map((random) => random.word());
    expect(new Set(first).size).toBe(4);
  });
});
