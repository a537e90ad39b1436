/** Small arithmetic on rows of vectors, in host memory. */
import { rowCosine } from '../shared/linearAlgebra';

/** Scales each row of `rows` [n, d] to unit length, in place. Rows of zeros stay zero. */
export function normalizeRows(rows: Float32Array, d: number): Float32Array {
  for (let start = 0; start < rows.length; start += d) {
    let squares = 0;
    for (let i = start; i < start + d; i++) squares += (rows[i] as number) ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = start; i < start + d; i++) rows[i] = (rows[i] as number) * scale;
  }
  return rows;
}

/** Smallest cosine over the rows of two lists of embeddings, [n, d] each; NaN where there is one. */
export function leastCosine(expected: Float32Array, actual: Float32Array, d: number): number {
  let least = 1;
  // Math.min keeps a NaN.
  for (let row = 0; row < expected.length / d; row++) least = Math.min(least, rowCosine(expected, actual, d, row));
  return least;
}
