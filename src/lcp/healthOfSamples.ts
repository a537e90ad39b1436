/**
 * Health checks on vectors of samples and reals (algorithm.md, section 8): pixels or features of any one network, the same for both sides. What
 * is measured is relative to the reals, so that the scale of the vectors does not matter. Limits other than 50% of the reals' diversity are our own.
 */
import { median, percent, type HealthFinding } from './health';

/** Vectors of d numbers, row by row, with the group (class or slot) of each row. */
export interface GroupedVectors {
  vectors: Float32Array;
  d: number;
  /** Group of each row, [n]. */
  groups: Int32Array;
}

export const sampleThresholds = { diversity: 0.5, overfittingGap: 0.5, copyShare: 0.1, clusterRatio: 0.2 } as const;

/**
 * Mean distance of two samples of a class (other seeds, same class) over that of two reals of the class, averaged over classes that have pairs on both
 * sides. Under 50% the generator has collapsed. Null where no class has pairs.
 */
export function checkDiversity(samples: GroupedVectors, reals: GroupedVectors): HealthFinding | null {
  const ofSamples = meanPairDistances(samples);
  const ofReals = meanPairDistances(reals);
  const ratios = [...ofSamples].flatMap(([group, apart]) => {
    const real = ofReals.get(group) ?? 0;
    return real > 0 ? [apart / real] : [];
  });
  if (ratios.length === 0) return null;
  const value = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const healthy = value >= sampleThresholds.diversity;
  return {
    code: 'collapse',
    healthy,
    value,
    threshold: sampleThresholds.diversity,
    text: `Two samples of a class differ ${percent(value)} as much as two of your pictures.`,
    action: healthy ? '' : 'The generator repeats itself. Go back to an earlier checkpoint, or train on with stronger augmentation or half the learning rate.',
  };
}

/** Mean Euclidean distance between two rows of one group, for groups with at least two rows. */
export function meanPairDistances({ vectors, d, groups }: GroupedVectors): Map<number, number> {
  const rows = new Map<number, number[]>();
  groups.forEach((group, row) => rows.set(group, [...(rows.get(group) ?? []), row]));
  const means = new Map<number, number>();
  for (const [group, members] of rows) {
    if (members.length < 2) continue;
    let sum = 0;
    members.forEach((a, i) => {
      for (const b of members.slice(i + 1)) sum += distance(vectors, a, vectors, b, d);
    });
    means.set(group, sum / ((members.length * (members.length - 1)) / 2));
  }
  return means;
}

/**
 * Gap of the discriminator's mean sign between reals it trains on and reals it has never seen, in [-2, 2]. Above 0.5 it remembers pictures
 * instead of judging them.
 */
export function checkOverfitting(meanSignTrain: number, meanSignHeldOut: number): HealthFinding {
  const value = meanSignTrain - meanSignHeldOut;
  const healthy = value <= sampleThresholds.overfittingGap;
  return {
    code: 'over-fitting',
    healthy,
    value,
    threshold: sampleThresholds.overfittingGap,
    text: `The discriminator's mean sign is ${meanSignTrain.toFixed(2)} on your pictures and ${meanSignHeldOut.toFixed(2)} on pictures it never saw.`,
    action: healthy ? '' : 'It learns your pictures by heart. Turn on more augmentation, or add pictures; they need no labels.',
  };
}

export interface CopyFinding extends HealthFinding {
  /** Nearest real of each sample. */
  nearest: Int32Array;
  /** Its distance over the reals' typical distance to each other's nearest. */
  closeness: Float32Array;
}

/**
 * Nearest real of each sample. A sample nearer to a real than half the median distance between a real and its nearest other real counts as a copy; more
 * than 10% copies is a finding. Null for fewer than two reals or no samples, and where the reals coincide.
 */
export function checkCopies(samples: Float32Array, reals: Float32Array, d: number): CopyFinding | null {
  const realCount = reals.length / d;
  const sampleCount = samples.length / d;
  if (realCount < 2 || sampleCount < 1) return null;
  const typical = median(Array.from({ length: realCount }, (_, row) => nearestRow(reals, row, reals, d, row).distance));
  if (!(typical > 0)) return null;
  const found = Array.from({ length: sampleCount }, (_, row) => nearestRow(samples, row, reals, d, -1));
  const closeness = Float32Array.from(found, (hit) => hit.distance / typical);
  const value = closeness.filter((ratio) => ratio < 0.5).length / sampleCount;
  const healthy = value <= sampleThresholds.copyShare;
  return {
    code: 'copies',
    healthy,
    value,
    threshold: sampleThresholds.copyShare,
    text: `${percent(value)} of the samples are nearly copies of one of your pictures.`,
    action: healthy ? '' : 'Look at the nearest pictures beside the samples. Add pictures, turn on more augmentation, or use an earlier checkpoint.',
    nearest: Int32Array.from(found, (hit) => hit.row),
    closeness,
  };
}

/**
 * Share of each cluster in samples over its share in reals, both [S] and summing to 1 over slots. Clusters that samples show less than a fifth as
 * often are dropped modes. `value` is the smallest ratio; slots without reals are left out.
 */
export function checkClusterShares(sampleShares: ArrayLike<number>, realShares: ArrayLike<number>, names: readonly string[]): HealthFinding | null {
  const ratios = Array.from({ length: realShares.length }, (_, s) => ((realShares[s] as number) > 0 ? (sampleShares[s] as number) / (realShares[s] as number) : Infinity));
  const value = Math.min(...ratios);
  if (!Number.isFinite(value)) return null;
  const dropped = ratios.flatMap((ratio, s) => (ratio < sampleThresholds.clusterRatio ? [names[s] ?? `cluster ${s + 1}`] : []));
  const named = dropped.slice(0, 3).join(', ') + (dropped.length > 3 ? ` and ${dropped.length - 3} more` : '');
  return {
    code: 'dropped-clusters',
    healthy: dropped.length === 0,
    value,
    threshold: sampleThresholds.clusterRatio,
    text: dropped.length === 0 ? 'Samples show every cluster.' : `Samples hardly show ${named}.`,
    action: dropped.length === 0 ? '' : 'Train longer, or merge these clusters with others of their class.',
  };
}

function nearestRow(from: Float32Array, row: number, among: Float32Array, d: number, except: number): { row: number; distance: number } {
  let best = { row: -1, distance: Infinity };
  for (let other = 0; other < among.length / d; other += 1) {
    if (other === except) continue;
    const apart = distance(from, row, among, other, d);
    if (apart < best.distance) best = { row: other, distance: apart };
  }
  return best;
}

function distance(a: Float32Array, rowA: number, b: Float32Array, rowB: number, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j += 1) sum += ((a[rowA * d + j] as number) - (b[rowB * d + j] as number)) ** 2;
  return Math.sqrt(sum);
}
