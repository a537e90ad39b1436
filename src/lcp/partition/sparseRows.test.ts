import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { SparseRows } from './sparseRows';

describe('SparseRows', () => {
  const dense = Float32Array.of(0, 0.5, 0, 0.5, 0, 0, 0, 0, 1, 0, 0, 0);
  const rows = SparseRows.fromDense(dense, 4);

  it('holds what is not zero, and gives it back', () => {
    expect([rows.count, rows.columns, rows.values.length]).toEqual([3, 4, 3]);
    expect(rows.toDense()).toEqual(dense);
    expect(rows.denseRow(1)).toEqual(new Float32Array(4));
    expect([rows.at(0, 1), rows.at(0, 2), rows.at(2, 0)]).toEqual([0.5, 0, 1]);
    const seen: [number, number][] = [];
    rows.forRow(0, (column, value) => seen.push([column, value]));
    expect(seen).toEqual([
      [1, 0.5],
      [3, 0.5],
    ]);
  });

  it('grows with its entries only', () => {
    const random = new CounterRandom(1, 1);
    const wide = SparseRows.build(5000, 1600, (row, add) => {
      const first = random.integer(1590);
      for (let k = 0; k < 10; k += 1) add(first + k, row + k);
    });
    expect(wide.values.length).toBe(50_000);
    wide.forRow(4999, (_, value) => expect(value).toBeGreaterThanOrEqual(4999));
    expect(wide.values.byteLength + wide.indices.byteLength + wide.starts.byteLength).toBeLessThan(
      (5000 * 1600 * 4) / 70,
    );
  });

  it('refuses arrays that do not fit', () => {
    expect(() => new SparseRows(2, Uint32Array.of(0, 1), Uint32Array.of(2), Float32Array.of(1))).toThrow(RangeError);
    expect(() => new SparseRows(2, Uint32Array.of(0, 2), Uint32Array.of(1), Float32Array.of(1))).toThrow(RangeError);
    expect(() => new SparseRows(2, Uint32Array.of(0, 2, 1), Uint32Array.of(1), Float32Array.of(1))).toThrow(RangeError);
    expect(SparseRows.fromDense([], 3).count).toBe(0);
  });
});
