/**
 * Principal components of the pictures' features: a plane to look at, and a few more dimensions for whoever draws a
 * better one. Everything else (prompts, samples) is laid into the same plane.
 */
import { covarianceOfRows, meanOfRows } from '../../shared/linearAlgebra';
import { strongestDirections } from '../training/latentDirections';

export interface FeaturePlane {
  d: number;
  mean: Float64Array;
  /** Unit rows, [k, d], strongest first. */
  axes: Float32Array;
}

/** Pictures that the axes are taken from: more hardly turn them. */
const looked = 4000;

/** @param features rows [N, d] @param count axes; at most d */
export function featurePlane(features: Float32Array, d: number, count: number): FeaturePlane {
  const n = features.length / d;
  const step = Math.max(1, Math.ceil(n / looked));
  const rows = Int32Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
  const mean = meanOfRows(features, d, rows);
  const lower = covarianceOfRows(features, d, rows, mean);
  for (let i = 0; i < d; i += 1) for (let j = 0; j < i; j += 1) lower[j * d + i] = lower[i * d + j] as number;
  return { d, mean, axes: strongestDirections(lower, d, count, 1) };
}

/** @returns [n, k] */
export function laidInto({ d, mean, axes }: FeaturePlane, rows: Float32Array): Float32Array {
  const k = axes.length / d;
  const n = rows.length / d;
  const out = new Float32Array(n * k);
  for (let i = 0; i < n; i += 1)
    for (let a = 0; a < k; a += 1) {
      let sum = 0;
      for (let j = 0; j < d; j += 1)
        sum += ((rows[i * d + j] as number) - (mean[j] as number)) * (axes[a * d + j] as number);
      out[i * k + a] = sum;
    }
  return out;
}

/**
 * Texts lie apart from pictures in CLIP's space: texts moved as prompts [S, d] have to be for their mean to be that of
 * their clusters' pictures [S, d]. What is left is how texts differ from each other.
 * @param texts the prompts themselves, or what they were before, [n, d]
 */
export function withoutGap(
  texts: Float32Array,
  prompts: Float32Array,
  centres: ArrayLike<number>,
  d: number,
): Float32Array {
  const count = prompts.length / d;
  const gap = new Float64Array(d);
  for (let i = 0; i < prompts.length; i += 1)
    gap[i % d] = (gap[i % d] as number) + ((centres[i] ?? 0) - (prompts[i] ?? 0)) / count;
  return texts.map((value, i) => value + (gap[i % d] as number));
}
