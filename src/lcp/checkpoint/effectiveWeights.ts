/**
 * The weights that a network computes with, from its raw ones: times their gain, or W / sigma with sigma = |W u|, u the
 * stored vector of the power iteration and W a matrix [all leading sides, last side]. It is what `NetworkParameters`
 * does on the GPU, in float64 on the CPU, so that an exported network needs no spectral norm and no gains.
 */
import type { NamedArray } from '../../gpu/parameter';
import type { ParameterPlan } from '../../nn/parameterPlan';

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
 * @param plan of the network
 * @returns the parameters alone; those that are computed with as they are, are the given arrays themselves
 */
export function effectiveWeights(
  arrays: ReadonlyMap<string, NamedArray>,
  plan: readonly ParameterPlan[],
): Map<string, NamedArray> {
  const gains = new Map(plan.map(({ name, gain = 1 }) => [name, gain]));
  const effective = new Map<string, NamedArray>();
  for (const [name, array] of arrays) {
    if (name.endsWith('.u')) continue;
    const vector = arrays.get(name.replace(/\.weight$/, '.u'));
    if (vector && vector !== array) {
      const sigma = Math.max(leadingValue(array.data, vector.data), tiny);
      effective.set(name, { shape: array.shape, data: array.data.map((value) => value / sigma) });
      continue;
    }
    const gain = gains.get(name) ?? 1;
    effective.set(name, gain === 1 ? array : { shape: array.shape, data: array.data.map((value) => gain * value) });
  }
  return effective;
}
