/**
 * Matrix product, 2-D and batched 3-D, with either operand transposed without a copy. Differentiable to any order.
 */
import { matMul as stockMatMul, type Tensor } from '../tensor';

export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/**
 * `op(a) op(b)`, where op transposes the last two axes if asked.
 * @param a [M, K] or [B, M, K] (last two swapped with `transposeA`), float32
 * @param b [K, N] or [B, K, N] (last two swapped with `transposeB`), float32; in the batched form either batch may be 1
 * @returns [M, N] or [B, M, N]
 */
export function matMul<T extends Tensor>(a: T, b: T, options: MatMulOptions = {}): T {
  return stockMatMul(a, b, options.transposeA ?? false, options.transposeB ?? false);
}
