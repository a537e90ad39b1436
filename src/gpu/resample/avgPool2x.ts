/** Mean over 2 x 2 blocks. Differentiable to any order; adjoint: `upsampleNearest2x` / 4. */
import { mean, reshape, type Tensor4D } from '../tensor';

/**
 * @param x [B, H, W, C], H and W even
 * @returns [B, H/2, W/2, C]
 * @throws RangeError if H or W is odd
 */
export function avgPool2x(x: Tensor4D): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  if (height % 2 !== 0 || width % 2 !== 0) throw new RangeError(`avgPool2x needs even sides, got ${height} x ${width}`);
  return reshape(mean(reshape(x, [batch, height / 2, 2, width / 2, 2, channels]), [2, 4]), [batch, height / 2, width / 2, channels]);
}
