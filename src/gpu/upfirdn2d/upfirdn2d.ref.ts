/** Float64 reference of `upfirdn2d`, step by step: zeros in between, padding, convolution, every down-th pixel. */

type Shape = readonly [batch: number, height: number, width: number, channels: number];

export interface FirRef {
  rows: readonly (readonly number[])[];
  up: readonly [number, number];
  down: readonly [number, number];
  padding: readonly [number, number, number, number];
  flip: boolean;
}

export function firOutput(
  [batch, height, width, channels]: Shape,
  { rows, up, down, padding }: FirRef,
): [number, number, number, number] {
  const size = (length: number, scale: number, pad: number, taps: number, step: number): number =>
    Math.floor((length * scale + pad - taps) / step) + 1;
  return [
    batch,
    size(height, up[0], padding[0] + padding[1], rows.length, down[0]),
    size(width, up[1], padding[2] + padding[3], rows[0]?.length ?? 0, down[1]),
    channels,
  ];
}

export function upfirdn2dRef(x: Float64Array, shape: Shape, fir: FirRef): Float64Array {
  const { rows, up, down, padding, flip } = fir;
  const [batch, height, width, channels] = shape;
  const [, outHeight, outWidth] = firOutput(shape, fir);
  const [tapsY, tapsX] = [rows.length, rows[0]?.length ?? 0];
  /** The enlarged, padded picture. */
  const at = (b: number, row: number, column: number, c: number): number => {
    const [i, j] = [row - padding[0], column - padding[2]];
    if (i < 0 || j < 0 || i >= height * up[0] || j >= width * up[1] || i % up[0] !== 0 || j % up[1] !== 0) return 0;
    return x[((b * height + i / up[0]) * width + j / up[1]) * channels + c] ?? NaN;
  };
  const y = new Float64Array(batch * outHeight * outWidth * channels);
  for (let n = 0; n < y.length; n++) {
    const c = n % channels;
    const j = Math.floor(n / channels) % outWidth;
    const i = Math.floor(n / channels / outWidth) % outHeight;
    const b = Math.floor(n / channels / outWidth / outHeight);
    for (let v = 0; v < tapsY; v++) {
      for (let u = 0; u < tapsX; u++) {
        const tap = (flip ? rows[v]?.[u] : rows[tapsY - 1 - v]?.[tapsX - 1 - u]) ?? NaN;
        y[n] = (y[n] ?? 0) + tap * at(b, i * down[0] + v, j * down[1] + u, c);
      }
    }
  }
  return y;
}
