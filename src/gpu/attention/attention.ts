/** Scaled dot-product attention, `softmax(scale q k^T) v`. Differentiable to any order. */
import { add, matMul, mul, reshape, softmax, tensor, type Tensor3D, type Tensor4D } from '../tensor';

export interface AttentionOptions {
  /** Factor on the logits, usually 1 / sqrt(D). */
  scale: number;
  /** Position t attends to positions <= t only. */
  causal: boolean;
}

function causalMask(length: number): Float32Array {
  const mask = new Float32Array(length * length);
  for (let t = 0; t < length; t++) mask.fill(-1e9, t * length + t + 1, (t + 1) * length);
  return mask;
}

/**
 * @param q [B, H, T, D]
 * @param k [B, H, T, D]
 * @param v [B, H, T, D]
 * @returns [B, H, T, D]
 */
export function attention(q: Tensor4D, k: Tensor4D, v: Tensor4D, options: AttentionOptions): Tensor4D {
  const [batch, heads, length, width] = q.shape;
  const flat = (t: Tensor4D): Tensor3D => reshape(t, [batch * heads, length, width]);
  const logits = mul(matMul(flat(q), flat(k), false, true), options.scale);
  const masked = options.causal ? add(logits, tensor(causalMask(length), [1, length, length])) : logits;
  return reshape(matMul(softmax(masked), flat(v)), [batch, heads, length, width]);
}
