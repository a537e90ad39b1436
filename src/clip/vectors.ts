/** Small arithmetic on rows of vectors, in host memory. */

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
