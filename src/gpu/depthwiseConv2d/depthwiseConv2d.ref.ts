/** Float64 reference of `depthwiseConv2d`: the definition. */
import type { DepthwiseGeometry } from './geometry';

export function depthwiseConv2dRef(x: Float64Array, filter: Float64Array, g: DepthwiseGeometry): Float64Array {
  const outputs = g.channels * g.multiplier;
  const y = new Float64Array(g.batch * g.outHeight * g.outWidth * outputs);
  for (let at = 0; at < y.length; at++) {
    const o = at % outputs;
    const [ow, oh, b] = [
      Math.floor(at / outputs) % g.outWidth,
      Math.floor(at / outputs / g.outWidth) % g.outHeight,
      Math.floor(at / outputs / g.outWidth / g.outHeight),
    ];
    for (let kh = 0; kh < g.kernelHeight; kh++)
      for (let kw = 0; kw < g.kernelWidth; kw++) {
        const [ih, iw] = [oh * g.stride + kh - g.padTop, ow * g.stride + kw - g.padLeft];
        if (ih < 0 || iw < 0 || ih >= g.height || iw >= g.width) continue;
        const value = x[((b * g.height + ih) * g.width + iw) * g.channels + Math.floor(o / g.multiplier)] ?? NaN;
        y[at] = (y[at] ?? 0) + value * (filter[(kh * g.kernelWidth + kw) * outputs + o] ?? NaN);
      }
  }
  return y;
}
