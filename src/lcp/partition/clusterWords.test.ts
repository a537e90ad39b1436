// Words that set clusters apart, on made-up features whose meaning is known.
import { describe, expect, it } from 'vitest';
import { clusterWords, pictureWords, type ClusterWordsInput } from './clusterWords';
import { tailQuantile } from './groupTest';
import { SparseRows } from './sparseRows';
import { axis, d, noise, times, unit, vocabulary } from './words.testing';

/**
 * Two classes: of the first, a cluster that shows axis 0 and one that shows axis 1; the second's clusters are halves by
 * chance. All pictures of the second class show axis 2.
 */
function input(changes: Partial<ClusterWordsInput> = {}, perSlot = 60): ClusterWordsInput {
  const shown = [axis(0), axis(1), axis(2), axis(2)];
  const rows = shown.flatMap((own) =>
    Array.from({ length: perSlot }, () => unit(axis(d - 2), times(0.5, own), noise(0.06))),
  );
  return {
    features: Float32Array.from(rows.flat()),
    d,
    slotsOfClass: [
      [0, 1],
      [2, 3],
    ],
    u: SparseRows.build(4 * perSlot, 4, (row, add) => add(Math.floor(row / perSlot), 1)),
    trust: new Float32Array(4 * perSlot).fill(1),
    vocabulary: vocabulary(),
    classNames: ['animal', 'plant'],
    ...changes,
  };
}

const wordsOf = (given: ClusterWordsInput, prompts: Float32Array | null = null) =>
  clusterWords(pictureWords(given), given, prompts);
const named = (given: ClusterWordsInput): string[][] =>
  wordsOf(given).map(({ words }) => words.map(({ word }) => word));

