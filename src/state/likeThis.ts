/** "Label all like this": which pictures would be labeled along with some, most alike first. */
import { IGNORED, type LabelBook } from '../lcp/labels/labelBook';

/** Centred cosine from which pictures are taken to be of one kind, until a person says otherwise (our own choice). */
const alikeFrom = 0.5;

export interface Alike {
  /** Pictures without a label, most alike first; those that the rest was compared with are not among them. */
  images: Uint32Array;
  /** How many are proposed at first. */
  proposed: number;
}

/** @param scores how much each picture resembles the models, NaN for those that could not be read */
export function alikeOf(scores: Float32Array, models: readonly number[], book: LabelBook): Alike {
  const own = new Set(models);
  const images = Uint32Array.from(scores.keys())
    .filter((image) => !own.has(image) && book.standing(image) === 'none' && !Number.isNaN(scores[image]))
    .toSorted((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  return { images, proposed: images.filter((image) => (scores[image] as number) >= alikeFrom).length };
}

/** The label that models share; null where they have none, or several. */
export function commonClass(models: readonly number[], book: LabelBook): number | null {
  const labels = new Set(models.map((image) => book.at(image)).filter((label) => label !== IGNORED && label >= 0));
  const [only] = labels;
  return labels.size === 1 && only !== undefined ? only : null;
}
