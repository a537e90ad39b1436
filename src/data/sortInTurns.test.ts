import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { sortInTurns } from './sortInTurns';

it('sorts as toSorted does, equal ones as they came', async () => {
  const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 9000 }), fc.integer(), async (length, seed) => {
      const list = Array.from({ length }, (_, at) => ({ key: Math.imul(at ^ seed, 2654435761) % 500, at }));
      expect(await sortInTurns(list, compare)).toEqual(list.toSorted(compare));
    }),
    { numRuns: 20 },
  );
});
