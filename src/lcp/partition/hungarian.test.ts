import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { assignMinimumCost } from './hungarian';

/** Least total cost over all ways to give each row of the smaller side its own partner. */
function bruteForce(cost: number[][], row = 0, used = new Set<number>(), skipped = 0): number {
  const rows = cost.length;
  const columns = cost[0]?.length ?? 0;
  if (row === rows) return 0;
  let best = skipped < rows - columns ? bruteForce(cost, row + 1, used, skipped + 1) : Infinity;
  for (let c = 0; c < columns; c += 1) {
    if (used.has(c)) continue;
    used.add(c);
    best = Math.min(best, (cost[row]?.[c] as number) + bruteForce(cost, row + 1, used, skipped));
    used.delete(c);
  }
  return best;
}

describe('assignMinimumCost', () => {
  const random = new CounterRandom(8, 905);
  const shapes = [1, 2, 3, 4, 5, 6].flatMap((rows) => [1, 2, 3, 5, 6].map((columns) => [rows, columns] as const));

  it.each(shapes)('equals the best of all assignments, %i x %i', (rows, columns) => {
    for (let round = 0; round < 5; round += 1) {
      // Small integers bring ties; negative costs are allowed.
      const cost = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.integer(7) - 3));
      const match = assignMinimumCost(cost);
      const assigned = match.filter((c) => c >= 0);
      expect(assigned).toHaveLength(Math.min(rows, columns));
      expect(new Set(assigned).size).toBe(assigned.length);
      const total = match.reduce((sum, c, row) => sum + (c < 0 ? 0 : (cost[row]?.[c] as number)), 0);
      expect(total).toBe(bruteForce(cost));
    }
  });

  it('takes nothing', () => {
    expect(assignMinimumCost([])).toEqual([]);
    expect(assignMinimumCost([[], []])).toEqual([-1, -1]);
  });
});
