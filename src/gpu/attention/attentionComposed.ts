/**
 * Attention in elementary operations: what the kernels' second derivative is taken from. Differentiable to any order.
 */
import { matMul } from '../matmul/matmul';
import { add, mul, reshape, slice, softmax, tensor, transpose, type Tensor, type Tensor3D } from '../tensor';
import type { AttentionLayout } from './layout';

function causalMask(length: number): Float32Array {
  const mask = new Float32Array(length * length);
  for (let t = 0; t < length; t++) mask.fill(-1e9, t * length + t + 1, (t + 1) * length);
  return mask;
}

/** Each tensor as [B * H, T, D] and back. */
function flattening({ batch, heads, length, width, packed }: AttentionLayout): {
  flat: (t: Tensor) => Tensor3D;
  back: (t: Tensor3D) => Tensor;
} {
  const flatShape: [number, number, number] = [batch * heads, length, width];
  if (!packed) return { flat: (t) => reshape(t, flatShape), back: (t) => reshape(t, [batch, heads, length, width]) };
  return {
    flat: (t) => reshape(transpose(reshape(t, [batch, length, heads, width]), [0, 2, 1, 3]), flatShape),
    back: (t) =>
      reshape(transpose(reshape(t, [batch, heads, length, width]), [0, 2, 1, 3]), [batch, length, heads * width]),
  };
}

export function attentionComposed(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  layout: AttentionLayout,
  scale: number,
  causal: boolean,
): Tensor {
  const { flat, back } = flattening(layout);
  const { length } = layout;
  const logits = mul(matMul(flat(q), flat(k), { transposeB: true }), scale);
  const masked = causal ? add(logits, tensor(causalMask(length), [1, length, length])) : logits;
  return back(matMul(softmax(masked) as Tensor3D, flat(v)));
}

/** The same from queries, keys and values in one tensor, [B, T, 3 * H * D]. */
export function jointAttentionComposed(qkv: Tensor, layout: AttentionLayout, scale: number, causal: boolean): Tensor {
  const [batch = 0, length = 0, total = 0] = qkv.shape;
  const [q, k, v] = [0, 1, 2].map((i) => slice(qkv, [0, 0, (i * total) / 3], [batch, length, total / 3])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return attentionComposed(q, k, v, layout, scale, causal);
}
