/**
 * Words as directions in CLIP's space, to hold differences of pictures against. Most of what tells one word's text from
 * another is common to many words (beast or thing, indoors or out): a difference of pictures that lies that way fits
 * whole families of words a little. So words are also seen by what each has for itself: whitened by the covariance of
 * all words, half of it shrunk to its mean variance. How far a word goes is counted in spreads of invented words, which
 * are what a text tower makes of letters that mean nothing.
 */
import { part, type Cooperative } from '../../shared/cooperative';
import { allRows, choleskyOf, choleskySolve, covarianceOfRows, meanOfRows } from '../../shared/linearAlgebra';

/** Features of words and of invented ones. */
export interface WordFeatures {
  words: readonly string[];
  /** Unit rows, [V + G, d]: words first, then G invented ones. */
  features: Float32Array;
  d: number;
}

export interface WordDirections {
  /** t - mean t, [V + G, d]. */
  centred: Float64Array;
  /** R^-1 (t - mean t), each divided by sqrt((t - mean t)' R^-1 (t - mean t)), [V + G, d]. */
  particular: Float64Array;
}

/** Part of the words' covariance in R; the other part is its mean variance. */
const COVARIANCE_PART = 0.5;
/** Rows solved between two looks at the clock. */
const ROWS = 64;

export function* wordDirections(vocabulary: WordFeatures): Cooperative<WordDirections> {
  const { words, features, d } = vocabulary;
  const rows = allRows(words.length);
  const mean = meanOfRows(features, d, rows);
  const centred = lessMean(features, mean);
  yield 0.1;
  const covariance = covarianceOfRows(features, d, rows, mean);
  let trace = 0;
  for (let j = 0; j < d; j += 1) trace += covariance[j * d + j] as number;
  const ridge = Math.max((1 - COVARIANCE_PART) * (trace / d), Number.MIN_VALUE);
  yield 0.2;
  const factor = choleskyOf(covariance, d, COVARIANCE_PART, ridge);
  return { centred, particular: yield* part(whitened(centred, factor, d), 0.3, 1) };
}

/** Texts less the mean word, [V + G, d]: how a word differs from words in general. */
export function centredTexts({ words, features, d }: WordFeatures): Float64Array {
  return lessMean(features, meanOfRows(features, d, allRows(words.length)));
}

const lessMean = (features: Float32Array, mean: Float64Array): Float64Array =>
  Float64Array.from(features, (value, i) => value - (mean[i % mean.length] as number));

function* whitened(texts: Float64Array, factor: Float64Array, d: number): Cooperative<Float64Array> {
  const result = texts.slice();
  const count = texts.length / d;
  for (let from = 0; from < count; from += ROWS) {
    const to = Math.min(count, from + ROWS);
    choleskySolve(factor, d, result.subarray(from * d, to * d), to - from);
    for (let row = from; row < to; row += 1) {
      const length = Math.sqrt(product(result, d, row, texts.subarray(row * d, (row + 1) * d)));
      for (let j = row * d; j < (row + 1) * d; j += 1) result[j] = length > 0 ? (result[j] as number) / length : 0;
    }
    yield to / count;
  }
  return result;
}

function product(texts: Float64Array, d: number, row: number, direction: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < d; j += 1) sum += (texts[row * d + j] as number) * (direction[j] as number);
  return sum;
}

/** How far each word goes along a direction, in spreads of the invented words' way around their mean, [V]. */
export function beyondInvented(
  texts: Float64Array,
  { words, d }: Pick<WordFeatures, 'words' | 'd'>,
  direction: Float64Array,
): Float64Array {
  const along = Float64Array.from({ length: texts.length / d }, (_, row) => product(texts, d, row, direction));
  const invented = along.subarray(words.length);
  const mean = invented.reduce((sum, value) => sum + value, 0) / invented.length;
  const spread = Math.sqrt(invented.reduce((sum, value) => sum + (value - mean) ** 2, 0) / invented.length);
  return along.subarray(0, words.length).map((value) => (spread > 0 ? (value - mean) / spread : 0));
}
