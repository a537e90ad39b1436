/**
 * Vocabulary words near a learnt context vector. Learnt vectors need not read as language (docs/method.md, section 3),
 * so distances always come with the words.
 */
import type { NearestWord } from '../shared/domain';
import type { ClipTokenizer } from './tokenizer';

export interface WordTable {
  /** w, numbers a vector. */
  readonly width: number;
  /** [vocabulary, w] */
  readonly vectors: Float32Array;
}

export interface WordIndex {
  readonly words: number;
  /**
   * @param vectors [n, w]
   * @param k words for each, at most as many as there are
   * @returns n lists, nearest first, by Euclidean distance
   */
  nearestWords(vectors: Float32Array, k: number): NearestWord[][];
}

/** Searches among the tokens that are whole words of letters or digits. */
export function wordIndex(table: WordTable, tokenizer: ClipTokenizer): WordIndex {
  const { width, vectors: all } = table;
  const words = tokenizer.wholeWords().filter(({ id }) => (id + 1) * width <= all.length);
  const lengths = Float64Array.from(words, ({ id }) => dot(all, id * width, all, id * width, width));
  return {
    words: words.length,
    nearestWords(vectors, k) {
      const rows: NearestWord[][] = [];
      for (let start = 0; start < vectors.length; start += width) {
        const own = dot(vectors, start, vectors, start, width);
        // |x - y|^2 = |x|^2 + |y|^2 - 2 <x, y>
        const squares = words.map(
          ({ id }, i) => own + (lengths[i] as number) - 2 * dot(vectors, start, all, id * width, width),
        );
        rows.push(
          smallest(squares, k).map((i) => ({
            word: words[i]?.word ?? '',
            distance: Math.sqrt(Math.max(0, squares[i] as number)),
          })),
        );
      }
      return rows;
    },
  };
}

function dot(a: Float32Array, from: number, b: Float32Array, to: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (a[from + i] as number) * (b[to + i] as number);
  return sum;
}

/** Positions of the k smallest numbers, smallest first. */
function smallest(values: readonly number[], k: number): number[] {
  const best: number[] = [];
  for (const [i, value] of values.entries()) {
    if (best.length === k && value >= (values[best[k - 1] as number] as number)) continue;
    let at = best.length;
    while (at > 0 && (values[best[at - 1] as number] as number) > value) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
