/** Sizes of a depthwise convolution, worked out once from shapes and options. */

export interface DepthwiseGeometry {
  batch: number;
  height: number;
  width: number;
  channels: number;
  /** Results of each channel. */
  multiplier: number;
  kernelHeight: number;
  kernelWidth: number;
  stride: number;
  padTop: number;
  padLeft: number;
  outHeight: number;
  outWidth: number;
}

/** Zeros on every side, or above, left, below and right. */
export type Padding = number | readonly [number, number, number, number];

/**
 * @param x [B, H, W, C]
 * @param filter [KH, KW, C * M]
 * @throws RangeError if the channels do not fit or nothing would come out
 */
export function depthwiseGeometry(
  x: readonly number[],
  filter: readonly number[],
  stride: number,
  pad: Padding,
): DepthwiseGeometry {
  const [batch = 0, height = 0, width = 0, channels = 0] = x;
  const [kernelHeight = 0, kernelWidth = 0, outputs = 0] = filter;
  const multiplier = outputs / channels;
  if (x.length !== 4 || filter.length !== 3 || !Number.isInteger(multiplier) || multiplier < 1)
    throw new RangeError(`depthwiseConv2d: input [${x.join()}] and filter [${filter.join()}] do not fit`);
  const [padTop, padLeft, padBottom, padRight] = typeof pad === 'number' ? [pad, pad, pad, pad] : pad;
  const outHeight = Math.floor((height + padTop + padBottom - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((width + padLeft + padRight - kernelWidth) / stride) + 1;
  if (outHeight < 1 || outWidth < 1)
    throw new RangeError(`depthwiseConv2d: a filter [${filter.join()}] leaves nothing of [${x.join()}]`);
  return {
    batch,
    height,
    width,
    channels,
    multiplier,
    kernelHeight,
    kernelWidth,
    stride,
    padTop,
    padLeft,
    outHeight,
    outWidth,
  };
}
