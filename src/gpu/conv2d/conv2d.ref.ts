/** Float64 reference of `conv2d`: the definition, seven loops. */
import type { ConvGeometry } from './geometry';

export function conv2dRef(x: Float64Array, filter: Float64Array, g: ConvGeometry): Float64Array {
  const y = new Float64Array(g.batch * g.outHeight * g.outWidth * g.outputs);
  for (let b = 0; b < g.batch; b++)
    for (let oh = 0; oh < g.outHeight; oh++)
      for (let ow = 0; ow < g.outWidth; ow++)
        for (let kh = 0; kh < g.kernelHeight; kh++)
          for (let kw = 0; kw < g.kernelWidth; kw++) {
            const ih = oh * g.stride + kh - g.padTop;
            const iw = ow * g.stride + kw - g.padLeft;
            if (ih < 0 || iw < 0 || ih >= g.height || iw >= g.width) continue;
            for (let i = 0; i < g.inputs; i++)
              for (let o = 0; o < g.outputs; o++) {
                const at = ((b * g.outHeight + oh) * g.outWidth + ow) * g.outputs + o;
                const value = x[((b * g.height + ih) * g.width + iw) * g.inputs + i] ?? NaN;
                y[at] =
                  (y[at] ?? 0) + value * (filter[((kh * g.kernelWidth + kw) * g.inputs + i) * g.outputs + o] ?? NaN);
              }
          }
  return y;
}
