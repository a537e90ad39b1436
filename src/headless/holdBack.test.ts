import { describe, expect, it } from 'vitest';
import { UNLABELED } from '../shared/domain';
import { holdBack, keptInWords } from './holdBack';

/** 40 pictures of class 0, 7 of class 1, 1 of class 2, 2 without a label. */
const labels = Int32Array.from([...Array<number>(40).fill(0), ...Array<number>(7).fill(1), 2, UNLABELED, UNLABELED]);

function countOf(left: Int32Array, c: number): number {
  return left.filter((label) => label === c).length;
}

describe('holdBack', () => {
  it('keeps a share of each class, and at least one picture', () => {
    const left = holdBack(labels, 3, { share: 0.2 }, 1);
    expect([0, 1, 2].map((c) => countOf(left, c))).toEqual([8, 1, 1]);
  });

  it('keeps a number a class, or all where there are fewer', () => {
    const left = holdBack(labels, 3, { perClass: 5 }, 1);
    expect([0, 1, 2].map((c) => countOf(left, c))).toEqual([5, 5, 1]);
  });

  it('never invents a label', () => {
    const left = holdBack(labels, 3, { share: 0.5 }, 3);
    left.forEach((label, image) => expect([UNLABELED, labels[image]]).toContain(label));
  });

  it('draws the same pictures for one seed, and others for another', () => {
    expect(holdBack(labels, 3, { share: 0.2 }, 4)).toEqual(holdBack(labels, 3, { share: 0.2 }, 4));
    expect(holdBack(labels, 3, { share: 0.2 }, 4)).not.toEqual(holdBack(labels, 3, { share: 0.2 }, 5));
  });
});

describe('keptInWords', () => {
  it('names shares and numbers', () => {
    expect(keptInWords({ share: 0.2 })).toBe('20%');
    expect(keptInWords({ perClass: 5 })).toBe('5 a class');
  });
});
