/**
 * How unlike each other the pictures of a cluster are, as a share of how unlike all pictures are. Both are the mean
 * squared distance of unit features from their mean, which is 1 - |mean|^2.
 */
import type { CentroidInput } from './imageCentroids';

/** [S]: 0 for copies of one picture, 1 for as much variety as in the whole set; null where nothing can be said. */
export function clusterSpreads({ features, d, u, trust }: Omit<CentroidInput, 'slotsOfClass'>): (number | null)[] {
  const sums = new Float64Array(u.columns * d);
  const mass = new Float64Array(u.columns);
  const whole = new Float64Array(d);
  let total = 0;
  trust.forEach((w, image) => {
    if (w <= 0) return;
    u.forRow(image, (s, share) => {
      const weight = w * share;
      mass[s] = (mass[s] as number) + weight;
      total += weight;
      for (let j = 0; j < d; j += 1) {
        const value = weight * (features[image * d + j] as number);
        sums[s * d + j] = (sums[s * d + j] as number) + value;
        whole[j] = (whole[j] as number) + value;
      }
    });
  });
  const all = variance(whole, total);
  return Array.from(mass, (own, s) =>
    own > 0 && all > 1e-6 ? variance(sums.subarray(s * d, (s + 1) * d), own) / all : null,
  );
}

/** Of unit vectors, from their weighted sum. */
function variance(sum: Float64Array, mass: number): number {
  return mass > 0 ? Math.max(0, 1 - sum.reduce((length, value) => length + (value / mass) ** 2, 0)) : 0;
}
