/**
 * The augmentations of StyleGAN2-ADA in stock operations: maps from elementary operations on one number a picture,
 * sampling from four gathers. Same signature and results as `src/gpu/ada/adaAugment.ts`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { adaColumn, adaDraws, adaRange, type AdaDraw } from '../../src/gpu/ada/draws';
import type { AdaPolicy } from '../../src/gpu/ada/maps';

export { adaDraws };
export const adaBgc: AdaPolicy = { blit: true, geometry: true, color: true };

type Matrix = Tensor[][];

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) =>
    (b[0] ?? []).map((_, j) =>
      row.map((value, k) => tf.mul(value, (b[k] as Tensor[])[j] as Tensor)).reduce((sum, term) => tf.add(sum, term)),
    ),
  );

/** Picks between two matrices by picture. */
const choose = (where: Tensor, yes: Matrix, no: Matrix): Matrix =>
  yes.map((row, i) => row.map((value, j) => tf.where(where, value, (no[i] as Tensor[])[j] as Tensor)));

/** A matrix of numbers and [B, 1] tensors. */
const matrix = (batch: number, rows: (number | Tensor)[][]): Matrix =>
  rows.map((row) => row.map((value) => (typeof value === 'number' ? tf.mul(tf.ones([batch, 1]), value) : value)));

class Draws {
  readonly batch: number;

  constructor(private readonly draws: Tensor2D) {
    this.batch = draws.shape[0];
  }

  of(name: AdaDraw): Tensor2D {
    return tf.slice(this.draws, [0, adaColumn[name]], [this.batch, 1]);
  }

  normals(radius: AdaDraw, angle: AdaDraw): [Tensor, Tensor] {
    const length = tf.sqrt(tf.mul(tf.log(tf.add(this.of(radius), 2 ** -24)), -2));
    const turned = tf.mul(this.of(angle), 2 * Math.PI);
    return [tf.mul(length, tf.cos(turned)), tf.mul(length, tf.sin(turned))];
  }

  rotation(angle: Tensor): Matrix {
    const [c, s] = [tf.cos(angle), tf.sin(angle)];
    return matrix(this.batch, [
      [c, tf.neg(s), 0],
      [s, c, 0],
      [0, 0, 1],
    ]);
  }

  angle(name: AdaDraw): Tensor {
    return tf.mul(tf.sub(tf.mul(this.of(name), 2), 1), Math.PI);
  }
}

const power = (exponent: Tensor, scale: number): Tensor => tf.exp(tf.mul(exponent, scale * Math.LN2));

