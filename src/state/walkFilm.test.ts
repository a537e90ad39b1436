import { expect, test } from 'vitest';
import { latents } from './latents';
import { walkers, walkOf, walkStarts } from './walkFilm';

const latent = 5;
const starts = latents(walkStarts, latent, 3, null);
const rowsOf = (z: Float32Array): string[] =>
  Array.from({ length: z.length / latent }, (_, i) => z.subarray(i * latent, (i + 1) * latent).join());

test('each walker goes its own round trip through its own latents, whatever parts it is drawn in', () => {
  const walk = walkOf(starts, latent, { mixed: false, share: 0.25 });
  const whole = rowsOf(walk.part(0, walk.frames).z);
  expect(whole).toHaveLength(walk.frames * walkers);
  expect(new Set(whole).size).toBe(whole.length);
  expect(whole.slice(0, walkers)).toEqual([0, 4, 8, 12].map((key) => rowsOf(starts)[key]));
  // A quarter of the way on, every walker has come to its second latent.
  const quarter = walkers * (walk.frames / 4);
  const second = rowsOf(starts)[5]?.split(',').map(Number) ?? [];
  expect(whole[quarter + 1]?.split(',').map(Number)).toEqual(second.map((value) => expect.closeTo(value, 5)));
  expect(rowsOf(walk.part(16, 16).z)).toEqual(whole.slice(16 * walkers, 32 * walkers));
  expect(walk.part(16, 16).share).toBe(0.25);
});

test('between two conditions the latents stay, and the share goes there and back', () => {
  const walk = walkOf(starts, latent, { mixed: true, share: 0.25 });
  const shares = Array.from({ length: walk.frames }, (_, frame) => walk.part(frame, walk.framesAPart).share);
  expect(shares[0]).toBe(0);
  expect(shares[walk.frames / 2]).toBeCloseTo(1, 6);
  expect(shares.slice(0, 20)).toEqual(shares.slice(0, 20).toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBeLessThan(0.01);
  expect(walk.framesAPart).toBe(1);
  expect(rowsOf(walk.part(9, 1).z)).toEqual([0, 4, 8, 12].map((key) => rowsOf(starts)[key]));
});
