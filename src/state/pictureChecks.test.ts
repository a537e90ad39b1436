import { describe, expect, it } from 'vitest';
import { IGNORED, LabelBook } from '../lcp/labels/labelBook';
import type { Findings } from '../session/labels/findings';
import { UNLABELED } from '../shared/domain';
import { checksOf, sizesInWords, type CheckCode } from './pictureChecks';

const findings: Findings = {
  exact: [
    [0, 4],
    [2, 3, 6],
  ],
  near: [[1, 7]],
  suspects: [{ image: 5, label: 1, guess: 0, confidence: 0.91 }],
  widths: Uint32Array.of(64, 16, 64, 64, 64, 64, 64, 200),
  heights: Uint32Array.of(64, 64, 64, 64, 64, 64, 64, 64),
};
const begun = () => new LabelBook(['cat', 'dog'], Int32Array.of(0, 0, UNLABELED, 1, 1, 1, UNLABELED, UNLABELED));
const check = (book: LabelBook, code: CheckCode) => {
  const labeledPerClass = book.classes.map((_, c) => [...book.codes()].filter((label) => label === c).length);
  const found = checksOf({ book, findings, labeledPerClass, resolution: 32 }).find((each) => each.code === code);
  if (!found) throw new Error(code);
  return found;
};

describe('checks of pictures and labels', () => {
  it('one picture under two labels can be settled either way, and is gone then', () => {
    const book = begun();
    const [item] = check(book, 'contradictions').items;
    expect(item).toMatchObject({ images: [0, 4], text: 'cat and dog' });
    expect(item?.fixes.map(({ name, to }) => [name, to])).toEqual([
      ['All are cat', 0],
      ['All are dog', 1],
      ['No label for any', UNLABELED],
    ]);
    book.set(Uint32Array.of(0, 4), 1);
    expect(check(book, 'contradictions').items).toEqual([]);
  });

  it('of copies one is kept, with its label where there is one', () => {
    const book = begun();
    const { items, fixAll } = check(book, 'copies');
    expect(items.map(({ images }) => images)).toEqual([
      [0, 4],
      [3, 2, 6],
    ]);
    expect(fixAll).toMatchObject({ images: [4, 2, 6], to: IGNORED });
    book.set(Uint32Array.from(fixAll?.images ?? []), IGNORED);
    expect(check(book, 'copies')).toMatchObject({ items: [], fixAll: null });
    expect(check(book, 'near-copies').items).toHaveLength(1);
  });

  it('a label that looks wrong is changed or confirmed, and is gone then', () => {
    const changed = begun();
    const [item] = check(changed, 'suspects').items;
    expect(item?.text).toBe('labeled dog; looks like cat (91% sure)');
    expect(item?.fixes.map(({ to }) => to)).toEqual([0, 1, UNLABELED]);
    changed.set(Uint32Array.of(5), 0);
    const confirmed = begun();
    confirmed.set(Uint32Array.of(5), 1);
    expect([changed, confirmed].map((book) => check(book, 'suspects').items)).toEqual([[], []]);
  });

  it('small and narrow pictures can be left out, small classes are named', () => {
    const book = begun();
    expect(check(book, 'small').items.map(({ images, text }) => [images[0], text])).toEqual([[1, '16 × 64']]);
    expect(check(book, 'narrow').items.map(({ images }) => images[0])).toEqual([1, 7]);
    expect(check(book, 'small-classes').items.map(({ text }) => text)).toEqual([
      'cat: 2 labeled pictures',
      'dog: 3 labeled pictures',
    ]);
    book.set(Uint32Array.of(1), IGNORED);
    expect(check(book, 'small').items).toEqual([]);
  });
});

it('sizes in words', () => {
  expect(sizesInWords(findings)).toBe('From 16 × 64 to 200 × 64 pixels, half of them up to 64 × 64.');
  expect(sizesInWords({ ...findings, widths: new Uint32Array(8) })).toBeNull();
  expect(sizesInWords({ ...findings, widths: new Uint32Array(8).fill(9), heights: new Uint32Array(8).fill(9) })).toBe(
    'All are 9 × 9 pixels.',
  );
});
