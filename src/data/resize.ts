/**
 * From decoded pixels to the square pictures that networks see: transparency over white, centre crop, and bicubic
 * resizing with antialiasing, to the last bit as Pillow does it (`crop(...).resize((n, n), Image.BICUBIC)` on 8-bit
 * RGB), because CLIP's published preprocessing is Pillow's. The same code runs in decode workers and under Node, so
 * that both give the same arrays.
 */
import { rgbOf, white, type Matte } from '../shared/matte';

/** Pixels as a canvas gives them: `width * height * 4` bytes, row-major RGBA, alpha not premultiplied. */
export interface RgbaPixels {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
}

/** Weights of one output position: it reads `count` inputs from `start` on. */
interface Taps {
  start: Int32Array;
  count: Int32Array;
  /** Fixed point with `PRECISION` fraction bits, `stride` a position. */
  weights: Int32Array;
  stride: number;
}

/**
 * Fraction bits that keep 8-bit samples times weights, with the filter's negative lobes, inside 32 bits (Pillow's
 * choice).
 */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);
const SUPPORT = 2;

/** Keys' cubic convolution kernel with a = -0.5, the one that Pillow calls bicubic. */
function bicubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

/**
 * Filter weights for resizing `from` samples to `to`; when shrinking the kernel is widened by the ratio, which is the
 * antialiasing.
 */
function tapsFor(from: number, to: number): Taps {
  const ratio = from / to;
  const widening = Math.max(ratio, 1);
  const reach = SUPPORT * widening;
  const stride = Math.ceil(reach) * 2 + 1;
  const taps: Taps = {
    start: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Int32Array(to * stride),
    stride,
  };
  const exact = new Float64Array(stride);
  for (let i = 0; i < to; i += 1) {
    const centre = (i + 0.5) * ratio;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const count = Math.min(from, Math.trunc(centre + reach + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < count; k += 1) {
      const weight = bicubic((start + k - centre + 0.5) * (1 / widening));
      exact[k] = weight;
      sum += weight;
    }
    for (let k = 0; k < count; k += 1) {
      const weight = ((exact[k] ?? 0) / sum) * 2 ** PRECISION;
      taps.weights[i * stride + k] = Math.trunc(weight + (weight < 0 ? -0.5 : 0.5));
    }
    taps.start[i] = start;
    taps.count[i] = count;
  }
  return taps;
}

const clip8 = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/**
 * Filters along one axis. `input` holds `lines` lines of `from` RGB samples; the sample at position p of line l begins
 * at `l * lineStep + p * step`. The same steps, given for the output, say where results go.
 */
interface Axis {
  lines: number;
  inLine: number;
  inStep: number;
  outLine: number;
  outStep: number;
}

function filterAxis(input: Uint8Array, output: Uint8Array, to: number, taps: Taps, axis: Axis): void {
  const { start, count, weights, stride } = taps;
  for (let line = 0; line < axis.lines; line += 1) {
    for (let i = 0; i < to; i += 1) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let at = line * axis.inLine + (start[i] as number) * axis.inStep;
      const end = i * stride + (count[i] as number);
      for (let k = i * stride; k < end; k += 1) {
        const weight = weights[k] as number;
        red = (red + (input[at] as number) * weight) | 0;
        green = (green + (input[at + 1] as number) * weight) | 0;
        blue = (blue + (input[at + 2] as number) * weight) | 0;
        at += axis.inStep;
      }
      const out = line * axis.outLine + i * axis.outStep;
      output[out] = clip8(red >> PRECISION);
      output[out + 1] = clip8(green >> PRECISION);
      output[out + 2] = clip8(blue >> PRECISION);
    }
  }
}

/**
 * Resizes a square RGB picture [size, size, 3] to [to, to, 3]; rows are filtered first and rounded to 8 bits, then
 * columns, as Pillow does. Returns a copy where the size is right already.
 */
export function resizeSquare(rgb: Uint8Array, size: number, to: number): Uint8Array {
  if (size === to) return rgb.slice();
  const taps = tapsFor(size, to);
  const narrow = new Uint8Array(size * to * 3);
  filterAxis(rgb, narrow, to, taps, { lines: size, inLine: size * 3, inStep: 3, outLine: to * 3, outStep: 3 });
  const output = new Uint8Array(to * to * 3);
  filterAxis(narrow, output, to, taps, { lines: to, inLine: 3, inStep: to * 3, outLine: 3, outStep: to * 3 });
  return output;
}

/**
 * The largest centred square of a picture: its edge and its left and top corner (the odd pixel is left off at the right
 * or bottom).
 */
export function centreSquare(width: number, height: number): { edge: number; left: number; top: number } {
  const edge = Math.min(width, height);
  return { edge, left: Math.floor((width - edge) / 2), top: Math.floor((height - edge) / 2) };
}

/** Crops the centred square and lays it over a colour: RGB bytes [edge, edge, 3], rounded to nearest. */
export function cropOver(
  pixels: RgbaPixels,
  matte: Matte = white,
): { rgb: Uint8Array; edge: number; transparent: boolean } {
  const under = rgbOf(matte);
  const { edge, left, top } = centreSquare(pixels.width, pixels.height);
  const { data } = pixels;
  const rgb = new Uint8Array(edge * edge * 3);
  let transparent = false;
  let out = 0;
  for (let y = 0; y < edge; y += 1) {
    let at = ((y + top) * pixels.width + left) * 4;
    for (let x = 0; x < edge; x += 1) {
      const alpha = data[at + 3] as number;
      if (alpha === 255) {
        rgb[out] = data[at] as number;
        rgb[out + 1] = data[at + 1] as number;
        rgb[out + 2] = data[at + 2] as number;
      } else {
        transparent = true;
        for (let channel = 0; channel < 3; channel += 1) {
          const seen = (data[at + channel] as number) * alpha + (under[channel] as number) * (255 - alpha);
          rgb[out + channel] = Math.round(seen / 255);
        }
      }
      out += 3;
      at += 4;
    }
  }
  return { rgb, edge, transparent };
}
