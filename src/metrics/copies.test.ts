import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../shared/rng';
import { checkCopies, pixelDifference } from './copies';
import { manifold } from './manifold';

const random = new CounterRandom(5, 935);
const size = 8;
const one = size * size * 3;
const noise = (count: number): Uint8Array => Uint8Array.from({ length: count * one }, () => random.integer(256));
/** The pixels themselves as features. */
const featuresOf = (pixels: Uint8Array): Float32Array => Float32Array.from(pixels);

async function check(reals: Uint8Array, samples: Uint8Array) {
  const { nearest } = await manifold({ reals: featuresOf(reals), samples: featuresOf(samples), d: one });
  return checkCopies({ nearest, reals, samples, size });
}

describe('the search for copies', () => {
  it('finds none among other pictures of the same kind', async () => {
    const found = await check(noise(120), noise(80));
    expect(found.share).toBeLessThan(0.05);
    expect(found.samePixels).toBe(0);
    expect(found.pairs.length).toBe(24);
  });

  it('finds planted copies, nearest first, with their real', async () => {
    const reals = noise(120);
    const samples = noise(80);
    [
      [3, 17],
      [50, 4],
      [79, 119],
    ].forEach(([sample, real]) =>
      samples.set(
        reals.subarray((real as number) * one, ((real as number) + 1) * one).map((v) => Math.min(255, v + 1)),
        (sample as number) * one,
      ),
    );
    const found = await check(reals, samples);
    expect(found.suspects).toBeGreaterThanOrEqual(3);
    expect(found.samePixels).toBe(3);
    expect(
      found.pairs
        .slice(0, 3)
        .map(({ sample, real }) => `${sample}-${real}`)
        .toSorted(),
    ).toEqual(['3-17', '50-4', '79-119']);
    for (const pair of found.pairs.slice(0, 3)) expect(pair.rank).toBe(0);
  });
});

describe('the difference of pixels', () => {
  it('forgives a mirror and a small shift, and nothing more', () => {
    const [a, b] = [noise(1), noise(1)];
    const mirrored = Uint8Array.from(
      a,
      (_, i) => a[(Math.floor(i / (size * 3)) * size + size - 1 - (Math.floor(i / 3) % size)) * 3 + (i % 3)] as number,
    );
    const shifted = Uint8Array.from(a, (_, i) => a[Math.max(0, i - size * 3)] as number);
    expect(pixelDifference(a, a, size)).toBe(0);
    expect(pixelDifference(a, mirrored, size)).toBe(0);
    expect(pixelDifference(shifted, a, size)).toBe(0);
    expect(pixelDifference(a, b, size)).toBeGreaterThan(60);
  });
});
