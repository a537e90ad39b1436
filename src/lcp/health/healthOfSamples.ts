/**
 * Health checks on vectors of samples and reals (docs/method.md, section 8): features of any one network, got in the
 * same way for both sides. Everything is measured relative to the reals, so that the scale of the vectors does not
 * matter. The limit of 50% for diversity is section 8's; all others are our own. Each check knows how many vectors it
 * needs, and does not judge by fewer.
 */
import { median } from '../training/divergence';
import { percent, unknown, type HealthFinding } from './health';

/** Vectors of d numbers, row by row, with the group (class) of each row; -1 belongs to none. */
export interface GroupedVectors {
  vectors: Float32Array;
  d: number;
  /** Group of each row, [n]. */
  groups: ArrayLike<number>;
}

export const sampleThresholds = {
  diversity: { act: 0.5, watch: 0.65, rows: 4 },
  gap: { act: 0.5, watch: 0.3 },
  copies: { act: 0.1, watch: 0.03, closeness: 0.5, reals: 16, reference: 256 },
  clusters: { act: 0.2, watch: 0.4, expected: 8 },
} as const;

/**
 * Mean distance of two samples of a class (other seeds, same class) over that of two reals of the class, averaged over
 * classes with at least four rows on both sides. Under 50% the generator has collapsed.
 */
export function checkDiversity(samples: GroupedVectors, reals: GroupedVectors): HealthFinding {
  const ofSamples = meanPairDistances(samples);
  const ofReals = meanPairDistances(reals);
  const ratios = [...ofSamples].flatMap(([group, apart]) => {
    const real = ofReals.get(group) ?? 0;
    return real > 0 ? [apart / real] : [];
  });
  if (ratios.length === 0)
    return unknown('collapse', 'No class has enough different pictures to compare samples with.');
  const value = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const { act, watch } = sampleThresholds.diversity;
  const state = value < act ? 'act' : value < watch ? 'watch' : 'fine';
  return {
    code: 'collapse',
    state,
    value,
    text: `Two samples of a class differ ${percent(value)} as much as two of your pictures.`,
    action:
      state === 'fine'
        ? ''
        : 'The generator repeats itself. If it stays so, train on with stronger augmentation, or start again with half the learning rates.',
  };
}

/** Mean Euclidean distance between two rows of one group, for groups with at least four rows. */
export function meanPairDistances({ vectors, d, groups }: GroupedVectors): Map<number, number> {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < groups.length; row += 1) {
    const group = groups[row] as number;
    const members = rows.get(group);
    if (members) members.push(row);
    else if (group >= 0) rows.set(group, [row]);
  }
  const means = new Map<number, number>();
  for (const [group, members] of rows) {
    if (members.length < sampleThresholds.diversity.rows) continue;
    let sum = 0;
    members.forEach((a, i) => {
      for (let j = i + 1; j < members.length; j += 1) sum += distance(vectors, a, vectors, members[j] as number, d);
    });
    means.set(group, sum / ((members.length * (members.length - 1)) / 2));
  }
  return means;
}

/**
 * Gap of the discriminator's mean sign between reals that it trains on and reals that it has never seen, in [-2, 2]. A
 * gap counts only where it is more than two standard errors wide: with eight pictures a side chance alone makes gaps of
 * a half.
 * @param train signs of a(x), each -1, 0 or 1
 */
export function checkOverfitting(train: ArrayLike<number>, heldOut: ArrayLike<number>): HealthFinding {
  const [own, unseen] = [moments(train), moments(heldOut)];
  const value = own.mean - unseen.mean;
  const sure = value > 2 * Math.sqrt(own.variance / train.length + unseen.variance / heldOut.length);
  const { act, watch } = sampleThresholds.gap;
  const state = sure && value > act ? 'act' : sure && value > watch ? 'watch' : 'fine';
  return {
    code: 'over-fitting',
    state,
    value,
    text: `The discriminator's mean sign is ${own.mean.toFixed(2)} on pictures it trains on and ${unseen.mean.toFixed(2)} on ${heldOut.length} held back from it.`,
    action:
      state === 'fine'
        ? ''
        : 'It learns your pictures by heart. Turn on more augmentation, or add pictures; they need no labels.',
  };
}

/**
 * Share of samples that are nearer to a real than half the median distance between a real and its nearest other real:
 * nearly copies. Some reals are as near to each other; only what goes beyond their share counts, and never a single
 * sample.
 * @param total pictures in the data set, of which `reals` may be a part
 */
