/** Float64 reference of `matMul`. */

/** a [B, M, K] and b [B, K, N] (last two swapped where transposed); a batch of 1 meets any. @returns [B, M, N] */
export function matMulRef(
  a: Float64Array,
  b: Float64Array,
  sizes: { batchA?: number; batchB?: number; m: number; k: number; n: number },
  transposeA = false,
  transposeB = false,
): Float64Array {
  const { batchA = 1, batchB = 1, m, k, n } = sizes;
  const batch = Math.max(batchA, batchB);
  const y = new Float64Array(batch * m * n);
  for (let z = 0; z < batch; z++) {
    const startA = batchA > 1 ? z * m * k : 0;
    const startB = batchB > 1 ? z * k * n : 0;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let total = 0;
        for (let l = 0; l < k; l++) {
          const left = a[startA + (transposeA ? l * m + i : i * k + l)] ?? NaN;
          const right = b[startB + (transposeB ? j * k + l : l * n + j)] ?? NaN;
          total += left * right;
        }
        y[(z * m + i) * n + j] = total;
      }
    }
  }
  return y;
}
