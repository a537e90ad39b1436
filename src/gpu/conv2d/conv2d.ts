/**
 * 2-D convolution (cross-correlation), NHWC with HWIO filters, any channel counts. Differentiable to any order: the
 * convolution and its two gradients are three bilinear maps that are each other's derivatives, one dispatch each (two
 * where a long sum is split). Deterministic.
 */
import { defineOp } from '../kernel/op';
import type { Tensor, Tensor4D } from '../tensor';
import { convGeometry, type ConvGeometry } from './geometry';
import { convForward, convGradientFilter, convGradientX } from './kernels';

export interface Conv2dOptions {
  stride?: 1 | 2;
  /**
   * 'same': output side = ceil(input side / stride), the odd padding row at the bottom right. A number: that many zeros
   * on every side.
   */
  pad?: 'same' | number;
}

interface Attrs {
  geometry: ConvGeometry;
}

const forwardOp = defineOp<'x' | 'filter', Attrs>({
  name: 'StudioConv2d',
  forward: ({ x, filter }, { geometry }) => convForward(x, filter, geometry),
  saveInputs: ['x', 'filter'],
  backward: (dy, [x, filter], attrs) => ({
    x: (): Tensor => gradientXOp({ dy, filter }, attrs),
    filter: (): Tensor => gradientFilterOp({ x, dy }, attrs),
  }),
});

const gradientXOp = defineOp<'dy' | 'filter', Attrs>({
  name: 'StudioConv2dGradientX',
  forward: ({ dy, filter }, { geometry }) => convGradientX(dy, filter, geometry),
  saveInputs: ['dy', 'filter'],
  backward: (ddx, [dy, filter], attrs) => ({
    dy: (): Tensor => forwardOp({ x: ddx, filter }, attrs),
    filter: (): Tensor => gradientFilterOp({ x: ddx, dy }, attrs),
  }),
});

const gradientFilterOp = defineOp<'x' | 'dy', Attrs>({
  name: 'StudioConv2dGradientFilter',
  forward: ({ x, dy }, { geometry }) => convGradientFilter(x, dy, geometry),
  saveInputs: ['x', 'dy'],
  backward: (ddw, [x, dy], attrs) => ({
    x: (): Tensor => gradientXOp({ dy, filter: ddw }, attrs),
    dy: (): Tensor => forwardOp({ x, filter: ddw }, attrs),
  }),
});

export interface ConvTranspose2dOptions {
  stride?: 1 | 2;
  /** So many pixels are cut from every side; default 0. */
  pad?: number;
}

/**
 * Transposed convolution: every input pixel adds its multiple of the filter, `stride` pixels apart. It is the
 * convolution's gradient by its input, and its own gradients are the other two products.
 * @param x [B, H, W, I]
 * @param filter [KH, KW, O, I] (PyTorch's [I, O, KH, KW], not turned round)
 * @returns [B, (H - 1) stride + KH - 2 pad, likewise across, O]
 * @throws RangeError if the channels differ or nothing would come out
 */
export function convTranspose2d(x: Tensor4D, filter: Tensor4D, options: ConvTranspose2dOptions = {}): Tensor4D {
  const { stride = 1, pad = 0 } = options;
  const [batch, height, width, inputs] = x.shape;
  const [kernelHeight, kernelWidth, outputs, filterInputs] = filter.shape;
  if (inputs !== filterInputs)
    throw new RangeError(`convTranspose2d: input [${x.shape.join()}] and filter [${filter.shape.join()}] do not fit`);
  const side = (size: number, kernel: number): number => (size - 1) * stride + kernel - 2 * pad;
  const shape = [batch, side(height, kernelHeight), side(width, kernelWidth), outputs];
  return gradientXOp({ dy: x, filter }, { geometry: convGeometry(shape, filter.shape, stride, pad) }) as Tensor4D;
}

/**
 * @param x [B, H, W, I]
 * @param filter [KH, KW, I, O]
 * @returns [B, OH, OW, O]
 * @throws RangeError if the channels differ or nothing would come out
 */
export function conv2d(x: Tensor4D, filter: Tensor4D, options: Conv2dOptions = {}): Tensor4D {
  const { stride = 1, pad = 'same' } = options;
  return forwardOp({ x, filter }, { geometry: convGeometry(x.shape, filter.shape, stride, pad) }) as Tensor4D;
}
