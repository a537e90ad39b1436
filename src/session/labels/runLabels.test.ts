import { describe, expect, it } from 'vitest';
import { IGNORED, LabelBook } from '../../lcp/labels/labelBook';
import { UNLABELED } from '../../shared/domain';
import type { ImportedDataset } from '../run/importDataset';
import { RunLabels } from './runLabels';

const given = Int32Array.of(0, 1, UNLABELED);
const summary = {
  classes: ['cat', 'dog'],
  imageCount: 3,
  labeledPerClass: [1, 1],
  unlabeledCount: 1,
  broken: [],
  resolution: 32,
};
const dataset = { summary, labels: given } as unknown as ImportedDataset;
const begun = () => {
  const book = new LabelBook(summary.classes, given);
  return { book, labels: new RunLabels(dataset, book) };
};

describe('the labels of a run', () => {
  it('are those it began with until it takes newer ones in', () => {
    const { book, labels } = begun();
    book.set(Uint32Array.of(2, 0), Int32Array.of(1, IGNORED));
    expect([labels.pending, ...labels.dataset.labels]).toEqual([2, 0, 1, UNLABELED]);
    const candidate = labels.candidate();
    if (!candidate) throw new Error('nothing to take in');
    labels.accept(candidate.codes);
    expect([labels.pending, ...labels.dataset.labels]).toEqual([0, UNLABELED, 1, 1]);
    expect(labels.dataset.ignored).toEqual(Uint8Array.of(1, 0, 0));
    expect(labels.dataset.summary).toMatchObject({ labeledPerClass: [0, 2], unlabeledCount: 0 });
    expect([...labels.codes.atStart]).toEqual([...given]);
    expect(dataset.labels).toBe(given);
  });

  it('are due at a tenth of the run, or as soon as a person says so', () => {
    const { book, labels } = begun();
    expect([10, 20].map((iteration) => labels.isDue(iteration, 100))).toEqual([false, false]);
    book.set(Uint32Array.of(2), 1);
    expect([0, 9, 10, 11].map((iteration) => labels.isDue(iteration, 100))).toEqual([false, false, true, false]);
    labels.ask();
    expect(labels.isDue(11, 100)).toBe(true);
  });

  it('are not tried again where they could not be used, until something changes', () => {
    const { book, labels } = begun();
    book.set(Uint32Array.of(0), UNLABELED);
    labels.refuse(book.codes());
    expect(labels.isDue(10, 100)).toBe(false);
    book.set(Uint32Array.of(2), 0);
    expect(labels.isDue(10, 100)).toBe(true);
  });

  it('come back with a run that was saved, with what still waited then', () => {
    const { book, labels } = begun();
    book.set(Uint32Array.of(2), 1);
    labels.accept(book.codes());
    book.set(Uint32Array.of(0), 0);
    book.set(Uint32Array.of(1), IGNORED);
    const saved = structuredClone(labels.saved());
    const later = begun();
    expect(later.labels.restore(saved)).toBe(true);
    expect([...later.labels.dataset.labels]).toEqual([0, 1, 1]);
    expect(later.labels.pending).toBe(1);
    expect(later.book.standing(0)).toBe('fixed');
    expect(later.book.codes()).toEqual(book.codes());
    // A person's own changes since then count, even where nothing is left of them.
    const changed = begun();
    changed.book.set(Uint32Array.of(0), 1);
    changed.book.set(Uint32Array.of(0), -3);
    expect(changed.labels.restore(saved)).toBe(false);
    expect([...changed.book.codes()]).toEqual([...given]);
    expect(changed.labels.pending).toBe(1);
    expect(() => labels.restore({ ...saved, applied: Int32Array.of(0) })).toThrow(RangeError);
  });
});
