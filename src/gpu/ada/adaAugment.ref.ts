/**
 * Float64 reference of `adaAugment`: transforms as homogeneous matrices, one product after another, and sampling by
 * definition.
 */
import { adaColumn, adaDraws, adaRange, type AdaDraw } from './draws';
import type { AdaPolicy } from './maps';

type Shape = readonly [batch: number, height: number, width: number, channels: number];
type Matrix = readonly (readonly number[])[];

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] ?? NaN), 0)));
const scale2d = (x: number, y: number): Matrix => [
  [x, 0, 0],
  [0, y, 0],
  [0, 0, 1],
];
const translate2d = (x: number, y: number): Matrix => [
  [1, 0, x],
  [0, 1, y],
  [0, 0, 1],
];
const rotate2d = (angle: number): Matrix => [
  [Math.cos(angle), -Math.sin(angle), 0],
  [Math.sin(angle), Math.cos(angle), 0],
  [0, 0, 1],
];
const diagonal = (s: number): Matrix => [
  [s, 0, 0, 0],
  [0, s, 0, 0],
  [0, 0, s, 0],
  [0, 0, 0, 1],
];
/** a I + b (projection on grey), leaving the offset's row and column alone. */
const aroundGrey = (a: number, b: number): Matrix =>
  diagonal(1).map((row, i) => row.map((value, j) => (i < 3 && j < 3 ? a * value + b / 3 : value)));

function hueMatrix(angle: number): Matrix {
  const s = Math.sin(angle) / Math.sqrt(3);
  const generator = [
    [0, -s, s, 0],
    [s, 0, -s, 0],
    [-s, s, 0, 0],
    [0, 0, 0, 0],
  ];
  return aroundGrey(Math.cos(angle), 1 - Math.cos(angle)).map((row, i) =>
    row.map((value, j) => value + (generator[i]?.[j] ?? NaN)),
  );
}

/** The maps of one picture, as the kernel makes them. */
export function adaMapsRef(
  draws: Float64Array,
  p: number,
  height: number,
  width: number,
  channels: number,
  policy: AdaPolicy,
): { affine: Matrix; color: Matrix } {
  const of = (name: AdaDraw): number => draws[adaColumn[name]] ?? NaN;
  const normals = (radius: AdaDraw, angle: AdaDraw): [number, number] => {
    const length = Math.sqrt(-2 * Math.log((Math.floor(of(radius) * 2 ** 24) + 1) / 2 ** 24));
    return [length * Math.cos(2 * Math.PI * of(angle)), length * Math.sin(2 * Math.PI * of(angle))];
  };
  const angle = (name: AdaDraw): number => (2 * of(name) - 1) * Math.PI;
  const [zoom, stretch] = normals('radiusSize', 'angleSize');
  const drift = normals('radiusDrift', 'angleDrift');
  const [brightness, contrast] = normals('radiusLevel', 'angleLevel');
  const [saturation] = normals('radiusSaturation', 'angleSaturation');
  const turned = 1 - Math.sqrt(1 - p);

  let affine = scale2d(1, 1);
  const then = (chance: AdaDraw, strength: number, on: boolean, matrix: () => Matrix): void => {
    if (on && of(chance) < strength) affine = product(affine, matrix());
  };
  then('chanceFlip', p, policy.blit, () => scale2d(of('flip') >= 0.5 ? -1 : 1, 1));
  then('chanceQuarter', p, policy.blit, () => rotate2d((Math.PI / 2) * Math.floor(4 * of('quarter'))));
  then('chanceShift', p, policy.blit, () =>
    translate2d(
      -Math.round((2 * of('shiftX') - 1) * adaRange.shift * width),
      -Math.round((2 * of('shiftY') - 1) * adaRange.shift * height),
    ),
  );
  then('chanceScale', p, policy.geometry, () => scale2d(2 ** (-zoom * adaRange.scale), 2 ** (-zoom * adaRange.scale)));
  then('chanceTurnBefore', turned, policy.geometry, () => rotate2d(angle('turnBefore')));
  then('chanceStretch', p, policy.geometry, () =>
    scale2d(2 ** (-stretch * adaRange.stretch), 2 ** (stretch * adaRange.stretch)),
  );
  then('chanceTurnAfter', turned, policy.geometry, () => rotate2d(angle('turnAfter')));
  then('chanceDrift', p, policy.geometry, () =>
    translate2d(-drift[0] * adaRange.drift * width, -drift[1] * adaRange.drift * height),
  );

  let color = diagonal(1);
  const recolor = (chance: AdaDraw, matrix: () => Matrix): void => {
    if (policy.color && of(chance) < p) color = product(matrix(), color);
  };
  recolor('chanceBrightness', () =>
    diagonal(1).map((row, i) => row.map((value, j) => (i < 3 && j === 3 ? brightness * adaRange.brightness : value))),
  );
  recolor('chanceContrast', () => diagonal(2 ** (contrast * adaRange.contrast)));
  recolor('chanceLumaFlip', () => aroundGrey(1, of('lumaFlip') >= 0.5 ? -2 : 0));
  if (channels > 1) {
    recolor('chanceHue', () => hueMatrix(angle('hue')));
    recolor('chanceSaturation', () =>
      aroundGrey(2 ** (saturation * adaRange.saturation), 1 - 2 ** (saturation * adaRange.saturation)),
    );
  }
  return { affine, color };
}

/** Index of the pixel that a mirrored picture shows at i. */
function folded(i: number, n: number): number {
  const period = 2 * (n - 1);
  const r = ((i % period) + period) % period;
  return r < n ? r : period - r;
}

export function adaAugmentRef(
  x: Float64Array,
  draws: Float64Array,
  p: number,
  [batch, height, width, channels]: Shape,
  policy: AdaPolicy,
): Float64Array {
  const y = new Float64Array(x.length);
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  for (let b = 0; b < batch; b++) {
    const { affine, color } = adaMapsRef(
      draws.subarray(b * adaDraws, (b + 1) * adaDraws),
      p,
      height,
      width,
      channels,
      policy,
    );
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const [sx, sy] = product(affine, [[j - cx], [i - cy], [1]]).map(
          ([value = NaN], axis) => value + (axis === 0 ? cx : cy),
        ) as [number, number];
        const seen = new Float64Array(channels);
        for (const v of [Math.floor(sy), Math.floor(sy) + 1]) {
          for (const u of [Math.floor(sx), Math.floor(sx) + 1]) {
            const weight = (1 - Math.abs(sx - u)) * (1 - Math.abs(sy - v));
            const at = ((b * height + folded(v, height)) * width + folded(u, width)) * channels;
            for (let c = 0; c < channels; c++) seen[c] = (seen[c] ?? 0) + weight * (x[at + c] ?? NaN);
          }
        }
        const [red = NaN, green = red, blue = red] = seen;
        const shown = product(color, [[red], [green], [blue], [1]]).map(([value = NaN]) => value);
        const at = ((b * height + i) * width + j) * channels;
        const [r = NaN, g = NaN, blueOut = NaN] = shown;
        y.set(channels === 3 ? [r, g, blueOut] : [(r + g + blueOut) / 3], at);
      }
    }
  }
  return y;
}
