import { describe, expect, it } from 'vitest';
import { conditionOf, latents, mixed, movedAlong, walk } from './latents';

const slots = [
  { slot: 0, classIndex: 0, cluster: 0 },
  { slot: 1, classIndex: 0, cluster: 1 },
  { slot: 2, classIndex: 1, cluster: 0 },
];

describe('conditions', () => {
  it('are a cluster, a class in equal parts, or a mix of both', () => {
    const cat = conditionOf({ kind: 'class', classIndex: 0 }, slots);
    const dog = conditionOf({ kind: 'slot', slot: 2 }, slots);
    expect([...cat]).toEqual([0.5, 0.5, 0]);
    expect([...mixed(cat, dog, 0.25)]).toEqual([0.375, 0.375, 0.25]);
  });
});

describe('latents', () => {
  it('are the same for the same seed, and stay within the truncation', () => {
    expect(latents(2, 8, 5, null)).toEqual(latents(2, 8, 5, null));
    expect(latents(2, 8, 6, null)).not.toEqual(latents(2, 8, 5, null));
    const all = latents(50, 8, 1, 0.5);
    expect(Math.max(...all.map(Math.abs))).toBeLessThanOrEqual(0.5);
    expect(Math.max(...latents(50, 8, 1, null).map(Math.abs))).toBeGreaterThan(1);
  });

  it('move along directions', () => {
    const moved = movedAlong(Float32Array.of(1, 1, 2, 2), 2, Float32Array.of(0, 1, 1, 0), [3, -1]);
    expect([...moved]).toEqual([0, 4, 1, 5]);
    expect([...movedAlong(Float32Array.of(1), 1, null, [3])]).toEqual([1]);
  });

  it('walk through the keys and back, keeping their length on the way', () => {
    const frames = walk(Float32Array.of(1, 0, 0, 1), 2, 4);
    const half = Math.SQRT1_2;
    [1, 0, half, half, 0, 1, half, half].forEach((value, i) => expect(frames[i]).toBeCloseTo(value, 6));
  });
});
