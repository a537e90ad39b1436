/** Nearest-neighbour enlargement by two: every pixel becomes a 2 x 2 block. Differentiable to any order; adjoint: 4 x `avgPool2x`. */
import { mul, ones, reshape, type Tensor4D } from '../tensor';

/**
 * @param x [B, H, W, C]
 * @returns [B, 2H, 2W, C]
 */
export function upsampleNearest2x(x: Tensor4D): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const blocks = mul(reshape(x, [batch, height, 1, width, 1, channels]), ones([1, 1, 2, 1, 2, 1]));
  return reshape(blocks, [batch, 2 * height, 2 * width, channels]);
}
