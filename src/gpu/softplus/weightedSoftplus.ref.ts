/** Float64 reference of `weightedSoftplus`. */
export function weightedSoftplusRef(
  logits: Float64Array,
  signs: ArrayLike<number>,
  coefficients: ArrayLike<number>,
): Float64Array {
  const softplus = (t: number): number => Math.max(0, t) + Math.log1p(Math.exp(-Math.abs(t)));
  return Float64Array.of(
    logits.reduce((sum, logit, i) => sum + (coefficients[i] ?? NaN) * softplus(-(signs[i] ?? NaN) * logit), 0),
  );
}
