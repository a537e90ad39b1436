/**
 * Balanced soft assignment (docs/method.md, section 2): Q = exp(similarity / eps), then exactly three rounds of {scale
 * columns to n r_k; scale rows to 1}. Row scalings cancel in the final row normalisation, so q_ik =
 * normalize_k(exp(similarity_ik / eps) v_k) with v the product of the column scalings: that v is what is stored, and
 * what assigns an image that was not there.
 */
import { softmaxRow } from '../labels/softmaxRegression';

export const sinkhornRounds = 3;

export interface Balanced {
  /** Memberships, [n, k]; rows sum to 1. */
  q: Float64Array;
  /** v, [k], normalised to geometric mean 1 (a common factor has no effect). */
  columnScalings: Float64Array;
}

/**
 * @param similarities [n, k], cosines
 * @param shares r, [k], positive, summing to 1
 * @param epsilon > 0; 0.01 is the smallest that float64 carries safely
 */
export function sinkhorn(similarities: Float64Array, shares: Float64Array, epsilon: number): Balanced {
  const k = shares.length;
  const n = similarities.length / k;
  // One common shift for all entries keeps exp in range and changes nothing but a common factor.
  const top = similarities.reduce((most, value) => Math.max(most, value), -Infinity);
  const q = similarities.map((value) => Math.exp((value - top) / epsilon));
  const logScalings = new Float64Array(k);
  for (let round = 0; round < sinkhornRounds; round += 1) {
    for (let c = 0; c < k; c += 1) {
      let sum = 0;
      for (let i = 0; i < n; i += 1) sum += q[i * k + c] as number;
      const factor = (n * (shares[c] as number)) / sum;
      for (let i = 0; i < n; i += 1) q[i * k + c] = (q[i * k + c] as number) * factor;
      logScalings[c] = (logScalings[c] as number) + Math.log(factor);
    }
    for (let o = 0; o < q.length; o += k) {
      let sum = 0;
      for (let c = 0; c < k; c += 1) sum += q[o + c] as number;
      for (let c = 0; c < k; c += 1) q[o + c] = (q[o + c] as number) / sum;
    }
  }
  const mean = logScalings.reduce((sum, value) => sum + value, 0) / k;
  return { q, columnScalings: logScalings.map((value) => Math.exp(value - mean)) };
}

/**
 * q of rows that took no part in the scaling: normalize(exp(similarity / eps) v), in place over `similarities` [n, k].
 */
export function assignWithScalings(similarities: Float64Array, columnScalings: Float64Array, epsilon: number): void {
  const k = columnScalings.length;
  for (let o = 0; o < similarities.length; o += k) {
    for (let c = 0; c < k; c += 1)
      similarities[o + c] = (similarities[o + c] as number) / epsilon + Math.log(columnScalings[c] as number);
    softmaxRow(similarities, o, k);
  }
}

/** Sum over rows of the entropy of q, in nats. */
export function totalEntropy(q: Float64Array): number {
  let sum = 0;
  for (const value of q) if (value > 0) sum -= value * Math.log(value);
  return sum;
}
