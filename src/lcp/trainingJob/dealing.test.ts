// How `train.py` deals a batch to ranks and parts: every picture once, groups together, the same groups on any number of
// ranks.
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { runPython } from '../checkpoint/exportPython/python.testing';

const program = `
import json, sys
from lcpgan.dealing import deal, group_of, parts_of
cases = json.loads(sys.argv[1])
print(json.dumps({
    "dealt": [
        [[[d.numbers[s].tolist() for s in d.parts] for d in [deal(batch, rank, ranks, group, parts)]][0] for rank in range(ranks)]
        for batch, ranks, group, parts in cases
    ],
    "parts": [parts_of(12, 5), parts_of(8, 100)],
    "groups": [group_of(32, 64, 64), group_of(4, 64, 6), group_of(4, 6, 9)],
}))
try:
    deal(8, 0, 3)
except ValueError as error:
    print(error, file=sys.stderr)
`;

/** Batch, ranks, pictures of a group, parts. */
const cases: [number, number, number, number][] = [
  [12, 1, 2, 2],
  [12, 3, 2, 2],
  [12, 6, 2, 2],
  [16, 2, 4, 1],
  [16, 2, 4, 4],
  [6, 3, 1, 1],
];

/** Of each case, rank and part: numbers of the pictures. */
let dealt: number[][][][];
let found: { dealt: number[][][][]; parts: number[]; groups: number[] };
let refused: string;
beforeAll(async () => {
  const { stdout, stderr } = await runPython(
    ['-c', program, JSON.stringify(cases)],
    fileURLToPath(new URL('.', import.meta.url)),
  );
  found = JSON.parse(stdout) as typeof found;
  dealt = found.dealt;
  refused = stderr;
});

/** Which pictures see each other: in a part of n groups, picture i and those n, 2n, ... further. */
function groupsOf(ranks: number[][][], group: number): string[] {
  return ranks
    .flat()
    .flatMap((part) => {
      const count = part.length / group;
      return Array.from({ length: count }, (_, n) => part.filter((_picture, i) => i % count === n).join());
    })
    .toSorted();
}

describe('dealing a batch', () => {
  it.each(cases.map((each, i) => [...each, i] as const))(
    'of %i to %i ranks, in groups of %i, in %i parts',
    (batch, ranks, group, parts, i) => {
      const own = dealt[i] ?? [];
      expect(own).toHaveLength(ranks);
      expect(own.flat(2).toSorted((a, b) => a - b)).toEqual(Array.from({ length: batch }, (_, number) => number));
      for (const part of own.flat()) expect(part.length).toBeLessThanOrEqual(batch / parts);
      // A part of the studio's is a run of pictures, and member m of group n its picture m groups + n.
      const size = batch / parts;
      const whole = Array.from({ length: parts }, (_, part) =>
        Array.from({ length: size }, (__, j) => part * size + j),
      );
      expect(groupsOf(own, group)).toEqual(groupsOf([whole], group));
    },
  );

  it('is in the studio’s order on one rank', () => {
    expect(dealt[0]).toEqual([
      [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10, 11],
      ],
    ]);
  });

  it('takes the sizes that the studio takes', () => {
    expect(found.parts).toEqual([6, 8]);
    expect(found.groups).toEqual([32, 2, 3]);
  });

  it('is refused where ranks would get different shares', () => {
    expect(refused).toContain('a batch of 8 cannot be dealt evenly to 3 ranks');
  });
});
