/**
 * Resampling of one axis as a matrix. The filter widens when shrinking (antialiasing) and its weights are normalised at
 * the borders: the convention of PIL, which CLIP's preprocessing follows.
 */

export type ResizeMethod = 'bicubic' | 'bilinear' | 'area' | 'nearest';

interface Filter {
  /** Half the width of the filter, in source pixels when enlarging. */
  radius: number;
  weight(distance: number): number;
}

/** Keys' cubic with a = -1/2. */
function cubic(distance: number): number {
  const t = Math.abs(distance);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

const filters: Record<Exclude<ResizeMethod, 'nearest'>, Filter> = {
  bicubic: { radius: 2, weight: cubic },
  bilinear: { radius: 1, weight: (d) => Math.max(0, 1 - Math.abs(d)) },
  area: { radius: 0.5, weight: (d) => (d > -0.5 && d <= 0.5 ? 1 : 0) },
};

/** The pixel that the target pixel's centre lies in. */
function nearest(source: number, target: number, scale: number): Float64Array {
  const matrix = new Float64Array(target * source);
  for (let row = 0; row < target; row++)
    matrix[row * source + Math.min(source - 1, Math.floor((row + 0.5) * scale))] = 1;
  return matrix;
}

/**
 * @returns row-major [target, source]; each row sums to 1
 * @throws RangeError if a size is not a positive integer
 */
export function resizeMatrix(source: number, target: number, method: ResizeMethod): Float64Array {
  if (!(Number.isInteger(source) && Number.isInteger(target) && source > 0 && target > 0))
    throw new RangeError(`cannot resize ${source} to ${target}`);
  const scale = source / target;
  if (method === 'nearest') return nearest(source, target, scale);
  const filter = filters[method];
  const widening = Math.max(scale, 1);
  const radius = filter.radius * widening;
  const matrix = new Float64Array(target * source);
  for (let row = 0; row < target; row++) {
    const centre = (row + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - radius + 0.5));
    const end = Math.min(source, Math.floor(centre + radius + 0.5));
    let total = 0;
    for (let column = first; column < end; column++) {
      const weight = filter.weight((column + 0.5 - centre) / widening);
      matrix[row * source + column] = weight;
      total += weight;
    }
    for (let column = first; column < end; column++)
      matrix[row * source + column] = (matrix[row * source + column] ?? 0) / total;
  }
  return matrix;
}
