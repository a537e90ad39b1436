/**
 * The arrays of a checkpoint that are not networks: their names, element types and shapes as one table, for writing and
 * for a reading that holds every size of a file against every other.
 *
 * Sizes: C classes, S slots (clusters of all classes), N pictures, d CLIP's dimension, M context vectors a prompt, w
 * their width, L latent dimension, R resolution, G columns of the sample grid, K check pictures, P and Q entries of the
 * sparse matrices q and u.
 *
 * A sparse matrix [N, S] is three arrays: entries of each row, column of each entry, value of each entry. Files made
 * before had them as one dense array.
 */
import type { SafeTensor } from '../../formats/safetensors';
import { unusable } from './checkpointMetadata';

type Size = 'C' | 'S' | 'N' | 'd' | 'M' | 'w' | 'L' | 'R' | 'G' | 'K' | 'P' | 'Q';
export type Sizes = Partial<Record<Size, number>>;

interface ArrayPlan {
  dtype: 'F32' | 'I32' | 'U8';
  shape: readonly (Size | number)[];
}

const plans = {
  /** m, unit features of the cluster prompts. */
  'prompts.features': { dtype: 'F32', shape: ['S', 'd'] },
  /** V, the learnt context vectors. */
  'prompts.context': { dtype: 'F32', shape: ['S', 'M', 'w'] },
  'partition.class_means': { dtype: 'F32', shape: ['C', 'd'] },
  'partition.centroids': { dtype: 'F32', shape: ['S', 'd'] },
  'partition.column_scalings': { dtype: 'F32', shape: ['S'] },
  /** q. */
  'partition.memberships': { dtype: 'F32', shape: ['N', 'S'] },
  'partition.memberships.row_entries': { dtype: 'I32', shape: ['N'] },
  'partition.memberships.columns': { dtype: 'I32', shape: ['P'] },
  'partition.memberships.values': { dtype: 'F32', shape: ['P'] },
  /** The user's labels, -1 for none. */
  'labels.given': { dtype: 'I32', shape: ['N'] },
  /** p(c|x). */
  'labels.probabilities': { dtype: 'F32', shape: ['N', 'C'] },
  /** w. */
  'labels.trust': { dtype: 'F32', shape: ['N'] },
  /** u. */
  'labels.conditions': { dtype: 'F32', shape: ['N', 'S'] },
  'labels.conditions.row_entries': { dtype: 'I32', shape: ['N'] },
  'labels.conditions.columns': { dtype: 'I32', shape: ['Q'] },
  'labels.conditions.values': { dtype: 'F32', shape: ['Q'] },
  /** Content hashes of the pictures: no names, no pixels. */
  'images.sha256': { dtype: 'U8', shape: ['N', 32] },
  /** Latents of the sample grid's columns. */
  'samples.z': { dtype: 'F32', shape: ['G', 'L'] },
  /** Pictures drawn by the studio, in [-1, 1], and what they were drawn from. */
  'check.z': { dtype: 'F32', shape: ['K', 'L'] },
  'check.u': { dtype: 'F32', shape: ['K', 'S'] },
  'check.image': { dtype: 'F32', shape: ['K', 'R', 'R', 3] },
} as const satisfies Record<string, ArrayPlan>;

type Plans = typeof plans;
export type ArrayName = keyof Plans;
type DataOf<N extends ArrayName> = Extract<SafeTensor, { dtype: Plans[N]['dtype'] }>['data'];

function shapeOf(name: ArrayName, sizes: Sizes): number[] {
  return plans[name].shape.map((side) => {
    const value = typeof side === 'number' ? side : sizes[side];
    if (value === undefined || !Number.isInteger(value))
      throw new RangeError(`"${name}": its side ${side} is not a whole number`);
    return value;
  });
}

/**
 * @param arrays what there is; entries without a value are left out
 * @throws RangeError when a size is not known or an array does not fill its shape
 */
export function arrayTensors(
  arrays: { [N in ArrayName]?: DataOf<N> | null | undefined },
  sizes: Sizes,
): Map<ArrayName, SafeTensor> {
  const tensors = new Map<ArrayName, SafeTensor>();
  for (const name of Object.keys(arrays) as ArrayName[]) {
    const data = arrays[name];
    if (!data) continue;
    const shape = shapeOf(name, sizes);
    if (shape.reduce((product, side) => product * side, 1) !== data.length)
      throw new RangeError(`"${name}" is [${shape.join()}] and has ${data.length} values`);
    tensors.set(name, { dtype: plans[name].dtype, shape, data } as SafeTensor);
  }
  return tensors;
}

/** Reads arrays; what one of them says about a size, the next must agree with. */
export class ArrayReader {
  readonly sizes: Sizes;

  constructor(
    private readonly tensors: ReadonlyMap<string, SafeTensor>,
    known: Sizes,
  ) {
    this.sizes = { ...known };
  }

  has(name: ArrayName): boolean {
    return this.tensors.has(name);
  }

  /** @throws StudioError format when the array is missing, or of another type or shape */
  take<N extends ArrayName>(name: N): DataOf<N> {
    const tensor = this.tensors.get(name);
    const { dtype, shape } = plans[name];
    if (!tensor) throw unusable(`"${name}" is missing`);
    if (tensor.dtype !== dtype || tensor.shape.length !== shape.length) throw this.misfit(name, tensor);
    shape.forEach((side, i) => {
      const found = tensor.shape[i];
      const expected = typeof side === 'number' ? side : (this.sizes[side] ??= found);
      if (found !== expected) throw this.misfit(name, tensor);
    });
    return tensor.data as DataOf<N>;
  }

  private misfit(name: string, { dtype, shape }: SafeTensor): Error {
    return unusable(`"${name}" (${dtype} [${shape.join(', ')}]) does not fit the rest of it`);
  }
}
