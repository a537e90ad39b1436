import { describe, expect, it } from 'vitest';
import { UNLABELED } from '../../shared/domain';
import { countLabels, GIVEN, IGNORED, ignoredOf, LabelBook, labelsOf } from './labelBook';

const book = () => new LabelBook(['cat', 'dog'], Int32Array.of(0, 1, UNLABELED, UNLABELED));

describe('a book of labels', () => {
  it('lays changes over what came with the pictures, and says which is which', () => {
    const labels = book();
    labels.set(Uint32Array.of(0, 2, 3), Int32Array.of(1, 0, IGNORED));
    expect([0, 1, 2, 3].map((image) => [labels.at(image), labels.standing(image)])).toEqual([
      [1, 'fixed'],
      [1, 'given'],
      [0, 'fixed'],
      [IGNORED, 'ignored'],
    ]);
    labels.set(Uint32Array.of(1), UNLABELED);
    expect([labels.at(1), labels.standing(1)]).toEqual([UNLABELED, 'none']);
    // The same label once more is a person's word for it.
    labels.set(Uint32Array.of(0), 0);
    expect([labels.at(0), labels.standing(0)]).toEqual([0, 'fixed']);
    labels.set(Uint32Array.of(0), GIVEN);
    expect([labels.at(0), labels.standing(0), labels.edited]).toEqual([0, 'given', 3]);
  });

  it('gives back every change, so that it can be undone', () => {
    const labels = book();
    labels.set(Uint32Array.of(2), 1);
    const change = labels.set(Uint32Array.of(1, 2), IGNORED);
    labels.set(change.images, change.before);
    expect([...labels.codes()]).toEqual([0, 1, 1, UNLABELED]);
    expect(labels.standing(1)).toBe('given');
    labels.set(change.images, change.after);
    expect([...labels.codes()]).toEqual([0, IGNORED, IGNORED, UNLABELED]);
  });

  it('says all changes at once: another book that takes them is the same', () => {
    const labels = book();
    labels.addClasses(['cow', 'dog']);
    labels.set(Uint32Array.of(3, 0), Int32Array.of(2, UNLABELED));
    const other = book();
    other.addClasses(labels.classes);
    const { images, to } = labels.changes();
    other.set(images, to);
    expect(other.classes).toEqual(['cat', 'dog', 'cow']);
    expect(other.codes()).toEqual(labels.codes());
  });

  it('refuses pictures and classes that are not there, and is as before then', () => {
    const labels = book();
    expect(() => labels.set(Uint32Array.of(4), 0)).toThrow(RangeError);
    expect(() => labels.set(Uint32Array.of(0), 2)).toThrow(RangeError);
    expect(() => labels.set(Uint32Array.of(0), GIVEN - 1)).toThrow(RangeError);
    expect(() => labels.set(Uint32Array.of(0, 1), Int32Array.of(0))).toThrow(RangeError);
    expect([labels.edited, labels.touched]).toEqual([0, false]);
  });
});

it('codes as labels: what is left out has none and counts nowhere', () => {
  const codes = Int32Array.of(0, IGNORED, UNLABELED, 1, 1);
  expect(labelsOf(codes)).toEqual(Int32Array.of(0, UNLABELED, UNLABELED, 1, 1));
  expect(ignoredOf(codes)).toEqual(Uint8Array.of(0, 1, 0, 0, 0));
  expect(ignoredOf(Int32Array.of(0, UNLABELED))).toBeNull();
  expect(countLabels(codes, 3)).toEqual({ labeledPerClass: [1, 2, 0], unlabeledCount: 1, ignoredCount: 1 });
});
