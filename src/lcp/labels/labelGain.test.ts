import { expect, it } from 'vitest';
import { runNow } from '../../shared/cooperative';
import { allRows, meanOfRows } from '../../shared/linearAlgebra';
import { CounterRandom } from '../../shared/rng';
import { doubts, labelQueue } from './labelGain';

const d = 8;

/** Unit features around axes: `sizes[g]` pictures at axis g. */
function groups(sizes: readonly number[]): { features: Float32Array; group: number[] } {
  const random = new CounterRandom(1, 2);
  const group = sizes.flatMap((size, g) => Array.from({ length: size }, () => g));
  const features = new Float32Array(group.length * d);
  group.forEach((g, i) => {
    const row = Array.from({ length: d }, (_, j) => Number(j === g) + 0.1 * (random.uniform() - 0.5));
    const length = Math.hypot(...row);
    row.forEach((value, j) => (features[i * d + j] = value / length));
  });
  return { features, group };
}

const queueOf = (features: Float32Array, probabilities: Float32Array | null, classCount: number, open: Uint8Array) => [
  ...runNow(
    labelQueue({
      features,
      d,
      probabilities,
      classCount,
      open,
      centre: meanOfRows(features, d, allRows(open.length)),
    }),
  ),
];

it('doubt is the entropy of the answers as a share of the most there can be, and none where a label is', () => {
  const probabilities = Float32Array.of(0.5, 0.5, 1, 0, 0.5, 0.5);
  expect([...doubts({ probabilities, classCount: 2, open: Uint8Array.of(1, 1, 0) })]).toEqual([1, 0, 0]);
});

it('asks about the doubt that many pictures share before a freak, and about each group before any twice', () => {
  const { features, group } = groups([20, 1, 12, 30]);
  // The last group is known; all others are in doubt.
  const probabilities = Float32Array.from(group.flatMap((g) => (g === 3 ? [0.9999, 0.0001] : [0.5, 0.5])));
  const open = new Uint8Array(group.length).fill(1);
  const queue = queueOf(features, probabilities, 2, open);
  expect(queue.slice(0, 3).map((image) => group[image])).toEqual([0, 2, 1]);
  expect(queue.toSorted((a, b) => a - b)).toEqual([...open.keys()]);
});

it('spreads over everything where nothing is known, and leaves out what needs no label', () => {
  const { features, group } = groups([9, 9, 9]);
  const open = Uint8Array.from(group, (_, image) => Number(image !== 0));
  const queue = queueOf(features, null, 0, open);
  expect(new Set(queue.slice(0, 3).map((image) => group[image])).size).toBe(3);
  expect(queue).toHaveLength(26);
  expect(queueOf(features, null, 0, new Uint8Array(27))).toEqual([]);
});
