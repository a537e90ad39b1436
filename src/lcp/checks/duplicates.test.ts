import { expect, it } from 'vitest';
import { runNow } from '../../shared/cooperative';
import { CounterRandom } from '../../shared/rng';
import { exactDuplicates, nearDuplicates } from './duplicates';

const d = 16;

/** `count` random unit features; those listed in `twins` are another one with a little noise. */
function pictures(count: number, twins: readonly [number, number][]): Float32Array {
  const random = new CounterRandom(3, 1);
  const features = new Float32Array(count * d);
  const set = (image: number, row: number[]): void => {
    const length = Math.hypot(...row);
    row.forEach((value, j) => (features[image * d + j] = value / length));
  };
  for (let image = 0; image < count; image += 1)
    set(
      image,
      Array.from({ length: d }, () => random.uniform() - 0.5),
    );
  for (const [copy, of] of twins)
    set(
      copy,
      [...features.subarray(of * d, (of + 1) * d)].map((value) => value + 0.01 * (random.uniform() - 0.5)),
    );
  return features;
}

const hashes = (count: number): string[] => Array.from({ length: count }, (_, i) => `hash ${i}`);

it('the same file more than once is a group by its hash', () => {
  expect(exactDuplicates(['a', 'b', 'a', 'c', 'b', 'a'])).toEqual([
    [0, 2, 5],
    [1, 4],
  ]);
});

it('nearly the same pictures hang together, and copies of one file stand for one', () => {
  const features = pictures(40, [
    [7, 3],
    [9, 7],
    [30, 31],
  ]);
  expect(runNow(nearDuplicates(features, d, hashes(40)))).toEqual([
    [3, 7, 9],
    [30, 31],
  ]);
  const same = hashes(40);
  same[31] = same[30] ?? '';
  expect(runNow(nearDuplicates(features, d, same))).toEqual([[3, 7, 9]]);
});

it('where all pictures are of one kind, what is alike beyond that counts', () => {
  const features = pictures(60, [[7, 3]]);
  const kind = Float32Array.from({ length: d }, (_, j) => (j === 0 ? 4 : 0));
  for (let image = 0; image < 60; image += 1) {
    const row = features.subarray(image * d, (image + 1) * d).map((value, j) => value + (kind[j] ?? 0));
    features.set(
      row.map((value) => value / Math.hypot(...row)),
      image * d,
    );
  }
  const cosine = (a: number, b: number): number =>
    features.subarray(a * d, (a + 1) * d).reduce((sum, value, j) => sum + value * (features[b * d + j] ?? 0), 0);
  expect(cosine(0, 1)).toBeGreaterThan(0.85);
  expect(runNow(nearDuplicates(features, d, hashes(60), 0.85))).toEqual([[3, 7]]);
});

it('pictures that could not be read are no copies of each other', () => {
  const features = pictures(6, []);
  features.fill(0, 2 * d, 4 * d);
  expect(runNow(nearDuplicates(features, d, hashes(6)))).toEqual([]);
});

it('finds them among too many to compare every two', () => {
  const twins = Array.from({ length: 50 }, (_, i): [number, number] => [2000 + i, i]);
  const found = runNow(nearDuplicates(pictures(3500, twins), d, hashes(3500)));
  expect(found.length).toBeGreaterThanOrEqual(49);
  for (const [a, b] of found) expect(b).toBe((a ?? 0) + 2000);
});
