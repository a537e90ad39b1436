import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { initialContext, mobility, movableFrom } from './promptStart';

const shape = { slotCount: 50, contextLength: 4, width: 2 };

describe('initialContext', () => {
  it('is noise of the given deviation, on top of a phrase where there is one', () => {
    const phrase = Float32Array.from({ length: 8 }, (_, i) => i);
    for (const start of [phrase, null]) {
      const context = initialContext(start, shape, 0.3, new CounterRandom(1));
      const noise = context.map((value, i) => value - (start?.[i % 8] ?? 0));
      expect(context).toHaveLength(400);
      expect(Math.sqrt(noise.reduce((total, value) => total + value * value, 0) / 400)).toBeCloseTo(0.3, 1);
      expect(new Set(noise).size).toBeGreaterThan(390);
    }
    expect(() => initialContext(phrase, { ...shape, contextLength: 3 }, 0.3, new CounterRandom(1))).toThrow(RangeError);
  });
});

describe('mobility', () => {
  it('is 1 less the mean cosine of all pairs, whatever the lengths', () => {
    // Cosines 0, 1 and 0.
    expect(mobility(Float32Array.of(1, 0, 0, 5, 3, 0), 2)).toBeCloseTo(1 - 1 / 3, 6);
  });

  it('tells a dead start from a live one', () => {
    const random = new CounterRandom(3, 1);
    const copies = (noise: number): Float32Array =>
      Float32Array.from({ length: 32 * 16 }, (_, i) => (i % 16 === 0 ? 1 : 0) + noise * random.normal());
    expect(mobility(copies(0), 16)).toBeCloseTo(0, 6);
    expect(mobility(copies(0.01), 16)).toBeLessThan(movableFrom);
    expect(mobility(copies(0.1), 16)).toBeGreaterThan(movableFrom);
  });
});
