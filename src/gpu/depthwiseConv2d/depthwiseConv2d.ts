/**
 * Depthwise 2-D convolution, NHWC: every channel has filters of its own. Differentiable to any order: the convolution
 * and its two gradients are three bilinear maps that are each other's derivatives, one dispatch each. Deterministic.
 */
import { defineOp } from '../kernel/op';
import type { Tensor, Tensor3D, Tensor4D } from '../tensor';
import { depthwiseGeometry, type DepthwiseGeometry, type Padding } from './geometry';
import { depthwiseForward, depthwiseGradientFilter, depthwiseGradientX } from './kernels';

export interface DepthwiseConv2dOptions {
  /** Default 1. */
  stride?: number;
  /** Zeros on every side, or above, left, below and right; default 0. */
  pad?: Padding;
}

interface Attrs {
  geometry: DepthwiseGeometry;
}

const forwardOp = defineOp<'x' | 'filter', Attrs>({
  name: 'StudioDepthwiseConv2d',
  forward: ({ x, filter }, { geometry }) => depthwiseForward(x, filter, geometry),
  saveInputs: ['x', 'filter'],
  backward: (dy, [x, filter], attrs) => ({
    x: (): Tensor => gradientXOp({ dy, filter }, attrs),
    filter: (): Tensor => gradientFilterOp({ x, dy }, attrs),
  }),
});

const gradientXOp = defineOp<'dy' | 'filter', Attrs>({
  name: 'StudioDepthwiseConv2dGradientX',
  forward: ({ dy, filter }, { geometry }) => depthwiseGradientX(dy, filter, geometry),
  saveInputs: ['dy', 'filter'],
  backward: (ddx, [dy, filter], attrs) => ({
    dy: (): Tensor => forwardOp({ x: ddx, filter }, attrs),
    filter: (): Tensor => gradientFilterOp({ x: ddx, dy }, attrs),
  }),
});

const gradientFilterOp = defineOp<'x' | 'dy', Attrs>({
  name: 'StudioDepthwiseConv2dGradientFilter',
  forward: ({ x, dy }, { geometry }) => depthwiseGradientFilter(x, dy, geometry),
  saveInputs: ['x', 'dy'],
  backward: (ddw, [x, dy], attrs) => ({
    x: (): Tensor => gradientXOp({ dy, filter: ddw }, attrs),
    dy: (): Tensor => forwardOp({ x, filter: ddw }, attrs),
  }),
});

/**
 * @param x [B, H, W, C]
 * @param filter [KH, KW, C * M]: the M results of a channel lie side by side
 * @returns [B, OH, OW, C * M]
 * @throws RangeError if the channels do not fit or nothing would come out
 */
export function depthwiseConv2d(x: Tensor4D, filter: Tensor3D, options: DepthwiseConv2dOptions = {}): Tensor4D {
  const { stride = 1, pad = 0 } = options;
  return forwardOp({ x, filter }, { geometry: depthwiseGeometry(x.shape, filter.shape, stride, pad) }) as Tensor4D;
}
