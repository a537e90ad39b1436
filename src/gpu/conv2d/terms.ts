/**
 * The sums behind single results of a convolution's three products, as pairs of element indices: what a float64 check
 * of a few results of a large product needs, where the whole reference would take minutes.
 */
import type { ProductRequest } from '../gemm/productRecords';
import type { ConvGeometry } from './geometry';

type Terms = ProductRequest['terms'];

/** Position of an index in an array of rows [.., A, B, C]. */
function unravel(index: number, [, b = 1, c = 1, d = 1]: readonly number[]): [number, number, number, number] {
  return [Math.floor(index / d / c / b), Math.floor(index / d / c) % b, Math.floor(index / d) % c, index % d];
}

/** Operands x, filter; result y. */
export function forwardTerms(g: ConvGeometry): Terms {
  return (index, add) => {
    const [b, oh, ow, o] = unravel(index, [g.batch, g.outHeight, g.outWidth, g.outputs]);
    for (let kh = 0; kh < g.kernelHeight; kh++)
      for (let kw = 0; kw < g.kernelWidth; kw++) {
        const [ih, iw] = [oh * g.stride + kh - g.padTop, ow * g.stride + kw - g.padLeft];
        if (ih < 0 || iw < 0 || ih >= g.height || iw >= g.width) continue;
        for (let i = 0; i < g.inputs; i++)
          add(
            ((b * g.height + ih) * g.width + iw) * g.inputs + i,
            ((kh * g.kernelWidth + kw) * g.inputs + i) * g.outputs + o,
          );
      }
  };
}

/** Operands dy, filter; result dx. */
export function gradientXTerms(g: ConvGeometry): Terms {
  return (index, add) => {
    const [b, ih, iw, i] = unravel(index, [g.batch, g.height, g.width, g.inputs]);
    for (let kh = 0; kh < g.kernelHeight; kh++)
      for (let kw = 0; kw < g.kernelWidth; kw++) {
        const [down, across] = [ih + g.padTop - kh, iw + g.padLeft - kw];
        const [oh, ow] = [down / g.stride, across / g.stride];
        if (!Number.isInteger(oh) || !Number.isInteger(ow) || oh < 0 || ow < 0 || oh >= g.outHeight || ow >= g.outWidth)
          continue;
        for (let o = 0; o < g.outputs; o++)
          add(
            ((b * g.outHeight + oh) * g.outWidth + ow) * g.outputs + o,
            ((kh * g.kernelWidth + kw) * g.inputs + i) * g.outputs + o,
          );
      }
  };
}

/** Operands x, dy; result dw. */
export function gradientFilterTerms(g: ConvGeometry): Terms {
  return (index, add) => {
    const [kh, kw, i, o] = unravel(index, [g.kernelHeight, g.kernelWidth, g.inputs, g.outputs]);
    for (let b = 0; b < g.batch; b++)
      for (let oh = 0; oh < g.outHeight; oh++)
        for (let ow = 0; ow < g.outWidth; ow++) {
          const [ih, iw] = [oh * g.stride + kh - g.padTop, ow * g.stride + kw - g.padLeft];
          if (ih < 0 || iw < 0 || ih >= g.height || iw >= g.width) continue;
          add(
            ((b * g.height + ih) * g.width + iw) * g.inputs + i,
            ((b * g.outHeight + oh) * g.outWidth + ow) * g.outputs + o,
          );
        }
  };
}
