/**
 * Initial values of weights, as plain arrays: orthogonal (Saxe et al. 2014) and N(0, std^2), as public
 * configurations of GANs use them. Drawn from a seeded source, so that a run can be repeated from its seed.
 */

/** Where the numbers come from; `CounterRandom` is one. */
export interface NormalSource {
  /** A standard normal draw. */
  normal(): number;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Independent draws from N(0, std^2). */
export function normalInit(shape: readonly number[], random: NormalSource, std = 0.02): Float32Array {
  return Float32Array.from({ length: elementCount(shape) }, () => std * random.normal());
}

/**
 * A weight whose matrix form [prod(leading sides), last side] has orthonormal rows or columns, whichever are fewer: all
 * its singular values are 1. Modified Gram-Schmidt on normal draws, in float64.
 * @param shape at least one side
 */
export function orthogonalInit(shape: readonly number[], random: NormalSource): Float32Array {
  const columns = shape[shape.length - 1] ?? 1;
  const rows = elementCount(shape) / columns;
  const short = Math.min(rows, columns);
  const long = Math.max(rows, columns);
  const basis = orthonormalRows(short, long, random);
  if (rows <= columns) return Float32Array.from(basis);
  const transposed = new Float32Array(rows * columns);
  for (let i = 0; i < short; i++) {
    for (let j = 0; j < long; j++) transposed[j * short + i] = basis[i * long + j] ?? 0;
  }
  return transposed;
}

/** `count` orthonormal vectors of length `length` >= `count`, row-major. */
function orthonormalRows(count: number, length: number, random: NormalSource): Float64Array {
  const basis = Float64Array.from({ length: count * length }, () => random.normal());
  const rowOf = (index: number): Float64Array => basis.subarray(index * length, (index + 1) * length);
  for (let i = 0; i < count; i++) {
    const row = rowOf(i);
    for (let j = 0; j < i; j++) removeComponent(row, rowOf(j));
    const scale = 1 / Math.sqrt(dot(row, row));
    for (let k = 0; k < length; k++) row[k] = (row[k] ?? 0) * scale;
  }
  return basis;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let k = 0; k < a.length; k++) total += (a[k] ?? 0) * (b[k] ?? 0);
  return total;
}

/** Subtracts from `row` its projection on the unit vector `direction`, in place. */
function removeComponent(row: Float64Array, direction: Float64Array): void {
  const along = dot(row, direction);
  for (let k = 0; k < row.length; k++) row[k] = (row[k] ?? 0) - along * (direction[k] ?? 0);
}

/** A unit vector of normal draws: the start of a power iteration. */
export function unitInit(length: number, random: NormalSource): Float32Array {
  return Float32Array.from(orthonormalRows(1, length, random));
}
