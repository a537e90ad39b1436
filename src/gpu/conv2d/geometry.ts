/** Sizes of a convolution, worked out once from shapes and options. */

export interface ConvGeometry {
  batch: number;
  height: number;
  width: number;
  inputs: number;
  outputs: number;
  kernelHeight: number;
  kernelWidth: number;
  stride: number;
  padTop: number;
  padLeft: number;
  outHeight: number;
  outWidth: number;
}

/** Output size and padding before, along one axis. */
function alongAxis(
  size: number,
  kernel: number,
  stride: number,
  pad: 'same' | number,
): { out: number; before: number } {
  if (pad === 'same') {
    const out = Math.ceil(size / stride);
    const total = Math.max(0, (out - 1) * stride + kernel - size);
    return { out, before: Math.floor(total / 2) };
  }
  return { out: Math.floor((size + 2 * pad - kernel) / stride) + 1, before: pad };
}

/**
 * @param x [B, H, W, I]
 * @param filter [KH, KW, I, O]
 * @throws RangeError if the channels differ or nothing would come out
 */
export function convGeometry(
  x: readonly number[],
  filter: readonly number[],
  stride: number,
  pad: 'same' | number,
): ConvGeometry {
  const [batch = 0, height = 0, width = 0, inputs = 0] = x;
  const [kernelHeight = 0, kernelWidth = 0, filterInputs = 0, outputs = 0] = filter;
  if (x.length !== 4 || filter.length !== 4 || inputs !== filterInputs)
    throw new RangeError(`conv2d: input [${x.join()}] and filter [${filter.join()}] do not fit`);
  const down = alongAxis(height, kernelHeight, stride, pad);
  const across = alongAxis(width, kernelWidth, stride, pad);
  if (down.out < 1 || across.out < 1)
    throw new RangeError(`conv2d: a filter [${filter.join()}] with padding ${pad} leaves nothing of [${x.join()}]`);
  return {
    batch,
    height,
    width,
    inputs,
    outputs,
    kernelHeight,
    kernelWidth,
    stride,
    padTop: down.before,
    padLeft: across.before,
    outHeight: down.out,
    outWidth: across.out,
  };
}

/** The numbers as `dims.*` of the kernels. */
export function geometryInts(g: ConvGeometry): Record<string, number> {
  return {
    H: g.height,
    W: g.width,
    I: g.inputs,
    O: g.outputs,
    KH: g.kernelHeight,
    KW: g.kernelWidth,
    stride: g.stride,
    padTop: g.padTop,
    padLeft: g.padLeft,
    OH: g.outHeight,
    OW: g.outWidth,
  };
}

export const inputShape = (g: ConvGeometry): number[] => [g.batch, g.height, g.width, g.inputs];
export const outputShape = (g: ConvGeometry): number[] => [g.batch, g.outHeight, g.outWidth, g.outputs];
export const filterShape = (g: ConvGeometry): number[] => [g.kernelHeight, g.kernelWidth, g.inputs, g.outputs];

/** A product as the kernels see it: rows m, columns n, sum over k, `phases` of them side by side. */
export interface Product {
  m: number;
  n: number;
  k: number;
  phases: number;
}

export const forwardProduct = (g: ConvGeometry): Product => ({
  m: g.batch * g.outHeight * g.outWidth,
  n: g.outputs,
  k: g.kernelHeight * g.kernelWidth * g.inputs,
  phases: 1,
});

/**
 * One phase for each residue of the input position modulo the stride: within a phase the same taps contribute, and none
 * in vain. k is that of the phase with the most of them.
 */
export const gradientXProduct = (g: ConvGeometry): Product => ({
  m: g.batch * Math.ceil(g.height / g.stride) * Math.ceil(g.width / g.stride),
  n: g.inputs,
  k: Math.ceil(g.kernelHeight / g.stride) * Math.ceil(g.kernelWidth / g.stride) * g.outputs,
  phases: g.stride * g.stride,
});

export const gradientFilterProduct = (g: ConvGeometry): Product => ({
  m: g.kernelHeight * g.kernelWidth * g.inputs,
  n: g.outputs,
  k: g.batch * g.outHeight * g.outWidth,
  phases: 1,
});
