/**
 * Image centroids of slots (docs/method.md, section 3): m_s = unit(mean of f weighted by q_s). They stand in for the
 * prompts' text features where the CLIP has no text tower, and in the ablation without prompts. Beside learnt prompts
 * they tell how close a prompt's text feature lies to its pictures.
 */
import { meanOfRows, normalize } from '../../shared/linearAlgebra';
import type { SparseRows } from './sparseRows';

export interface CentroidInput {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  d: number;
  /** u, [N, S]: q within the class, times p(c) for unlabeled images. */
  u: SparseRows;
  /** w, [N]: images without trust do not count. */
  trust: Float32Array;
  slotsOfClass: readonly (readonly number[])[];
}

/**
 * m_s, [S, d], unit rows. A slot without any mass gets the centroid of its class, and that of all images if the class
 * has none either.
 */
export function imageCentroids({ features, d, u, trust, slotsOfClass }: CentroidInput): Float32Array {
  const slotCount = slotsOfClass.reduce((sum, slots) => sum + slots.length, 0);
  const sums = new Float64Array(slotCount * d);
  const mass = new Float64Array(slotCount);
  trust.forEach((w, image) => {
    if (w <= 0) return;
    u.forRow(image, (s, share) => {
      const weight = w * share;
      mass[s] = (mass[s] as number) + weight;
      for (let j = 0; j < d; j += 1)
        sums[s * d + j] = (sums[s * d + j] as number) + weight * (features[image * d + j] as number);
    });
  });
  const everything = meanOfRows(features, d, Int32Array.from(trust.keys()));
  normalize(everything);
  for (const slots of slotsOfClass) {
    const ofClass = new Float64Array(d);
    for (const s of slots)
      for (let j = 0; j < d; j += 1) ofClass[j] = (ofClass[j] as number) + (sums[s * d + j] as number);
    const fallback = normalize(ofClass) > 1e-12 ? ofClass : everything;
    for (const s of slots) {
      if (!((mass[s] as number) > 0) || normalize(sums, s * d, (s + 1) * d) < 1e-12) sums.set(fallback, s * d);
    }
  }
  return Float32Array.from(sums);
}