function affineOf(draws: Draws, p: Scalar, height: number, width: number, policy: AdaPolicy): Matrix {
  const { batch } = draws;
  let m = matrix(batch, [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
  const then = (chance: AdaDraw, strength: Tensor, on: boolean, make: () => Matrix): void => {
    if (on) m = choose(tf.less(draws.of(chance), strength), product(m, make()), m);
  };
  const scaling = (x: Tensor | number, y: Tensor | number): Matrix =>
    matrix(batch, [
      [x, 0, 0],
      [0, y, 0],
      [0, 0, 1],
    ]);
  const moving = (x: Tensor, y: Tensor): Matrix =>
    matrix(batch, [
      [1, 0, x],
      [0, 1, y],
      [0, 0, 1],
    ]);
  const shift = (name: AdaDraw, size: number): Tensor =>
    tf.neg(tf.round(tf.mul(tf.sub(tf.mul(draws.of(name), 2), 1), adaRange.shift * size)));
  const [zoom, stretch] = draws.normals('radiusSize', 'angleSize');
  const [driftX, driftY] = draws.normals('radiusDrift', 'angleDrift');
  const turned = tf.sub(1, tf.sqrt(tf.clipByValue(tf.sub(1, p), 0, 1)));
  then('chanceFlip', p, policy.blit, () => scaling(tf.sub(1, tf.mul(tf.floor(tf.mul(draws.of('flip'), 2)), 2)), 1));
  then('chanceQuarter', p, policy.blit, () =>
    draws
      .rotation(tf.mul(tf.floor(tf.mul(draws.of('quarter'), 4)), Math.PI / 2))
      .map((row, i) => row.map((value) => (i < 2 ? tf.round(value) : value))),
  );
  then('chanceShift', p, policy.blit, () => moving(shift('shiftX', width), shift('shiftY', height)));
  then('chanceScale', p, policy.geometry, () => scaling(power(zoom, -adaRange.scale), power(zoom, -adaRange.scale)));
  then('chanceTurnBefore', turned, policy.geometry, () => draws.rotation(draws.angle('turnBefore')));
  then('chanceStretch', p, policy.geometry, () =>
    scaling(power(stretch, -adaRange.stretch), power(stretch, adaRange.stretch)),
  );
  then('chanceTurnAfter', turned, policy.geometry, () => draws.rotation(draws.angle('turnAfter')));
  then('chanceDrift', p, policy.geometry, () =>
    moving(tf.mul(driftX, -adaRange.drift * width), tf.mul(driftY, -adaRange.drift * height)),
  );
  return m;
}

function colorOf(draws: Draws, p: Scalar, channels: number): Matrix {
  const { batch } = draws;
  const around = (onAll: Tensor | number, onGrey: Tensor | number): Matrix =>
    matrix(
      batch,
      [0, 1, 2, 3].map((i) =>
        [0, 1, 2, 3].map((j) =>
          i === 3 || j === 3 ? (i === j ? 1 : 0) : tf.add(tf.mul(onAll, i === j ? 1 : 0), tf.div(onGrey, 3)),
        ),
      ),
    );
  const [brightness, contrast] = draws.normals('radiusLevel', 'angleLevel');
  const [saturation] = draws.normals('radiusSaturation', 'angleSaturation');
  let c = around(1, 0);
  const then = (chance: AdaDraw, make: () => Matrix): void => {
    c = choose(tf.less(draws.of(chance), p), product(make(), c), c);
  };
  then('chanceBrightness', () => {
    const level = tf.mul(brightness, adaRange.brightness);
    return matrix(batch, [
      [1, 0, 0, level],
      [0, 1, 0, level],
      [0, 0, 1, level],
      [0, 0, 0, 1],
    ]);
  });
  then('chanceContrast', () => around(power(contrast, adaRange.contrast), 0));
  then('chanceLumaFlip', () => around(1, tf.mul(tf.floor(tf.mul(draws.of('lumaFlip'), 2)), -2)));
  if (channels === 1) return c;
  then('chanceHue', () => {
    const angle = draws.angle('hue');
    const s = tf.mul(tf.sin(angle), 1 / Math.sqrt(3));
    const generator = [
      [0, -1, 1],
      [1, 0, -1],
      [-1, 1, 0],
    ];
    return around(tf.cos(angle), tf.sub(1, tf.cos(angle))).map((row, i) =>
      row.map((value, j) => tf.add(value, tf.mul(s, generator[i]?.[j] ?? 0))),
    );
  });
  then('chanceSaturation', () =>
    around(power(saturation, adaRange.saturation), tf.sub(1, power(saturation, adaRange.saturation))),
  );
  return c;
}

/** Index of the pixel that a mirrored picture shows at i. */
function folded(i: Tensor, n: number): Tensor {
  const period = 2 * (n - 1);
  const r = tf.mod(i, period);
  return tf.where(tf.greaterEqual(r, n), tf.sub(period, r), r);
}

function sampled(x: Tensor4D, m: Matrix): Tensor {
  const [batch, height, width, channels] = x.shape;
  const area = height * width;
  const rows = tf.reshape(tf.range(0, area), [1, area]);
  const line = tf.floor(tf.div(rows, width));
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const [gx, gy] = [tf.sub(tf.sub(rows, tf.mul(line, width)), cx), tf.sub(line, cy)];
  const along = ([a, b, t]: Tensor[], centre: number): Tensor =>
    tf.add(tf.add(tf.mul(a as Tensor, gx), tf.mul(b as Tensor, gy)), tf.add(t as Tensor, centre));
  const [sx, sy] = [along(m[0] as Tensor[], cx), along(m[1] as Tensor[], cy)];
  const pixels = tf.reshape(x, [batch * area, channels]);
  const first = tf.reshape(tf.mul(tf.range(0, batch), area), [batch, 1]);
  const taps = [0, 1].flatMap((v) =>
    [0, 1].map((u) => {
      const [column, row] = [tf.add(tf.floor(sx), u), tf.add(tf.floor(sy), v)];
      const weight = tf.mul(tf.sub(1, tf.abs(tf.sub(sx, column))), tf.sub(1, tf.abs(tf.sub(sy, row))));
      const at = tf.add(first, tf.add(tf.mul(folded(row, height), width), folded(column, width)));
      return tf.mul(tf.gather(pixels, tf.cast(tf.reshape(at, [-1]), 'int32')), tf.reshape(weight, [-1, 1]));
    }),
  );
  return tf.reshape(tf.addN(taps), [batch, area, channels]);
}

export function adaAugment(x: Tensor4D, draws: Tensor2D, p: Scalar, policy: AdaPolicy = adaBgc): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const drawn = new Draws(draws);
    const seen =
      policy.blit || policy.geometry
        ? sampled(x, affineOf(drawn, p, height, width, policy))
        : tf.reshape(x, [batch, height * width, channels]);
    if (!policy.color) return tf.reshape(seen, x.shape);
    const rows = colorOf(drawn, p, channels).slice(0, 3);
    const full = tf.reshape(
      tf.concat(
        rows.flatMap((row) => row.slice(0, 3)),
        1,
      ),
      [batch, 3, 3],
    );
    const offsets = tf.reshape(
      tf.concat(
        rows.map((row) => row[3] as Tensor),
        1,
      ),
      [batch, 1, 3],
    );
    if (channels === 3) return tf.reshape(tf.add(tf.matMul(seen, full, false, true), offsets), x.shape);
    const gain = tf.div(tf.sum(full, [1, 2]), 3);
    return tf.reshape(tf.add(tf.mul(seen, tf.reshape(gain, [batch, 1, 1])), tf.mean(offsets, 2, true)), x.shape);
  });
}
