/** Float64 reference of `weightedHinge`. */
export function weightedHingeRef(
  logits: Float64Array,
  signs: ArrayLike<number>,
  coefficients: ArrayLike<number>,
): Float64Array {
  return Float64Array.of(
    logits.reduce((sum, logit, i) => sum + (coefficients[i] ?? NaN) * Math.max(0, 1 - (signs[i] ?? NaN) * logit), 0),
  );
}
