/** Which pictures the labeling grid shows, and in which order. */
import type { LabelBook } from '../lcp/labels/labelBook';
import { UNLABELED } from '../shared/domain';
import type { LabelFilter, LabelView, PictureGuesses, PictureRanking } from './labelingState';

interface Known {
  book: LabelBook;
  guesses: PictureGuesses | null;
  ranking: PictureRanking | null;
}

/** The class that a picture has or, without a label, most likely has; -1 where nobody knows. */
export function likelyClass({ book, guesses }: Pick<Known, 'book' | 'guesses'>, image: number): number {
  const label = book.at(image);
  return label === UNLABELED ? (guesses?.guesses.inferred[image] ?? -1) : label;
}

const passes: { readonly [F in LabelFilter]: (book: LabelBook, image: number) => boolean } = {
  all: () => true,
  labeled: (book, image) => book.at(image) >= 0,
  open: (book, image) => book.standing(image) === 'none',
  fixed: (book, image) => book.standing(image) === 'fixed',
  ignored: (book, image) => book.standing(image) === 'ignored',
};

/** Pictures that pass the filter in the order asked for; equal ones as they came. */
export function viewedPictures({ filter, classIndex, order }: LabelView, known: Known): Uint32Array<ArrayBuffer> {
  const { book } = known;
  const images = Uint32Array.from(book.given.keys()).filter(
    (image) => passes[filter](book, image) && (classIndex === null || likelyClass(known, image) === classIndex),
  );
  const key = keyOf(order, known);
  if (!key) return images;
  // Keys once a picture, not once a comparison.
  const keys = Float64Array.from(images, (image) => {
    const value = key(image);
    return Number.isNaN(value) ? Infinity : value;
  });
  const positions = Uint32Array.from(images.keys()).toSorted(
    (a, b) => compare(keys[a] as number, keys[b] as number) || a - b,
  );
  return Uint32Array.from(positions, (position) => images[position] as number);
}

/** Subtraction would make a NaN of two infinities. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** What is sorted by, smallest first; null keeps the order in which the pictures came. */
function keyOf(order: LabelView['order'], known: Known): ((image: number) => number) | null {
  const { guesses, ranking, book } = known;
  const confidence = (image: number): number => guesses?.guesses.confidence[image] ?? 0;
  switch (order) {
    case 'path':
      return null;
    case 'class':
      return (image) => {
        const likely = likelyClass(known, image);
        return likely < 0 ? Infinity : likely;
      };
    case 'unsure':
      return guesses && ((image) => (book.at(image) === UNLABELED ? confidence(image) : Infinity));
    case 'sure':
      return guesses && ((image) => (book.at(image) === UNLABELED ? -confidence(image) : Infinity));
    case 'next':
      return guesses && ((image) => guesses.places[image] ?? Infinity);
    case 'words':
    case 'alike':
      return ranking && ranking.kind === order ? (image) => -(ranking.scores[image] ?? Number.NaN) : null;
  }
}
