// The trial of words on made-up pictures: four kinds in two wider classes, three of which show what a word names.
import { describe, expect, it } from 'vitest';
import { axis, d, noise, times, unit, vocabulary } from '../lcp/partition/words.testing';
import { StudioError } from '../shared/errors';
import { describeClusters, divideClasses, randomClusters, widerClasses, type WordTrial } from './clusterWordTrial';

const kinds = ['cat', 'dog', 'rose', 'tulip'];
const perKind = 40;

function trial(): WordTrial {
  // Tulips differ from roses by what no word says.
  const rows = [axis(0), axis(1), axis(2), axis(40)].flatMap((own) =>
    Array.from({ length: perKind }, () => unit(axis(d - 2), times(0.5, own), noise(0.05))),
  );
  return {
    features: Float32Array.from(rows.flat()),
    d,
    kinds: Int32Array.from(rows, (_, image) => Math.floor(image / perKind)),
    ...widerClasses(kinds, ['animals=cat,dog', 'plants=rose,tulip']),
    vocabulary: vocabulary(),
    seed: 1,
  };
}

describe('the trial of words', () => {
  it('finds the kinds in wider classes, and says what sets each apart where a word does', () => {
    const given = trial();
    const clusters = describeClusters(given, divideClasses(given));
    const said = new Map(clusters.map(({ kind, words }) => [kinds[kind], words.map(({ word }) => word)]));
    expect(clusters.map(({ className }) => className)).toEqual(['animals', 'animals', 'plants', 'plants']);
    for (const { share, pictures } of clusters) {
      expect(share).toBeGreaterThan(0.8);
      expect(pictures).toBeCloseTo(perKind, -1);
    }
    expect(said.get('cat')?.length).toBe(1);
    expect(['axis0', 'twin']).toContain(said.get('cat')?.[0]);
    expect(said.get('dog')).toEqual(['axis1']);
    expect(said.get('rose')).toEqual(['axis2']);
    expect(said.get('tulip')).toEqual([]);
  });

  it('finds hardly anything to say of random clusters of the same pictures', () => {
    const given = trial();
    const { clusters, speak } = randomClusters(given, divideClasses(given), 5);
    expect(clusters).toBe(20);
    // Chance of a word in any cluster of one division: a twentieth.
    expect(speak).toBeLessThanOrEqual(1);
  });
});

describe('folders merged into classes', () => {
  it('leaves those that no class names together, and all where none is named', () => {
    expect(widerClasses(kinds, ['plants=tulip,rose'])).toEqual({
      classNames: ['plants', 'all others'],
      classOfKind: Int32Array.of(1, 1, 0, 0),
    });
    expect(widerClasses(kinds, [])).toEqual({ classNames: ['pictures'], classOfKind: new Int32Array(4) });
  });

  it.each([['animals'], ['animals=cat,cow'], ['animals=cat,cat']])('refuses %s', (merge) => {
    expect(() => widerClasses(kinds, [merge])).toThrow(StudioError);
  });
});