export function checkCopies(samples: Float32Array, reals: Float32Array, d: number, total: number): HealthFinding {
  const { act, watch, closeness, reals: least, reference } = sampleThresholds.copies;
  const realCount = reals.length / d;
  const sampleCount = samples.length / d;
  if (realCount < least) return unknown('copies', `It takes ${least} pictures to tell what is closer than usual.`);
  if (sampleCount < 1) return unknown('copies', 'There are no samples to look at yet.');
  const between = Array.from({ length: Math.min(reference, realCount) }, (_, row) =>
    nearestDistance(reals, row, reals, d, row),
  );
  const typical = median(between);
  if (!(typical > 0))
    return unknown('copies', 'Most of your pictures have a double among them, so copies cannot be told.');
  const near = (apart: number): boolean => apart < closeness * typical;
  const copies = Array.from({ length: sampleCount }, (_, row) => nearestDistance(samples, row, reals, d, -1)).filter(
    near,
  ).length;
  const value = copies / sampleCount;
  const usual = between.filter(near).length / between.length;
  const excess = copies > 1 ? value - usual : 0;
  const state = excess > act ? 'act' : excess > watch ? 'watch' : 'fine';
  const among =
    realCount < total ? `one of ${realCount.toLocaleString('en')} pictures looked at` : 'one of your pictures';
  return {
    code: 'copies',
    state,
    value,
    text: `${percent(value)} of ${sampleCount} samples are nearly copies of ${among}; of the pictures themselves ${percent(usual)} are as near to another.`,
    action:
      state === 'fine'
        ? ''
        : 'Look closely before you share samples. Add pictures, turn on more augmentation, or train for a shorter time.',
  };
}

/**
 * How often samples show each cluster over how often they would if they were like the reals. Clusters shown less than a
 * fifth as often are dropped modes. Only clusters that should have come up at least eight times are judged: fewer may
 * be missing by chance.
 * @param observed samples assigned to each slot, [S]
 * @param expected samples that the reals' shares make expect there, [S]
 */
export function checkClusterShares(
  observed: ArrayLike<number>,
  expected: ArrayLike<number>,
  names: readonly string[],
): HealthFinding {
  const { act, watch, expected: least } = sampleThresholds.clusters;
  const judged = Array.from({ length: expected.length }, (_, s) => s).filter((s) => (expected[s] as number) >= least);
  if (judged.length === 0)
    return unknown('dropped-clusters', 'More samples are needed to tell rare clusters from missing ones.');
  const ratios = judged
    .map((s) => ({ s, ratio: (observed[s] as number) / (expected[s] as number) }))
    .toSorted((a, b) => a.ratio - b.ratio);
  const value = ratios[0]?.ratio ?? 1;
  const missing = ratios.filter(({ ratio }) => ratio < act);
  const rare = ratios.filter(({ ratio }) => ratio < watch);
  const state = missing.length > 0 ? 'act' : rare.length > 0 ? 'watch' : 'fine';
  const of = `${judged.length === names.length ? '' : `Of ${names.length} clusters ${judged.length} can be judged. `}`;
  const listed = listOf((missing.length > 0 ? missing : rare).map(({ s }) => names[s] ?? `cluster ${s + 1}`));
  const text =
    state === 'fine'
      ? 'Samples show every cluster about as often as your pictures do.'
      : `Samples show ${listed} ${missing.length > 0 ? 'hardly ever' : 'too seldom'}: ${percent(value)} as often as your pictures do.`;
  return {
    code: 'dropped-clusters',
    state,
    value,
    text: of + text,
    action:
      state === 'fine'
        ? ''
        : 'Train longer. If it stays so, start a run with fewer clusters a class, so that each has more pictures.',
  };
}

/** Up to three names. */
function listOf(names: readonly string[]): string {
  return (
    names
      .slice(0, 3)
      .map((name) => `“${name}”`)
      .join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '')
  );
}

function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return { mean, variance: all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, all.length - 1) };
}

function nearestDistance(from: Float32Array, row: number, among: Float32Array, d: number, except: number): number {
  let best = Infinity;
  for (let other = 0; other < among.length / d; other += 1)
    if (other !== except) best = Math.min(best, squared(from, row, among, other, d));
  return Math.sqrt(best);
}

function distance(a: Float32Array, rowA: number, b: Float32Array, rowB: number, d: number): number {
  return Math.sqrt(squared(a, rowA, b, rowB, d));
}

function squared(a: Float32Array, rowA: number, b: Float32Array, rowB: number, d: number): number {
  let sum = 0;
  const [i, j] = [rowA * d, rowB * d];
  for (let k = 0; k < d; k += 1) {
    const apart = (a[i + k] as number) - (b[j + k] as number);
    sum += apart * apart;
  }
  return sum;
}
