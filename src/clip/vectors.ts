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

/** Cosine of row `row` of `a` and of `b`, both [n, d]; 0 where either is zero. */
export function rowCosine(a: Float32Array, b: Float32Array, d: number, row: number): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = row * d; i < (row + 1) * d; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
}
