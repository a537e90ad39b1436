/**
 * PNG files that give their colours by gamma and chromaticities (gAMA, cHRM) and not by a profile. Decoders disagree on
 * them (libvips ignores them, Chromium takes 1/2.2 for a power), so they are taken out of the file before it is decoded,
 * and applied here: to light by the file's gamma, to sRGB's primaries, and to sRGB's curve (PNG specification, W3C).
 */
import type { RgbaPixels } from '../resize';
import { joinedBytes } from '../../shared/joined';

/** For each of 256 values its light in [0, 1]; and rows of the matrix to sRGB's primaries, null where they are sRGB's. */
export interface PngColor {
  light: Float64Array;
  matrix: readonly (readonly [number, number, number])[] | null;
}

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

const srgbPrimaries = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];

const multiply = (m: Matrix, v: Vector): Vector => {
  const row = ([a, b, c]: Vector): number => a * v[0] + b * v[1] + c * v[2];
  return [row(m[0]), row(m[1]), row(m[2])];
};

function inverse([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (!(Math.abs(det) > 1e-9)) throw new RangeError('These chromaticities are no colours.');
  const over = (value: number): number => value / det;
  return [
    [over(e * i - f * h), over(c * h - b * i), over(b * f - c * e)],
    [over(f * g - d * i), over(a * i - c * g), over(c * d - a * f)],
    [over(d * h - e * g), over(b * g - a * h), over(a * e - b * d)],
  ];
}

const product = (m: Matrix, n: Matrix): Matrix => {
  const column = (k: 0 | 1 | 2): Vector => multiply(m, [n[0][k], n[1][k], n[2][k]]);
  const [x, y, z] = [column(0), column(1), column(2)];
  return [
    [x[0], y[0], z[0]],
    [x[1], y[1], z[1]],
    [x[2], y[2], z[2]],
  ];
};

/** RGB of these primaries and this white to XYZ. */
function toXyz(chromaticities: readonly number[]): Matrix {
  const at = (i: number): Vector => {
    const [x = 0, y = 1] = chromaticities.slice(i, i + 2);
    return [x / y, 1, (1 - x - y) / y];
  };
  const [white, r, g, b] = [at(0), at(2), at(4), at(6)];
  const plain: Matrix = [
    [r[0], g[0], b[0]],
    [r[1], g[1], b[1]],
    [r[2], g[2], b[2]],
  ];
  const scale = multiply(inverse(plain), white);
  const scaled = (row: Vector): Vector => [row[0] * scale[0], row[1] * scale[1], row[2] * scale[2]];
  return [scaled(plain[0]), scaled(plain[1]), scaled(plain[2])];
}

/** Takes gAMA and cHRM out of a PNG file that has no profile; null where there is nothing to apply. */
export function takePngColor(
  bytes: Uint8Array<ArrayBuffer>,
): { bytes: Uint8Array<ArrayBuffer>; color: PngColor } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let gamma: number | null = null;
  let chromaticities: number[] | null = null;
  const cuts: { from: number; to: number }[] = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const to = at + 12 + length;
    if (type === 'IDAT' || type === 'IEND' || to > bytes.length) break;
    if (type === 'sRGB' || type === 'iCCP' || type === 'cICP') return null;
    if (type === 'gAMA' && length === 4) gamma = view.getUint32(at + 8) / 100_000;
    if (type === 'cHRM' && length === 32)
      chromaticities = Array.from({ length: 8 }, (_, i) => view.getUint32(at + 8 + 4 * i) / 100_000);
    if (type === 'gAMA' || type === 'cHRM') cuts.push({ from: at, to });
    at = to;
  }
  if (gamma === null || gamma < 0.01 || gamma > 10) return null;
  const own = chromaticities?.some((value, i) => Math.abs(value - (srgbPrimaries[i] ?? 0)) > 0.003)
    ? chromaticities
    : null;
  // 1/2.2 is how files say sRGB that cannot say it otherwise.
  const plain = Math.abs(gamma - 1 / 2.2) < 0.005;
  if (own === null && plain)
    return { bytes: without(bytes, cuts), color: { light: new Float64Array(0), matrix: null } };
  const exponent = 1 / gamma;
  const light = Float64Array.from({ length: 256 }, (_, value) =>
    plain ? fromSrgb(value / 255) : (value / 255) ** exponent,
  );
  try {
    const matrix = own && product(inverse(toXyz(srgbPrimaries)), toXyz(own));
    return { bytes: without(bytes, cuts), color: { light, matrix } };
  } catch (error) {
    if (error instanceof RangeError) return { bytes: without(bytes, cuts), color: { light, matrix: null } };
    throw error;
  }
}

function without(bytes: Uint8Array, cuts: readonly { from: number; to: number }[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const cut of cuts) {
    parts.push(bytes.subarray(from, cut.from));
    from = cut.to;
  }
  parts.push(bytes.subarray(from));
  return joinedBytes(parts);
}

const fromSrgb = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const toSrgb = (light: number): number => {
  const v = light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
  return Math.max(0, Math.min(255, Math.round(v * 255)));
};

/** Changes the pixels in place. */
export function applyPngColor({ data }: RgbaPixels, { light, matrix }: PngColor): void {
  if (light.length === 0) return;
  if (matrix === null) {
    const table = Uint8Array.from(light, toSrgb);
    for (let at = 0; at < data.length; at += 4)
      for (let k = 0; k < 3; k += 1) data[at + k] = table[data[at + k] as number] as number;
    return;
  }
  for (let at = 0; at < data.length; at += 4) {
    const linear = [0, 1, 2].map((k) => light[data[at + k] as number] as number);
    matrix.forEach((row, k) => {
      data[at + k] = toSrgb(
        Math.max(
          0,
          row.reduce((sum, each, i) => sum + each * (linear[i] ?? 0), 0),
        ),
      );
    });
  }
}
