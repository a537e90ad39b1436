/** Float64 twin of `attention` on [B * H, T, D]. */
export function attentionRef(
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  { groups, length, width, scale, causal }: { groups: number; length: number; width: number; scale: number; causal: boolean },
): Float64Array {
  const y = new Float64Array(groups * length * width);
  for (let group = 0; group < groups; group++) {
    const row = (array: Float64Array, t: number): Float64Array => array.subarray((group * length + t) * width, (group * length + t + 1) * width);
    for (let t = 0; t < length; t++) {
      const count = causal ? t + 1 : length;
      const logits = Array.from({ length: count }, (_, s) => scale * row(q, t).reduce((sum, value, d) => sum + value * (row(k, s)[d] ?? NaN), 0));
      const most = Math.max(...logits);
      const weights = logits.map((logit) => Math.exp(logit - most));
      const total = weights.reduce((a, b) => a + b, 0);
      const out = row(y, t);
      weights.forEach((weight, s) => row(v, s).forEach((value, d) => (out[d] = (out[d] ?? 0) + (weight / total) * value)));
    }
  }
  return y;
}
