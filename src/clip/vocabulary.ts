/**
 * The vocabulary that clusters are described with, as texts for a CLIP: a few thousand everyday words, and as many
 * invented ones as it takes to see what a text tower makes of letters that mean nothing. A word says something about
 * pictures only where it goes beyond those.
 */
import { CounterRandom } from '../shared/rng';
import { vocabularyWords } from './vocabularyWords';

export interface Vocabulary {
  /** V words, no two alike. */
  words: readonly string[];
  /** Texts of the words, then of the invented ones: [V + G]. */
  texts: readonly string[];
}

/** Features of a vocabulary's texts. */
export interface VocabularyFeatures {
  words: readonly string[];
  /** Unit rows, [V + G, d]: words first, then invented ones. */
  features: Float32Array;
  d: number;
}

/** Invented words: enough to measure their spread to a few percent. */
const INVENTED = 400;
const starts = 'b d f g k l m n p r s t v z bl br dr fl gr kl pl sk st th sh ch'.split(' ');
const middles = 'a e i o u ai ea oo ou'.split(' ');
const ends = 'b d f g k l m n p r t x z lk nd rk st'.split(' ');

/** Words that can be pronounced and mean nothing, of one to three syllables; the same ones every time. */
export function inventedWords(count: number): string[] {
  const random = new CounterRandom(11, 0);
  const one = (sounds: readonly string[]): string => sounds[random.integer(sounds.length)] ?? '';
  const syllable = (): string => one(starts) + one(middles) + one(ends);
  const real = new Set(vocabularyWords);
  const found = new Set<string>();
  while (found.size < count) {
    const word = Array.from({ length: 1 + random.integer(3) }, syllable).join('');
    if (!real.has(word)) found.add(word);
  }
  return [...found];
}

/** A word as it is put to a text tower. */
const textOf = (word: string): string => `a photo of ${word}`;

export function vocabulary(): Vocabulary {
  return {
    words: vocabularyWords,
    texts: [...vocabularyWords, ...inventedWords(INVENTED)].map(textOf),
  };
}
