/**
 * Matrix product, 2-D and batched 3-D, with either operand transposed without a copy. Differentiable to any order: the
 * gradients are matrix products themselves. Deterministic.
 */
import { runMatMul } from '../gemm/matMulKernel';
import { defineOp } from '../kernel/op';
import { reshape, sum, type Tensor, type TensorInfo } from '../tensor';

export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /**
   * The product may round its operands to float16 where that is faster on the device at hand; its gradients do not.
   * Default false.
   */
  half?: boolean;
}

type MatMulAttrs = Required<MatMulOptions>;

/** Undoes the broadcasting of a batch of one. */
function toShape(gradient: Tensor, shape: number[]): Tensor {
  if (gradient.rank === shape.length && gradient.shape[0] === shape[0]) return gradient;
  return reshape(sum(gradient, 0), shape);
}

const matMulOp = defineOp<'a' | 'b', MatMulAttrs>({
  name: 'StudioMatMul',
  forward: ({ a, b }, attrs): TensorInfo[] => runMatMul({ a, b, ...attrs }),
  saveInputs: ['a', 'b'],
  backward: (dy, [a, b], { transposeA, transposeB }) => {
    if (!a || !b) return {};
    return {
      a: () =>
        toShape(
          transposeA
            ? matMul(b, dy, { transposeA: transposeB, transposeB: true })
            : matMul(dy, b, { transposeB: !transposeB }),
          a.shape,
        ),
      b: () =>
        toShape(
          transposeB
            ? matMul(dy, a, { transposeA: true, transposeB: transposeA })
            : matMul(a, dy, { transposeA: !transposeA }),
          b.shape,
        ),
    };
  },
});

/**
 * `op(a) op(b)`, where op transposes the last two axes if asked.
 * @param a [M, K] or [B, M, K] (last two swapped with `transposeA`), float32
 * @param b [K, N] or [B, K, N] (last two swapped with `transposeB`), float32; of two batches either may be 1
 * @returns [M, N], or [B, M, N] if an operand is 3-D
 * @throws RangeError if the shapes do not fit
 */
export function matMul<T extends Tensor>(a: T, b: Tensor, options: MatMulOptions = {}): T {
  const { transposeA = false, transposeB = false, half = false } = options;
  return matMulOp({ a, b }, { transposeA, transposeB, half }) as Tensor as T;
}
