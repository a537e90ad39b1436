/**
 * Health checks of a run (algorithm.md, section 8) from numbers that are there anyway: the label inference, the size of the data set and the
 * statistics of training. Each gives a finding: a plain sentence with the number behind it, and what to do. Checks on vectors of samples and
 * reals are in `healthOfSamples.ts`. Thresholds are those of section 8; others are our own and say so.
 */
import type { LabelInferenceSummary, StatPoint } from '../shared/domain';
import { smallData } from './schedule';

export type HealthCode =
  | 'pseudo-labels'
  | 'little-data'
  | 'clip-overpowers'
  | 'diverged'
  | 'collapse'
  | 'over-fitting'
  | 'copies'
  | 'dropped-clusters';

export interface HealthFinding {
  code: HealthCode;
  healthy: boolean;
  /** The measured number, in the check's own unit; compared with `threshold`. */
  value: number;
  threshold: number;
  /** What was found, for a person. */
  text: string;
  /** What to do; empty where nothing needs doing. */
  action: string;
}

/** Smallest accuracy on held-out labels, kimg and mean sign at which the CLIP head is too strong. */
export const thresholds = { labelAccuracy: 0.7, clipSign: 0.9, clipKimg: 100 } as const;

/** Accuracy of inferred labels on labels held back in cross-validation; null where none could be held back or nothing was inferred. */
export function checkPseudoLabels({ crossValidatedAccuracy, trusted, untrusted }: LabelInferenceSummary): HealthFinding | null {
  if (crossValidatedAccuracy === null || trusted + untrusted === 0) return null;
  const healthy = crossValidatedAccuracy >= thresholds.labelAccuracy;
  return {
    code: 'pseudo-labels',
    healthy,
    value: crossValidatedAccuracy,
    threshold: thresholds.labelAccuracy,
    text: `Labels that were held back are guessed right ${percent(crossValidatedAccuracy)} of the time.`,
    action: healthy ? '' : 'Label more pictures, first of all of classes that look alike. Pictures of doubtful class count little until then.',
  };
}

/** Warns of memorisation where there are too few pictures to learn anything else. */
export function checkDataSize(imageCount: number, classCount: number): HealthFinding {
  const perClass = imageCount / classCount;
  const byClass = perClass / smallData.imagesPerClass <= imageCount / smallData.images;
  const healthy = perClass >= smallData.imagesPerClass && imageCount >= smallData.images;
  return {
    code: 'little-data',
    healthy,
    value: byClass ? perClass : imageCount,
    threshold: byClass ? smallData.imagesPerClass : smallData.images,
    text: `There are ${imageCount} pictures, about ${Math.round(perClass)} a class.`,
    action: healthy ? '' : 'Samples may turn out as copies of your pictures. Add pictures; they need no labels.',
  };
}

/**
 * Whether the CLIP head has been too sure of reals for too long: its mean sign on reals over the last 100 kimg of its work is above 0.9. Null until
 * it has worked for that long. Points hold `clipSignReal` only while the head takes part.
 */
export function checkClipHead(history: readonly StatPoint[]): HealthFinding | null {
  const last = history.at(-1);
  if (last?.values.clipSignReal === undefined) return null;
  const start = last.kimg - thresholds.clipKimg;
  const first = history.findIndex(({ kimg }) => kimg > start);
  // The point before the stretch tells that the head was at work when it began.
  if (first < 1) return null;
  const recent = history.slice(first - 1).map(({ values }) => values.clipSignReal);
  if (recent.includes(undefined)) return null;
  const mean = recent.reduce<number>((sum, sign) => sum + (sign ?? 0), 0) / recent.length;
  const healthy = mean <= thresholds.clipSign;
  return {
    code: 'clip-overpowers',
    healthy,
    value: mean,
    threshold: thresholds.clipSign,
    text: `Over the last ${thresholds.clipKimg} kimg the CLIP head told real pictures with a mean sign of ${mean.toFixed(2)} (1 = it never errs).`,
    action: healthy ? '' : 'CLIP overpowers the generator. Halve the weight of the CLIP head, or turn on more augmentation.',
  };
}

/** Robust deviations that a loss may lie from its median, and the least distance that counts; both our own choice. */
const divergence = { deviations: 20, distance: 10, points: 8, window: 200 } as const;
const watched = ['lossD', 'lossG'] as const;

/**
 * Whether training has come apart: a loss or gradient that is not a number, or a loss far outside its recent history (more than 20 robust
 * deviations and more than 10 from the median of up to 200 earlier points).
 */
export function checkDivergence(history: readonly StatPoint[]): HealthFinding | null {
  const last = history.at(-1);
  if (!last) return null;
  const nonFinite = (last.values.gradNonFinite ?? 0) > 0 || Object.values(last.values).some((value) => !Number.isFinite(value));
  if (nonFinite) return diverged(Infinity, 'A loss or gradient is not a number any more.');
  let worst = { name: '', deviations: 0, value: 0 };
  for (const name of watched) {
    const value = last.values[name];
    const earlier = history.slice(-divergence.window - 1, -1).flatMap(({ values }) => values[name] ?? []);
    if (value === undefined || earlier.length < divergence.points) continue;
    const centre = median(earlier);
    const spread = 1.4826 * median(earlier.map((other) => Math.abs(other - centre)));
    const distance = Math.abs(value - centre);
    const deviations = distance / Math.max(spread, 1e-6);
    if (distance > divergence.distance && deviations > worst.deviations) worst = { name, deviations, value };
  }
  if (worst.deviations > divergence.deviations) return diverged(worst.deviations, `The loss of the ${worst.name === 'lossD' ? 'discriminator' : 'generator'} has jumped to ${worst.value.toFixed(1)}.`);
  return { ...diverged(worst.deviations, 'The losses stay within their usual range.'), healthy: true, action: '' };
}

function diverged(value: number, text: string): HealthFinding {
  return { code: 'diverged', healthy: false, value, threshold: divergence.deviations, text, action: 'Go back to the last good state and train on at half the learning rate.' };
}

export function percent(fraction: number): string {
  return `${Math.round(100 * fraction)}%`;
}

/** The middle value; the mean of the two middle ones for an even count. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}
