/**
 * Up-sampling by zeros, padding, FIR filtering and down-sampling in one dispatch: an output element adds up the taps
 * that fall on real pixels.
 */
import { linearGrid } from '../kernel/dispatch';
import { runProgram } from '../kernel/program';
import type { TensorInfo } from '../tensor';

/** Vertical, horizontal. */
export type Pair = readonly [number, number];

export interface FirGeometry {
  /** Size of the filter. */
  taps: Pair;
  up: Pair;
  down: Pair;
  /** Rows and columns of zeros before the first (negative: cut off), after up-sampling. */
  before: Pair;
  /** Height and width of the input. */
  size: Pair;
  /** Height and width of the result. */
  out: Pair;
  /** Correlate: the first tap meets the first pixel. Without it, convolve. */
  flip: boolean;
}

/**
 * @param x [B, H, W, C]
 * @param filter [taps] row by row
 * @returns [B, out, C]
 */
export function fir(
  x: TensorInfo,
  filter: TensorInfo,
  { taps, up, down, before, out, flip }: FirGeometry,
): TensorInfo[] {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const vector = channels % 4 === 0;
  const element = vector ? 'vec4<f32>' : 'f32';
  const across = vector ? channels / 4 : channels;
  const size = batch * out[0] * out[1] * across;
  const grid = linearGrid(size);
  return runProgram({
    label: 'upfirdn2d',
    variant: flip ? 'f' : '',
    ints: {
      size,
      across,
      height,
      width,
      outHeight: out[0],
      outWidth: out[1],
      tapsY: taps[0],
      tapsX: taps[1],
      upY: up[0],
      upX: up[1],
      downY: down[0],
      downX: down[1],
      beforeY: before[0],
      beforeX: before[1],
    },
    outputs: { y: { shape: [batch, out[0], out[1], channels], element } },
    inputs: { x: { tensor: x, element }, taps: { tensor: filter } },
    // A tap at u meets the enlarged, padded picture at start + u, that is pixel (start + u) / up where it divides.
    body: () => /* wgsl */ `
fn firstTap(start: i32, up: i32) -> i32 { let r = start % up; return select(0, select(up - r, -r, r < 0), r != 0); }
@compute @workgroup_size(${grid.size}) ${grid.main} {
  ${grid.index}
  let i = i32(index);
  if (i >= dims.size) { return; }
  let channel = i % dims.across;
  let place = i / dims.across;
  let picture = place / (dims.outWidth * dims.outHeight);
  let startY = place / dims.outWidth % dims.outHeight * dims.downY - dims.beforeY;
  let startX = place % dims.outWidth * dims.downX - dims.beforeX;
  var total = ${element}(0.0);
  for (var v = firstTap(startY, dims.upY); v < dims.tapsY; v += dims.upY) {
    let row = (startY + v) / dims.upY;
    if (startY + v < 0 || row >= dims.height) { continue; }
    for (var u = firstTap(startX, dims.upX); u < dims.tapsX; u += dims.upX) {
      let column = (startX + u) / dims.upX;
      if (startX + u < 0 || column >= dims.width) { continue; }
      let tap = ${flip ? 'v * dims.tapsX + u' : '(dims.tapsY - 1 - v) * dims.tapsX + dims.tapsX - 1 - u'};
      total += taps[tap] * x[((picture * dims.height + row) * dims.width + column) * dims.across + channel];
    }
  }
  y[i] = total;
}`,
    workgroups: grid.workgroups,
  });
}
