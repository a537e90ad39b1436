/**
 * The discriminator of docs/method.md, section 4, written down in plain float64 loops, from effective weights: what the
 * GPU's is held to.
 */
import { discriminatorBlocks, type NetworkSize } from './layout';

interface Maps {
  side: number;
  channels: number;
  /** [side, side, channels] */
  values: Float64Array;
}

export type Weights = (name: string) => ArrayLike<number>;

function convolve({ side, channels, values }: Maps, filter: ArrayLike<number>, kernel: number, output: number): Maps {
  const result = new Float64Array(side * side * output);
  const half = (kernel - 1) / 2;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let ky = 0; ky < kernel; ky++) {
        for (let kx = 0; kx < kernel; kx++) {
          const [row, column] = [y + ky - half, x + kx - half];
          if (row < 0 || column < 0 || row >= side || column >= side) continue;
          for (let c = 0; c < channels; c++) {
            const value = values[(row * side + column) * channels + c] ?? NaN;
            for (let o = 0; o < output; o++) {
              const at = (y * side + x) * output + o;
              result[at] =
                (result[at] ?? 0) + value * (filter[((ky * kernel + kx) * channels + c) * output + o] ?? NaN);
            }
          }
        }
      }
    }
  }
  return { side, channels: output, values: result };
}

function biasRelu(maps: Maps, bias: ArrayLike<number>): Maps {
  return { ...maps, values: maps.values.map((value, i) => Math.max(0, value + (bias[i % maps.channels] ?? NaN))) };
}

function pool({ side, channels, values }: Maps): Maps {
  const half = side / 2;
  const result = new Float64Array(half * half * channels);
  values.forEach((value, i) => {
    const [c, x, y] = [i % channels, Math.floor(i / channels) % side, Math.floor(i / channels / side)];
    const at = ((y >> 1) * half + (x >> 1)) * channels + c;
    result[at] = (result[at] ?? 0) + value / 4;
  });
  return { side: half, channels, values: result };
}

function added(a: Maps, b: Maps): Maps {
  return { ...a, values: a.values.map((value, i) => value + (b.values[i] ?? NaN)) };
}

/**
 * a(x) and b(x, u) = <phi, sum_s u_s (E_class[c(s)] + E_cluster[s])> / sqrt(dim) of one picture, without attention.
 * @param picture [R, R, 3]
 * @param u condition, [S]
 * @param classOfSlot c(s)
 */
export function discriminatorReference(
  size: NetworkSize,
  weights: Weights,
  picture: ArrayLike<number>,
  u: readonly number[],
  classOfSlot: readonly number[],
  classCount: number,
): [number, number] {
  let x: Maps = { side: size.resolution, channels: 3, values: Float64Array.from(picture) };
  discriminatorBlocks(size).forEach(({ input, output, down }, i) => {
    const start = i === 0 ? x : biasRelu(x, weights(`block${i}.bias0`));
    const middle = biasRelu(convolve(start, weights(`block${i}.conv0.weight`), 3, output), weights(`block${i}.bias1`));
    const main = convolve(middle, weights(`block${i}.conv1.weight`), 3, output);
    const shortcut = down || input !== output ? convolve(x, weights(`block${i}.shortcut.weight`), 1, output) : x;
    x = down ? added(pool(main), pool(shortcut)) : added(main, shortcut);
  });
  const last = biasRelu(x, weights('output.bias'));
  const phi = new Float64Array(last.channels);
  last.values.forEach((value, i) => (phi[i % last.channels] = (phi[i % last.channels] ?? 0) + value));
  const table = weights('embedding.weight');
  const linear = weights('linear.weight');
  let a = weights('linear.bias')[0] ?? NaN;
  let b = 0;
  phi.forEach((value, k) => {
    const embedded = u.reduce(
      (sum, mass, s) =>
        sum +
        mass *
          ((table[(classOfSlot[s] ?? 0) * last.channels + k] ?? NaN) +
            (table[(classCount + s) * last.channels + k] ?? NaN)),
      0,
    );
    a += value * (linear[k] ?? NaN);
    b += value * embedded;
  });
  return [a, b / Math.sqrt(last.channels)];
}
