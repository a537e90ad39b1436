/** Float64 reference of `unitRows`. */
export function unitRowsRef(x: Float64Array, columns: number, scale: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += columns) {
    const row = x.subarray(start, start + columns);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    y.set(
      row.map((value) => (scale * value) / length),
      start,
    );
  }
  return y;
}
