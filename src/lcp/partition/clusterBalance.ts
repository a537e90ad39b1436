/**
 * Sinkhorn over all classes with one eps for the data set (docs/method.md, section 2): 0.15, moved only if the mean row
 * entropy leaves 0.2-0.4 log K. Column shares are r = half uniform, half those of k-means.
 */
import { sinkhorn, totalEntropy } from './sinkhorn';

export const startEpsilon = 0.15;
export const entropyBand = [0.2, 0.4] as const;
const epsilonRange = [0.01, 3] as const;

/** What the balance needs of a class. */
export interface ClusteredClass {
  /** k-means shares, [K], summing to 1. */
  shares: Float64Array;
  /** Cosines of the trusted images' centred features to the centroids, [|I_c|, K]. */
  similarities: Float64Array;
}

export interface Balance {
  epsilon: number;
  entropyRatio: number | null;
  /** Column scalings of each class, [K]. */
  scalings: Float64Array[];
}

/** Sinkhorn over all classes with the eps that puts the mean row entropy into its band. */
export function balance(classes: ClusteredClass[]): Balance {
  const divided = classes.filter(({ shares }) => shares.length > 1);
  if (divided.length === 0)
    return { epsilon: startEpsilon, entropyRatio: null, scalings: scalingsAt(classes, startEpsilon) };
  const epsilon = tuneEpsilon((value) => entropyRatioAt(divided, value));
  return { epsilon, entropyRatio: entropyRatioAt(divided, epsilon), scalings: scalingsAt(classes, epsilon) };
}

/**
 * eps = 0.15 if that puts the entropy ratio into the band, else the one that brings it to the band's middle (within the
 * range that float64 carries), by bisection on log eps.
 */
export function tuneEpsilon(ratioAt: (epsilon: number) => number): number {
  const [lowest, highest] = entropyBand;
  const start = ratioAt(startEpsilon);
  if (start >= lowest && start <= highest) return startEpsilon;
  const target = (lowest + highest) / 2;
  let low = Math.log(start > highest ? epsilonRange[0] : startEpsilon);
  let high = Math.log(start > highest ? startEpsilon : epsilonRange[1]);
  for (let round = 0; round < 40 && high - low > 1e-3; round += 1) {
    const middle = (low + high) / 2;
    if (ratioAt(Math.exp(middle)) > target) high = middle;
    else low = middle;
  }
  return Math.exp((low + high) / 2);
}

function entropyRatioAt(classes: ClusteredClass[], epsilon: number): number {
  let sum = 0;
  let images = 0;
  for (const { similarities, shares } of classes) {
    const { q } = sinkhorn(similarities, columnShares(shares), epsilon);
    sum += totalEntropy(q) / Math.log(shares.length);
    images += similarities.length / shares.length;
  }
  return sum / images;
}

function scalingsAt(classes: ClusteredClass[], epsilon: number): Float64Array[] {
  return classes.map(({ similarities, shares }) =>
    shares.length > 1 ? sinkhorn(similarities, columnShares(shares), epsilon).columnScalings : Float64Array.of(1),
  );
}

/** r: half uniform, half the k-means shares. */
function columnShares(shares: Float64Array): Float64Array {
  return shares.map((share) => 0.5 / shares.length + 0.5 * share);
}
