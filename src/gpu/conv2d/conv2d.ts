/**
 * 2-D convolution (cross-correlation), NHWC with HWIO filters, any channel counts. Differentiable to any order: forward, input gradient
 * and filter gradient are each other's derivatives.
 */
import { conv2d as stockConv2d, type Tensor4D } from '../tensor';

export interface Conv2dOptions {
  stride?: 1 | 2;
  /** 'same': output side = ceil(input side / stride), the odd padding row at the bottom right. A number: that many zeros on every side. */
  pad?: 'same' | number;
}

/**
 * @param x [B, H, W, I]
 * @param filter [KH, KW, I, O]
 * @returns [B, OH, OW, O]
 */
export function conv2d(x: Tensor4D, filter: Tensor4D, options: Conv2dOptions = {}): Tensor4D {
  const { stride = 1, pad = 'same' } = options;
  return stockConv2d(x, filter, stride, pad, 'NHWC', 1, typeof pad === 'number' ? 'floor' : undefined);
}
