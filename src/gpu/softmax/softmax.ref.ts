/** Float64 reference of `softmax`: x of rows of `columns`. */
export function softmaxRef(x: Float64Array, columns: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += columns) {
    const row = x.subarray(start, start + columns);
    const most = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - most), 0);
    row.forEach((value, i) => (y[start + i] = Math.exp(value - most) / total));
  }
  return y;
}
