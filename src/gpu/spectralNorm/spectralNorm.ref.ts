/** Float64 reference of one power iteration. w [rows, columns], u [columns]. */
export function powerIterationRef(
  w: Float64Array,
  u: Float64Array,
  update: boolean,
): { v: Float64Array; u: Float64Array } {
  const columns = u.length;
  const rows = w.length / columns;
  const unit = (vector: Float64Array): Float64Array => {
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    return vector.map((value) => value / length);
  };
  const at = (r: number, c: number): number => w[r * columns + c] ?? NaN;
  const v = unit(Float64Array.from({ length: rows }, (_, r) => u.reduce((sum, value, c) => sum + value * at(r, c), 0)));
  if (!update) return { v, u };
  return {
    v,
    u: unit(Float64Array.from({ length: columns }, (_, c) => v.reduce((sum, value, r) => sum + value * at(r, c), 0))),
  };
}

/** w / sigma with sigma = v^T W u. */
export function normalizedRef(w: Float64Array, { v, u }: { v: Float64Array; u: Float64Array }): Float64Array {
  const columns = u.length;
  const sigma = w.reduce(
    (sum, value, i) => sum + value * (v[Math.floor(i / columns)] ?? NaN) * (u[i % columns] ?? NaN),
    0,
  );
  return w.map((value) => value / sigma);
}
