import { expect, test } from 'vitest';
import { clusterSpreads } from './clusterSpread';
import { SparseRows } from './sparseRows';

const at = (degrees: number): number[] => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];

/** Slot 0: three copies. Slot 1: three pictures 30 degrees apart. Slot 2: one that is not trusted. */
const pictures = [0, 0, 0, 60, 90, 120, 180];
const slots = [0, 0, 0, 1, 1, 1, 2];
const input = {
  features: Float32Array.from(pictures.flatMap(at)),
  d: 2,
  u: SparseRows.build(pictures.length, 3, (row, add) => add(slots[row] ?? 0, 1)),
  trust: Float32Array.from([1, 1, 1, 1, 1, 1, 0]),
};

/** Mean squared distance from the mean, from its definition. */
function meanSquare(degrees: readonly number[]): number {
  const points = degrees.map(at);
  const mean = [0, 1].map((j) => points.reduce((sum, point) => sum + (point[j] ?? 0), 0) / points.length);
  const squares = points.map((point) => point.reduce((sum, value, j) => sum + (value - (mean[j] ?? 0)) ** 2, 0));
  return squares.reduce((sum, value) => sum + value, 0) / points.length;
}

test('a spread is the share of the variance of all trusted pictures', () => {
  const [copies, wide, none] = clusterSpreads(input);
  expect(copies).toBeCloseTo(0, 6);
  expect(wide).toBeCloseTo(meanSquare([60, 90, 120]) / meanSquare([0, 0, 0, 60, 90, 120]), 5);
  expect(none).toBeNull();
});

test('where all pictures are one, no cluster has a spread', () => {
  const features = Float32Array.from(pictures.flatMap(() => at(45)));
  expect(clusterSpreads({ ...input, features })).toEqual([null, null, null]);
});
