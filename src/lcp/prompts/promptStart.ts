/**
 * Where prompts start (our own choice; docs/method.md, section 3): from noise N(0, sigma^2), or from a phrase under
 * such noise where a check shows that training can move it. A phrase that stood in very many of a CLIP's captions ("a
 * photo of a") can be a dead spot of its text tower: whatever is done to its vectors, the text's feature stays, and so
 * do prompts that start there. So the check is made on the CLIP in use: copies of the phrase under different noise must
 * come to different features.
 */
import { normalize } from '../../shared/linearAlgebra';
import type { NormalSource } from '../../nn/init';

/** 1 - mean cosine of noisy copies, from which a start counts as one that can be moved. */
export const movableFrom = 0.01;

/**
 * V at the start: noise N(0, sigma^2), on top of a phrase where one is given.
 * @param phrase token embeddings [M, w], row-major; null for noise alone
 * @param deviation sigma
 * @returns [S, M, w], row-major
 */
export function initialContext(
  phrase: Float32Array | null,
  { slotCount, contextLength, width }: { slotCount: number; contextLength: number; width: number },
  deviation: number,
  random: NormalSource,
): Float32Array {
  const size = contextLength * width;
  if (phrase && phrase.length !== size)
    throw new RangeError(`a phrase of ${phrase.length} values for ${contextLength} x ${width}`);
  return Float32Array.from(
    { length: slotCount * size },
    (_, i) => (phrase?.[i % size] ?? 0) + deviation * random.normal(),
  );
}

/**
 * How far features of copies of one start lie apart: 1 - mean cosine over all pairs, from 0 (noise changes nothing).
 * @param features of n >= 2 copies under different noise, [n, d], of any length
 */
export function mobility(features: Float32Array, d: number): number {
  const n = features.length / d;
  const sum = new Float64Array(d);
  for (let row = 0; row < n; row += 1) {
    const unit = Float64Array.from(features.subarray(row * d, (row + 1) * d));
    normalize(unit);
    for (let k = 0; k < d; k += 1) sum[k] = (sum[k] as number) + (unit[k] as number);
  }
  const squared = sum.reduce((total, value) => total + value * value, 0);
  return 1 - (squared - n) / (n * (n - 1));
}
