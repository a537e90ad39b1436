/**
 * Directions in the latent space along which a generator's pictures change most, found on the generator as it is:
 * eigenvectors of the mean of J^T J, where J is the change of a (small) picture with z, by finite differences at a few
 * random latents. Nothing is assumed of the network, so that every base model has them; orthogonal, strongest first.
 */
import { normalize } from '../../shared/linearAlgebra';
import { CounterRandom } from '../../shared/rng';

export interface DirectionsInput {
  /** `Sampler.pictures`: z [n, latent], u [n, S] -> [n, side, side, 3]. */
  pictures(z: Float32Array, u: Float32Array): Promise<Float32Array>;
  latent: number;
  resolution: number;
  /** The condition that pictures are drawn under, [S]. */
  u: Float32Array;
  /** Directions wanted; at most `latent`. */
  count: number;
  seed: number;
}

/** Latents that the change is averaged over, and how far each coordinate is moved. */
const places = 3;
const step = 0.25;
/** Side of the small pictures: what changes is to be seen, not pixel noise. */
const coarse = 8;
const sweeps = 60;

/** Mean of each of coarse x coarse parts, [n, coarse, coarse, 3]. */
function coarsened(pictures: Float32Array, side: number): Float32Array {
  const to = Math.min(coarse, side);
  const part = side / to;
  const count = pictures.length / (side * side * 3);
  const out = new Float32Array(count * to * to * 3);
  for (let n = 0; n < count; n += 1)
    for (let y = 0; y < side; y += 1)
      for (let x = 0; x < side; x += 1)
        for (let c = 0; c < 3; c += 1) {
          const at = ((n * to + Math.floor(y / part)) * to + Math.floor(x / part)) * 3 + c;
          out[at] = (out[at] ?? 0) + (pictures[((n * side + y) * side + x) * 3 + c] ?? 0) / (part * part);
        }
  return out;
}

/** Adds J^T J of one place to `sum`, [latent, latent]. @param small its picture, then one moved along each coordinate */
function addMetric(sum: Float64Array, small: Float32Array, latent: number): void {
  const width = small.length / (latent + 1);
  const changes = Array.from({ length: latent }, (_, i) => {
    const from = (i + 1) * width;
    return Float64Array.from({ length: width }, (_value, p) => ((small[from + p] ?? 0) - (small[p] ?? 0)) / step);
  });
  changes.forEach((a, i) => {
    for (let j = 0; j <= i; j += 1) {
      const b = changes[j] as Float64Array;
      let product = 0;
      for (let p = 0; p < width; p += 1) product += (a[p] as number) * (b[p] as number);
      sum[i * latent + j] = (sum[i * latent + j] as number) + product;
      if (i !== j) sum[j * latent + i] = (sum[j * latent + i] as number) + product;
    }
  });
}

/** The first eigenvectors of a symmetric matrix with no negative eigenvalue, by power iteration with deflation. */
export function strongestDirections(matrix: Float64Array, d: number, count: number, seed: number): Float32Array {
  const random = new CounterRandom(seed, 0);
  const found: Float64Array[] = [];
  for (let k = 0; k < Math.min(count, d); k += 1) {
    let vector = Float64Array.from({ length: d }, () => random.normal());
    for (let turn = 0; turn < sweeps; turn += 1) {
      const next = new Float64Array(d);
      for (let i = 0; i < d; i += 1)
        for (let j = 0; j < d; j += 1)
          next[i] = (next[i] as number) + (matrix[i * d + j] as number) * (vector[j] as number);
      for (const earlier of found) {
        const along = earlier.reduce((sum, value, i) => sum + value * (next[i] as number), 0);
        earlier.forEach((value, i) => (next[i] = (next[i] as number) - along * value));
      }
      if (normalize(next) === 0) break;
      vector = next;
    }
    normalize(vector);
    // A direction and its opposite are the same: the largest part is positive.
    const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    found.push(vector.map((value) => (largest < 0 ? -value : value)));
  }
  return Float32Array.from(found.flatMap((vector) => [...vector]));
}

/** @returns unit rows, [count, latent] */
export async function latentDirections(input: DirectionsInput): Promise<Float32Array> {
  const { pictures, latent, resolution, u, count, seed } = input;
  const random = new CounterRandom(seed, 1);
  const metric = new Float64Array(latent * latent);
  const conditions = new Float32Array((latent + 1) * u.length);
  for (let row = 0; row <= latent; row += 1) conditions.set(u, row * u.length);
  for (let place = 0; place < places; place += 1) {
    const z = Float32Array.from({ length: latent }, () => random.normal());
    const moved = new Float32Array((latent + 1) * latent);
    for (let row = 0; row <= latent; row += 1) {
      moved.set(z, row * latent);
      if (row > 0) moved[row * latent + row - 1] = (z[row - 1] ?? 0) + step;
    }
    addMetric(metric, coarsened(await pictures(moved, conditions), resolution), latent);
  }
  return strongestDirections(metric, latent, count, seed);
}
