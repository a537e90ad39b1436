/** How much pictures resemble some of them: for "label all like this". */
import type { Cooperative } from '../../shared/cooperative';
import { allRows, meanOfRows, multiplyRows, normalize } from '../../shared/linearAlgebra';

/** Of a larger selection so many stand for all, evenly taken: more than that look alike anyway. */
const mostModels = 32;

/**
 * For every picture the cosine to the nearest of `images`, over features with the mean of all taken off (CLIP's share a
 * large common direction); NaN where a picture has a feature of zeros, because it could not be read. [N]
 */
export function* likenessTo(
  features: Float32Array,
  d: number,
  images: Uint32Array,
): Cooperative<Float32Array<ArrayBuffer>> {
  const n = features.length / d;
  const rows = allRows(n);
  const centre = meanOfRows(features, d, rows);
  const m = Math.min(mostModels, images.length);
  const models = new Float64Array(m * d);
  const offsets = new Float64Array(m);
  for (let i = 0; i < m; i += 1) {
    const image = images[Math.floor((i * images.length) / m)] as number;
    for (let j = 0; j < d; j += 1) models[i * d + j] = (features[image * d + j] as number) - (centre[j] as number);
    normalize(models, i * d, (i + 1) * d);
    for (let j = 0; j < d; j += 1)
      offsets[i] = (offsets[i] as number) + (models[i * d + j] as number) * (centre[j] as number);
  }
  const best = new Float32Array(n);
  const block = 2048;
  for (let from = 0; from < n; from += block) {
    const count = Math.min(block, n - from);
    const products = new Float64Array(count * m);
    multiplyRows({ features, d, rows: rows.subarray(from, from + count), weights: models, m }, products);
    for (let i = 0; i < count; i += 1) {
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < m; k += 1) most = Math.max(most, (products[i * m + k] as number) - (offsets[k] as number));
      best[from + i] = most / distance(features, d, from + i, centre);
    }
    yield from / n;
  }
  return best;
}

/** |f - centre|; NaN for a feature of zeros. */
function distance(features: Float32Array, d: number, image: number, centre: Float64Array): number {
  let [sum, own] = [0, 0];
  for (let j = 0; j < d; j += 1) {
    const value = features[image * d + j] as number;
    sum += (value - (centre[j] as number)) ** 2;
    own += value * value;
  }
  return own === 0 ? Number.NaN : Math.sqrt(sum) || 1;
}
