import { expect, it } from 'vitest';
import { clusterCoverage } from './clusterCoverage';
import { SparseRows } from '../partition/sparseRows';

const directions = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
] as const;
const rows = (slots: readonly number[]): Float32Array =>
  Float32Array.from(slots.flatMap((slot) => directions[slot] ?? []));

it('compares where samples fall with where the reals of their class fall', () => {
  // Class 0 has slots 0 (3 of 4 reals) and 1 (1 of 4); class 1 has slot 2. The last real is of no known class.
  const slots = [0, 0, 0, 1, 0, 0, 0, 1, 2, 2, 2, 2, 1];
  const classes = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, -1];
  const conditions = SparseRows.fromDense(rows(slots), 3);
  const sampled = [0, 0, 0, 0, 0, 0, 0, 0, 2, 0];
  const { observed, expected } = clusterCoverage({
    d: 3,
    slotCount: 3,
    reals: { features: rows(slots), images: slots.map((_, i) => i), classes },
    conditions,
    samples: { features: rows(sampled), classes: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1] },
  });
  // Eight samples of class 0 never show its second cluster; one of class 1 looks like the first of class 0.
  expect([...observed]).toEqual([9, 0, 1]);
  expect([...expected]).toEqual([6, 2, 2]);
});

it('leaves out slots without reals behind them, and classes of which no real was seen', () => {
  const { observed, expected } = clusterCoverage({
    d: 3,
    slotCount: 3,
    reals: { features: rows([0, 0, 1]), images: [0, 1, 2], classes: [0, 0, 0] },
    conditions: SparseRows.fromDense(rows([0, 0, 1]), 3),
    samples: { features: rows([0, 1, 2]), classes: [0, 0, 1] },
  });
  expect([[...observed], [...expected]]).toEqual([
    [2, 0, 0],
    [2, 0, 0],
  ]);
});
