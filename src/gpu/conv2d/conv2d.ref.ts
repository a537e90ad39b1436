/** Float64 references of `conv2d` and `convTranspose2d`: the definitions, seven loops each. */
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

/** Every pixel of x adds its multiple of the filter. @param g of the convolution that this one transposes */
export function convTranspose2dRef(x: Float64Array, filter: Float64Array, g: ConvGeometry): Float64Array {
  const y = new Float64Array(g.batch * g.height * g.width * g.inputs);
  for (let b = 0; b < g.batch; b++)
    for (let h = 0; h < g.outHeight; h++)
      for (let w = 0; w < g.outWidth; w++)
        for (let kh = 0; kh < g.kernelHeight; kh++)
          for (let kw = 0; kw < g.kernelWidth; kw++) {
            const [row, column] = [h * g.stride + kh - g.padTop, w * g.stride + kw - g.padLeft];
            if (row < 0 || column < 0 || row >= g.height || column >= g.width) continue;
            for (let o = 0; o < g.inputs; o++)
              for (let i = 0; i < g.outputs; i++) {
                const at = ((b * g.height + row) * g.width + column) * g.inputs + o;
                const value = x[((b * g.outHeight + h) * g.outWidth + w) * g.outputs + i] ?? NaN;
                const factor = filter[((kh * g.kernelWidth + kw) * g.inputs + o) * g.outputs + i] ?? NaN;
                y[at] = (y[at] ?? 0) + value * factor;
              }
          }
  return y;
}
