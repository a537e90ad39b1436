import { expect, it } from 'vitest';
import { IGNORED, LabelBook } from '../lcp/labels/labelBook';
import { UNLABELED } from '../shared/domain';
import { alikeOf, commonClass } from './likeThis';

const book = new LabelBook(['cat', 'dog'], Int32Array.of(0, UNLABELED, UNLABELED, UNLABELED, 1, UNLABELED));
book.set(Uint32Array.of(3), IGNORED);

it('proposes pictures without a label, most alike first, as many as are alike', () => {
  const scores = Float32Array.of(1, 0.55, 0.9, 0.95, 0.99, 0.1);
  expect(alikeOf(scores, [0], book)).toEqual({ images: Uint32Array.of(2, 1, 5), proposed: 2 });
  expect(alikeOf(scores.with(2, NaN), [0, 1], book)).toEqual({ images: Uint32Array.of(5), proposed: 0 });
});

it('takes the class that the models share', () => {
  expect([[0], [0, 1], [0, 4], [1], [3]].map((models) => commonClass(models, book))).toEqual([0, 0, null, null, null]);
});
