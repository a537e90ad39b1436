/** Mean over 2 x 2 blocks. One dispatch each way; differentiable to any order. Adjoint: `upsampleNearest2x` / 4. */
import type { Tensor4D } from '../tensor';
import { blockSumOp } from './ops';

/**
 * @param x [B, H, W, C], H and W even
 * @returns [B, H/2, W/2, C]
 * @throws RangeError if H or W is odd
 */
export function avgPool2x(x: Tensor4D): Tensor4D {
  const [, height, width] = x.shape;
  if (height % 2 !== 0 || width % 2 !== 0) throw new RangeError(`avgPool2x needs even sides, got ${height} x ${width}`);
  return blockSumOp({ x }, { factor: 0.25 }) as Tensor4D;
}
