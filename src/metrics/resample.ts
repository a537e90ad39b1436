/**
 * Pictures to the size that an evaluation network takes, in floating point and without rounding in between. Two
 * filters: `bicubic` (Keys, a = -0.5, widened when shrinking, as Pillow's on float images) and `bilinear` as the FID
 * convention has it: half-pixel offsets ignored and no widening (source position = target position x ratio), because
 * figures are only comparable under the same, odd, filter.
 */
export type ResampleFilter = 'bicubic' | 'bilinear';

interface Taps {
  /** First input of each output. */
  start: Int32Array;
  /** Weights, `width` an output; sum 1. */
  weights: Float64Array;
  width: number;
}

function bicubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

function bicubicTaps(from: number, to: number): Taps {
  const ratio = from / to;
  const widening = Math.max(1, ratio);
  const reach = 2 * widening;
  const width = Math.ceil(reach) * 2 + 1;
  const taps = { start: new Int32Array(to), weights: new Float64Array(to * width), width };
  for (let i = 0; i < to; i += 1) {
    const centre = (i + 0.5) * ratio;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const count = Math.min(from, Math.trunc(centre + reach + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < count; k += 1) sum += bicubic((start + k - centre + 0.5) / widening);
    for (let k = 0; k < count; k += 1)
      taps.weights[i * width + k] = bicubic((start + k - centre + 0.5) / widening) / sum;
    taps.start[i] = start;
  }
  return taps;
}

function bilinearTaps(from: number, to: number): Taps {
  const taps = { start: new Int32Array(to), weights: new Float64Array(to * 2), width: 2 };
  for (let i = 0; i < to; i += 1) {
    const position = (i * from) / to;
    const start = Math.min(from - 1, Math.floor(position));
    const share = start + 1 < from ? position - start : 0;
    taps.start[i] = start;
    taps.weights.set([1 - share, share], i * 2);
  }
  return taps;
}

/**
 * `lines` lines of `from` samples, `step` apart; line l begins at l * lineStep. The result has the same layout with
 * `to` samples a line.
 */
function alongLines(
  input: Float32Array | Uint8Array,
  taps: Taps,
  output: Float32Array,
  layout: { lines: number; step: number; inLine: number; outLine: number },
): void {
  const { start, weights, width } = taps;
  const to = start.length;
  const last = layout.inLine === layout.step ? 0 : layout.inLine - layout.step;
  for (let line = 0; line < layout.lines; line += 1) {
    for (let i = 0; i < to; i += 1) {
      for (let c = 0; c < layout.step; c += 1) {
        let sum = 0;
        for (let k = 0; k < width; k += 1) {
          const weight = weights[i * width + k] as number;
          if (weight !== 0)
            sum +=
              weight *
              (input[line * layout.inLine + Math.min(last, ((start[i] as number) + k) * layout.step) + c] as number);
        }
        output[line * layout.outLine + i * layout.step + c] = sum;
      }
    }
  }
}

/**
 * One square RGB picture [size, size, 3] of bytes to [to, to, 3], values 0 .. 255 (bicubic may go a little beyond; it
 * is clamped).
 */
export function resample(rgb: Uint8Array, size: number, to: number, filter: ResampleFilter): Float32Array {
  if (size === to) return Float32Array.from(rgb);
  const taps = filter === 'bicubic' ? bicubicTaps(size, to) : bilinearTaps(size, to);
  // Rows first; then columns as lines of whole rows of `to` x 3 samples: one line, whose "sample" is a row.
  const narrow = new Float32Array(size * to * 3);
  alongLines(rgb, taps, narrow, { lines: size, step: 3, inLine: size * 3, outLine: to * 3 });
  const output = new Float32Array(to * to * 3);
  alongLines(narrow, taps, output, { lines: 1, step: to * 3, inLine: size * to * 3, outLine: to * to * 3 });
  for (let i = 0; i < output.length; i += 1) output[i] = Math.min(255, Math.max(0, output[i] as number));
  return output;
}
