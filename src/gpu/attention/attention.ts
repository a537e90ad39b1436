/**
 * Scaled dot-product attention, `softmax(scale q k^T) v`, per head. One dispatch forward and one for all three
 * gradients, no matrix of weights in memory; on CPUs two for the gradients, with the weights in a scratch tensor
 * between them. Differentiable to any order.
 */
import { defineMultiOp } from '../kernel/op';
import { gradientOfProduct } from '../kernel/secondOrder';
import type { Tensor, Tensor3D, Tensor4D, TensorInfo } from '../tensor';
import { attentionComposed } from './attentionComposed';
import { attentionBackward, attentionForward } from './kernels';
import type { AttentionLayout } from './layout';

export interface AttentionOptions {
  /** Factor on the logits, usually 1 / sqrt(D). */
  scale: number;
  /** Position t attends to positions <= t only. */
  causal: boolean;
}

interface Attrs extends AttentionOptions {
  layout: AttentionLayout;
}

/**
 * The forward pass's results ride along as attributes: the derivative through them is part of the one by q, k and v.
 */
interface BackwardAttrs extends Attrs {
  y: TensorInfo;
  logSum: TensorInfo;
}

const gradientOp = defineMultiOp<'q' | 'k' | 'v' | 'dy', BackwardAttrs>({
  name: 'StudioAttentionGradient',
  forward: (inputs, { y, logSum, layout, scale, causal }) =>
    attentionBackward({ ...inputs, y, logSum }, layout, scale, causal),
  saveInputs: ['q', 'k', 'v', 'dy'],
  backward: (directions, [q, k, v, dy], { layout, scale, causal }) => {
    if (!q || !k || !v || !dy) return {};
    const composed = (...inputs: Tensor[]): Tensor =>
      attentionComposed(...(inputs as [Tensor, Tensor, Tensor]), layout, scale, causal);
    const all = gradientOfProduct(composed, [q, k, v], dy, directions);
    return {
      q: () => all[0] as Tensor,
      k: () => all[1] as Tensor,
      v: () => all[2] as Tensor,
      dy: () => all[3] as Tensor,
    };
  },
});

const attentionOp = defineMultiOp<'q' | 'k' | 'v', Attrs>({
  name: 'StudioAttention',
  forward: (inputs, { layout, scale, causal }) => attentionForward(inputs, layout, scale, causal),
  saveInputs: ['q', 'k', 'v'],
  saveOutputs: [true, true],
  backward: ([dy], [q, k, v, y, logSum], attrs) => {
    if (!dy || !q || !k || !v || !y || !logSum) return {};
    const [dq, dk, dv] = gradientOp({ q, k, v, dy }, { ...attrs, y, logSum });
    return { q: () => dq as Tensor, k: () => dk as Tensor, v: () => dv as Tensor };
  },
});

function run(q: Tensor, k: Tensor, v: Tensor, attrs: Attrs): Tensor {
  if (q.shape.join() !== k.shape.join() || k.shape.join() !== v.shape.join()) {
    throw new RangeError(
      `attention: q [${q.shape.join()}], k [${k.shape.join()}] and v [${v.shape.join()}] must have one shape`,
    );
  }
  return attentionOp({ q, k, v }, attrs)[0] as Tensor;
}

/**
 * @param q [B, H, T, D]
 * @param k [B, H, T, D]
 * @param v [B, H, T, D]
 * @returns [B, H, T, D]
 * @throws RangeError if the shapes differ
 */
export function attention(q: Tensor4D, k: Tensor4D, v: Tensor4D, { scale, causal }: AttentionOptions): Tensor4D {
  const [batch, heads, length, width] = q.shape;
  return run(q, k, v, { layout: { batch, heads, length, width, packed: false }, scale, causal }) as Tensor4D;
}

/**
 * The same on projections as they come, heads side by side in the last axis: saves the transposes.
 * @param q [B, T, H * D]
 * @param k [B, T, H * D]
 * @param v [B, T, H * D]
 * @returns [B, T, H * D]
 * @throws RangeError if the shapes differ or `heads` does not divide the width
 */
export function multiHeadAttention(
  q: Tensor3D,
  k: Tensor3D,
  v: Tensor3D,
  { heads, scale, causal }: AttentionOptions & { heads: number },
): Tensor3D {
  const [batch, length, width] = q.shape;
  if (width % heads !== 0) throw new RangeError(`attention: ${heads} heads do not divide a width of ${width}`);
  return run(q, k, v, {
    layout: { batch, heads, length, width: width / heads, packed: true },
    scale,
    causal,
  }) as Tensor3D;
}
