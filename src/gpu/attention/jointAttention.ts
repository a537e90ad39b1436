/**
 * Attention on queries, keys and values in one tensor, as one product makes them from one input. Saves two of three
 * products and all transposes, forward and backward. Differentiable to any order.
 */
import { defineMultiOp, defineOp } from '../kernel/op';
import { gradientOfProduct } from '../kernel/secondOrder';
import type { Tensor, Tensor3D, TensorInfo } from '../tensor';
import type { AttentionOptions } from './attention';
import { jointAttentionComposed } from './attentionComposed';
import { attentionBackward, attentionForward } from './kernels';
import type { AttentionLayout } from './layout';

interface Attrs extends AttentionOptions {
  layout: AttentionLayout;
}

const gradientOp = defineOp<'qkv' | 'dy', Attrs & { y: TensorInfo; logSum: TensorInfo }>({
  name: 'StudioJointAttentionGradient',
  forward: (inputs, { y, logSum, layout, scale, causal }) =>
    attentionBackward({ ...inputs, y, logSum }, layout, scale, causal),
  saveInputs: ['qkv', 'dy'],
  backward: (direction, [qkv, dy], { layout, scale, causal }) => {
    if (!qkv || !dy) return {};
    const composed = (...inputs: Tensor[]): Tensor =>
      jointAttentionComposed(inputs[0] as Tensor, layout, scale, causal);
    const all = gradientOfProduct(composed, [qkv], dy, [direction]);
    return { qkv: () => all[0] as Tensor, dy: () => all[1] as Tensor };
  },
});

const attentionOp = defineMultiOp<'qkv', Attrs>({
  name: 'StudioJointAttention',
  forward: (inputs, { layout, scale, causal }) => attentionForward(inputs, layout, scale, causal),
  saveInputs: ['qkv'],
  saveOutputs: [true, true],
  backward: ([dy], [qkv, y, logSum], attrs) =>
    dy && qkv && y && logSum ? { qkv: () => gradientOp({ qkv, dy }, { ...attrs, y, logSum }) } : {},
});

/**
 * @param qkv [B, T, 3 * H * D]: all queries, then all keys, then all values of a position, heads side by side in each
 * @returns [B, T, H * D]
 * @throws RangeError if 3 `heads` do not divide the width
 */
export function jointAttention(
  qkv: Tensor3D,
  { heads, scale, causal }: AttentionOptions & { heads: number },
): Tensor3D {
  const [batch, length, total] = qkv.shape;
  const width = total / 3 / heads;
  if (!Number.isInteger(width)) throw new RangeError(`attention: ${heads} heads do not divide a third of ${total}`);
  return attentionOp(
    { qkv },
    { layout: { batch, heads, length, width, packed: true, joint: true }, scale, causal },
  )[0] as Tensor3D;
}
