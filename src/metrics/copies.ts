/**
 * Copies of training pictures among samples. How near reals come to each other says what "near" means in these
 * features: a sample is suspect where it lies closer to a real than 99% of reals lie to their own nearest real. By
 * chance about 1% of honest samples are. The suspects are then compared pixel by pixel with their real, over small
 * shifts and mirrored, because features forgive what an eye would not.
 */
import { imageIndex, type ImageIndex } from '../shared/indices';
import type { NearestReals } from './manifold';

export interface CopyPair {
  /** Position of the sample and of its nearest real. */
  sample: number;
  real: ImageIndex;
  /** In features. */
  distance: number;
  /** Share of reals whose nearest other real is at least as near, in [0, 1]. */
  rank: number;
  /** Root mean square difference of the pixels at the best of small shifts and mirrored, 0 .. 255. */
  pixelDifference: number;
}

export interface CopyCheck {
  /** Share of samples under the threshold, in [0, 1]; about `percentile` is what chance gives. */
  share: number;
  suspects: number;
  /** Of those shown: how many are the same picture by their pixels too. */
  samePixels: number;
  /** Distance below which a sample is suspect. */
  threshold: number;
  percentile: number;
  /** Nearest pairs first. */
  pairs: CopyPair[];
}

export interface CopyInput {
  nearest: NearestReals;
  /** [m, size, size, 3] and [n, size, size, 3] */
  samples: Uint8Array;
  reals: Uint8Array;
  size: number;
  /** Pairs to give back. */
  shown?: number;
}

const percentile = 0.01;
/** Root mean square difference under which two pictures are the same to an eye. */
export const samePixelDifference = 12;

/** @throws RangeError without reals or samples */
export function checkCopies({ nearest, samples, reals, size, shown = 24 }: CopyInput): CopyCheck {
  const { distance, real, realToReal } = nearest;
  if (distance.length === 0 || realToReal.length === 0) throw new RangeError('copies need reals and samples');
  const ordered = realToReal.toSorted();
  const threshold = ordered[Math.floor(percentile * ordered.length)] as number;
  const order = Array.from(distance.keys()).toSorted((a, b) => (distance[a] as number) - (distance[b] as number));
  const suspects = distance.reduce((count, value) => count + (value < threshold ? 1 : 0), 0);
  const one = size * size * 3;
  const pairs = order.slice(0, shown).map((sample): CopyPair => {
    const nearestReal = real[sample] as number;
    return {
      sample,
      real: imageIndex(nearestReal),
      distance: distance[sample] as number,
      rank: countBelow(ordered, distance[sample] as number) / ordered.length,
      pixelDifference: pixelDifference(
        samples.subarray(sample * one, (sample + 1) * one),
        reals.subarray(nearestReal * one, (nearestReal + 1) * one),
        size,
      ),
    };
  });
  const samePixels = pairs.filter(
    (pair) => pair.distance < threshold && pair.pixelDifference < samePixelDifference,
  ).length;
  return { share: suspects / distance.length, suspects, samePixels, threshold, percentile, pairs };
}

function countBelow(ordered: Float64Array, value: number): number {
  let count = 0;
  while (count < ordered.length && (ordered[count] as number) <= value) count += 1;
  return count;
}

/**
 * Root mean square difference of two pictures [size, size, 3], the least over shifts by up to a sixteenth of the edge,
 * mirrored or not.
 */
export function pixelDifference(a: Uint8Array, b: Uint8Array, size: number): number {
  const reach = Math.max(1, Math.round(size / 16));
  let least = Infinity;
  for (const mirrored of [false, true]) {
    for (let dy = -reach; dy <= reach; dy += 1)
      for (let dx = -reach; dx <= reach; dx += 1)
        least = Math.min(least, shiftedDifference(a, b, size, dx, dy, mirrored));
  }
  return Math.sqrt(least);
}

/** Mean squared difference where the two overlap. */
function shiftedDifference(
  a: Uint8Array,
  b: Uint8Array,
  size: number,
  dx: number,
  dy: number,
  mirrored: boolean,
): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.max(0, dy); y < Math.min(size, size + dy); y += 1) {
    for (let x = Math.max(0, dx); x < Math.min(size, size + dx); x += 1) {
      const from = (y * size + x) * 3;
      const other = x - dx;
      const to = ((y - dy) * size + (mirrored ? size - 1 - other : other)) * 3;
      for (let c = 0; c < 3; c += 1) sum += ((a[from + c] as number) - (b[to + c] as number)) ** 2;
      count += 3;
    }
  }
  return count === 0 ? Infinity : sum / count;
}
