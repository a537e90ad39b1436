/**
 * The weights that a network computes with, from its raw ones: W / sigma with sigma = |W u|, u the
 * stored vector of the power iteration and W a matrix [all leading sides, last side]. It is what `NetworkParameters`
 * does on the GPU, in float64 on the CPU, so that an exported network needs no spectral norm.
 */
import type { NamedArray } from '../../gpu/parameter';

const tiny = 1e-12;

/** sigma = |W u|. */
function leadingValue(weight: Float32Array, vector: Float32Array): number {
  let squares = 0;
  for (let row = 0; row < weight.length; row += vector.length) {
    let sum = 0;
    for (let column = 0; column < vector.length; column++) sum += (weight[row + column] ?? 0) * (vector[column] ?? 0);
    squares += sum * sum;
  }
  return Math.sqrt(squares);
}

/**
 * @param arrays a network's raw parameters and the vectors `<name>.u` of its weights `<name>.weight`
 * @returns the parameters alone; those that are computed with as they are, are the given arrays themselves
 */
export function effectiveWeights(arrays: ReadonlyMap<string, NamedArray>): Map<string, NamedArray> {
  const effective = new Map<string, NamedArray>();
  for (const [name, array] of arrays) {
    if (name.endsWith('.u')) continue;
    const vector = arrays.get(name.replace(/\.weight$/, '.u'));
    if (vector && vector !== array) {
      const sigma = Math.max(leadingValue(array.data, vector.data), tiny);
      effective.set(name, { shape: array.shape, data: array.data.map((value) => value / sigma) });
      continue;
    }
    effective.set(name, array);
  }
  return effective;
}
