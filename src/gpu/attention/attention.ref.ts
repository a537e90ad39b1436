/** Float64 references of `attention` and its gradient on [B * H, T, D]. */

export interface AttentionSizes {
  groups: number;
  length: number;
  width: number;
  scale: number;
  causal: boolean;
}

/** Row t of a head. */
const rowOf = (array: Float64Array, { length, width }: AttentionSizes, group: number, t: number): Float64Array =>
  array.subarray((group * length + t) * width, (group * length + t + 1) * width);

const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, d) => sum + value * (b[d] ?? NaN), 0);

/** to += factor * from */
function addScaled(to: Float64Array, factor: number, from: Float64Array): void {
  from.forEach((value, d) => (to[d] = (to[d] ?? NaN) + factor * value));
}

/** Position t's weights on the positions that it attends to. */
function weightsOf(q: Float64Array, k: Float64Array, sizes: AttentionSizes, group: number, t: number): number[] {
  const count = sizes.causal ? t + 1 : sizes.length;
  const logits = Array.from(
    { length: count },
    (_, s) => sizes.scale * inner(rowOf(q, sizes, group, t), rowOf(k, sizes, group, s)),
  );
  const most = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - most));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

export function attentionRef(q: Float64Array, k: Float64Array, v: Float64Array, sizes: AttentionSizes): Float64Array {
  const y = new Float64Array(q.length);
  for (let group = 0; group < sizes.groups; group++)
    for (let t = 0; t < sizes.length; t++)
      weightsOf(q, k, sizes, group, t).forEach((weight, s) =>
        addScaled(rowOf(y, sizes, group, t), weight, rowOf(v, sizes, group, s)),
      );
  return y;
}

/** @returns the gradients by q, k and v for the gradient dy by the result */
export function attentionGradientRef(
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  dy: Float64Array,
  sizes: AttentionSizes,
): [Float64Array, Float64Array, Float64Array] {
  const [dq, dk, dv] = [new Float64Array(q.length), new Float64Array(q.length), new Float64Array(q.length)];
  for (let group = 0; group < sizes.groups; group++) {
    for (let t = 0; t < sizes.length; t++) {
      const weights = weightsOf(q, k, sizes, group, t);
      const towards = weights.map((_, s) => inner(rowOf(dy, sizes, group, t), rowOf(v, sizes, group, s)));
      const mean = weights.reduce((sum, weight, s) => sum + weight * (towards[s] ?? NaN), 0);
      weights.forEach((weight, s) => {
        const slope = sizes.scale * weight * ((towards[s] ?? NaN) - mean);
        addScaled(rowOf(dq, sizes, group, t), slope, rowOf(k, sizes, group, s));
        addScaled(rowOf(dk, sizes, group, s), slope, rowOf(q, sizes, group, t));
        addScaled(rowOf(dv, sizes, group, s), weight, rowOf(dy, sizes, group, t));
      });
    }
  }
  return [dq, dk, dv];
}
