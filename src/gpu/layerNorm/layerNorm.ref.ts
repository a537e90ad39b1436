/** Float64 reference of `layerNorm`: x of rows of `columns`. */
export function layerNormRef(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  columns: number,
  epsilon: number,
): Float64Array {
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += columns) {
    const row = x.subarray(start, start + columns);
    const mean = row.reduce((a, b) => a + b, 0) / columns;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / columns;
    for (let i = 0; i < columns; i++)
      y[start + i] = (((row[i] ?? NaN) - mean) / Math.sqrt(variance + epsilon)) * (gamma[i] ?? NaN) + (beta[i] ?? NaN);
  }
  return y;
}
