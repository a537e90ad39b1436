/**
 * Separable resizing: two matrix products with constant matrices, antialiased when shrinking. Differentiable to any
 * order.
 */
import { matMul } from '../matmul/matmul';
import { clone, reshape, tensor, tidy, type Tensor3D, type Tensor4D } from '../tensor';
import { resizeMatrix, type ResizeMethod } from './resizeMatrix';

/** Given from the host on each call: a captured step keeps one copy for good. [1, target, source] */
function matrix(source: number, target: number, method: ResizeMethod): Tensor3D {
  return tensor(Float32Array.from(resizeMatrix(source, target, method)), [1, target, source]);
}

/**
 * @param x [B, H, W, C]
 * @param height target height, > 0
 * @param width target width, > 0
 * @param method 'bicubic' (a = -1/2), 'bilinear', 'area' (box) or 'nearest'
 * @returns [B, height, width, C]
 */
export function resize(x: Tensor4D, height: number, width: number, method: ResizeMethod): Tensor4D {
  const [batch, sourceHeight, sourceWidth, channels] = x.shape;
  return tidy(() => {
    let y: Tensor4D = clone(x);
    if (width !== sourceWidth) {
      const rows: Tensor3D = reshape(y, [batch * sourceHeight, sourceWidth, channels]);
      y = reshape(matMul(matrix(sourceWidth, width, method), rows), [batch, sourceHeight, width, channels]);
    }
    if (height !== sourceHeight) {
      const columns: Tensor3D = reshape(y, [batch, sourceHeight, width * channels]);
      y = reshape(matMul(matrix(sourceHeight, height, method), columns), [batch, height, width, channels]);
    }
    return y;
  });
}
