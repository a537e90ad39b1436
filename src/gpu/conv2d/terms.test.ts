import { describe, expect, it } from 'vitest';
import { randomArray, sizeOf } from '../testing/arrays';
import { conv2dRef } from './conv2d.ref';
import { convGeometry, filterShape, inputShape } from './geometry';
import { forwardTerms, gradientFilterTerms, gradientXTerms } from './terms';

const cases = [
  convGeometry([2, 5, 4, 3], [3, 3, 3, 2], 1, 'same'),
  convGeometry([1, 6, 7, 2], [4, 4, 2, 3], 2, 1),
  convGeometry([1, 8, 8, 3], [4, 4, 3, 2], 4, 0),
];

describe('terms of a convolution', () => {
  it.each(cases)('name every product of x, filter and y once, from all three sides: case %#', (g) => {
    const [x, w] = [randomArray(sizeOf(inputShape(g)), 1), randomArray(sizeOf(filterShape(g)), 2)];
    const y = conv2dRef(x, w, g);
    const triples = new Set<string>();
    y.forEach((expected, index) => {
      let sum = 0;
      forwardTerms(g)(index, (a, b) => {
        sum += (x[a] ?? NaN) * (w[b] ?? NaN);
        triples.add(`${a} ${b} ${index}`);
      });
      expect(sum).toBeCloseTo(expected, 10);
    });
    const fromX = new Set<string>();
    x.forEach((_, index) => gradientXTerms(g)(index, (dy, filter) => fromX.add(`${index} ${filter} ${dy}`)));
    expect(fromX).toEqual(triples);
    const fromFilter = new Set<string>();
    w.forEach((_, index) => gradientFilterTerms(g)(index, (input, dy) => fromFilter.add(`${input} ${index} ${dy}`)));
    expect(fromFilter).toEqual(triples);
  });
});