describe('words that set a cluster apart', () => {
  it('name what its pictures show and its siblings do not, once where two mean the same', () => {
    const found = wordsOf(input());
    expect(found[0]?.words.length).toBe(1);
    expect(['axis0', 'twin']).toContain(found[0]?.words[0]?.word);
    expect(found[1]?.words.map(({ word }) => word)).toEqual(['axis1']);
    expect(found[0]?.against).toBe('siblings');
    expect(found[0]?.words[0]?.effect).toBeGreaterThan(2);
    expect(found[0]?.words[0]?.agrees).toBeNull();
  });

  it('are none for clusters that are halves by chance, whatever the halves', () => {
    for (let i = 0; i < 10; i += 1) expect(named(input()).slice(2)).toEqual([[], []]);
  });

  it('are none where the CLIP knows none of the words, however different the pictures', () => {
    const { words, features } = vocabulary();
    const known = 13;
    const blind = { words: words.slice(known), features: features.slice(known * d), d };
    for (let i = 0; i < 5; i += 1) expect(named(input({ vocabulary: blind }))).toEqual([[], [], [], []]);
  });

  it('are not what only sets it apart by being even rarer among its siblings than in the data set', () => {
    // Cluster 1 lacks axis 2 less than its sibling does, but all other pictures show more of it.
    const given = input();
    given.features.forEach((value, at) => {
      const [row, j] = [Math.floor(at / d), at % d];
      if (row < 60 && j === 2) given.features[at] = value - 0.4;
    });
    expect(named(given)[1]).not.toContain('axis2');
    expect(named(given)[1]).toContain('axis1');
  });

  it('are not what its pictures do not show either, and only lack less than all others do', () => {
    const given = input();
    given.features.forEach((value, at) => {
      const [row, j] = [Math.floor(at / d), at % d];
      if (row >= 60 && j === 4) given.features[at] = value - 0.4;
    });
    expect(named(given)[0]).not.toContain('axis4');
    // Where they do show it, it is said.
    given.features.forEach((value, at) => {
      if (at % d === 4) given.features[at] = value + 0.4;
    });
    expect(named(given)[0]).toContain('axis4');
  });

  it('begin with what a word has for itself, not with what many words share', () => {
    const { words, features, d: size } = vocabulary();
    // Beasts share axis 5; the lion's own is axis 6. Its pictures are more beastly still than like a lion.
    const beast = (word: string, own: Float64Array) => ({ word, row: unit(axis(d - 1), times(0.9, axis(5)), own) });
    const beasts = [
      ...Array.from({ length: 40 }, (_, i) => beast(`beast${i}`, noise(0.04))),
      beast('lion', times(0.5, axis(6))),
    ];
    const known = {
      words: [...beasts.map(({ word }) => word), ...words],
      features: Float32Array.from([...beasts.flatMap(({ row }) => row), ...features]),
      d: size,
    };
    const given = input({ vocabulary: known });
    given.features.forEach((value, at) => {
      if (Math.floor(at / d) < 60 && at % d === 5) given.features[at] = value + 0.5;
      if (Math.floor(at / d) < 60 && at % d === 6) given.features[at] = value + 0.2;
      if (Math.floor(at / d) < 60 && at % d === 0) given.features[at] = value - 0.4;
    });
    expect(named(given)[0]?.[0]).toBe('lion');
  });

  it('compare a class of one cluster with the other classes, where its own name may be what tells it apart', () => {
    const given = input({ slotsOfClass: [[0], [1], [2], [3]], classNames: ['x', 'Axis1s', 'y', 'z'] });
    const found = wordsOf(given);
    expect(found.map(({ against }) => against)).toEqual(Array(4).fill('classes'));
    expect(found[1]?.words.map(({ word }) => word)).toEqual(['axis1']);
    expect(found[0]?.words.length).toBe(1);
  });

  it('leave the class’s own name out beside siblings', () => {
    expect(named(input({ classNames: ['Axis1s', 'plant'] })).slice(1, 2)).toEqual([[]]);
  });

  it('are none for a handful of pictures, unreadable ones, or ones without trust', () => {
    expect(named(input({}, 4))).toEqual([[], [], [], []]);
    expect(wordsOf(input({}, 4)).map(({ few }) => few)).toEqual(Array(4).fill(true));
    expect(wordsOf(input()).some(({ few }) => few)).toBe(false);
    expect(named(input({ trust: new Float32Array(240) }))).toEqual([[], [], [], []]);
    expect(named(input({ features: new Float32Array(240 * d) }))).toEqual([[], [], [], []]);
  });

  it('are put first where the learnt prompt says the same, which a copy of its siblings never does', () => {
    const both = input();
    // Cluster 0 also shows axis 3, which its prompt says; the prompts of the second class are copies.
    both.features.forEach((value, at) => {
      if (Math.floor(at / d) < 60 && at % d === 3) both.features[at] = value + 0.45;
    });
    const prompts = Float32Array.from(
      [unit(axis(5), axis(3)), unit(axis(5)), unit(axis(5)), unit(axis(5), noise(0.001))].flat(),
    );
    const [first, second, third] = wordsOf(both, prompts);
    expect(first?.words.map(({ word, agrees }) => [word === 'axis3', agrees])).toEqual([
      [true, true],
      [false, false],
    ]);
    expect(second?.words.map(({ word, agrees }) => [word, agrees])).toEqual([['axis1', false]]);
    expect(third?.words).toEqual([]);
    const copies = Float32Array.from(Array.from({ length: 4 }, () => unit(axis(5), noise(0.001))).flat());
    expect(wordsOf(both, copies)[0]?.words.map(({ agrees }) => agrees)).toEqual([null, null]);
  });
});

describe('tailQuantile', () => {
  it('is the standard normal distribution’s', () => {
    for (const [p, z] of [
      [0.5, 0],
      [0.05, 1.6449],
      [0.025, 1.96],
      [1e-6, 4.7534],
    ] as const)
      expect(tailQuantile(p)).toBeCloseTo(z, 3);
  });
});
