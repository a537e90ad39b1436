/**
 * Health of a run in plain words (docs/method.md, section 8). Every check gives a finding: a state, the number behind
 * it, a sentence, and what to do. A check that cannot be judged says why instead of guessing. Here are the checks on
 * numbers that are there anyway: label inference, the size of the data set and the statistics of training. Those on
 * vectors of samples and reals are in `healthOfSamples.ts`. Limits named by section 8 are used as they stand; the
 * limits of "watch", and others, are our own and say so.
 */
import type { LabelInferenceSummary, StatPoint } from '../../shared/domain';
import { text } from '../../shared/text';
import { smallData } from '../training/schedule';

/** In the order in which they are shown. */
export const healthCodes = [
  'collapse',
  'over-fitting',
  'copies',
  'dropped-clusters',
  'clip-overpowers',
  'pseudo-labels',
  'prompts',
  'stability',
  'little-data',
] as const;
export type HealthCode = (typeof healthCodes)[number];

/** What each check is called, on the page and in exports. */
export const healthNames: Record<HealthCode, string> = {
  collapse: 'Variety of samples',
  'over-fitting': 'Learning by heart',
  copies: 'Copies of your pictures',
  'dropped-clusters': 'Clusters in the samples',
  'clip-overpowers': 'Strength of the CLIP critic',
  'pseudo-labels': 'Inferred labels',
  prompts: 'Learnt prompts',
  stability: text('Stability'),
  'little-data': 'Number of pictures',
};

/** `watch`: not yet bad, or too early to be sure. `unknown`: not judged; the text says why. */
export const healthStates = ['fine', 'watch', 'act', 'unknown'] as const;
export type HealthState = (typeof healthStates)[number];

export interface HealthFinding {
  code: HealthCode;
  state: HealthState;
  /** The measured number in the check's own unit; null where nothing was measured. */
  value: number | null;
  /** What was found, or why it cannot be said, in one or two sentences with the number. */
  text: string;
  /** What to do; empty where nothing needs doing. */
  action: string;
}

/**
 * `label`: smallest accuracy on held-out labels. `clipSign`: mean sign at which the CLIP head is too strong, over
 * `clipKimg`. The `Watch` ones are our own.
 */
export const thresholds = {
  label: 0.7,
  labelWatch: 0.8,
  clipSign: 0.9,
  clipSignWatch: 0.8,
  clipKimg: 100,
  clipShare: 0.1,
} as const;

export function unknown(code: HealthCode, why: string): HealthFinding {
  return { code, state: 'unknown', value: null, text: why, action: '' };
}

/** Findings as they are told: those not judged for one and the same reason together, where the first of them stood. */
export function toldTogether(findings: readonly HealthFinding[]): [HealthFinding, ...HealthFinding[]][] {
  const groups = new Map<string, [HealthFinding, ...HealthFinding[]]>();
  for (const finding of findings) {
    const reason = finding.state === 'unknown' ? finding.text : finding.code;
    const group = groups.get(reason);
    if (group) group.push(finding);
    else groups.set(reason, [finding]);
  }
  return [...groups.values()];
}

/** What the checks of such a group are called. */
export const namesOf = (together: readonly HealthFinding[]): string =>
  together.map(({ code }) => healthNames[code]).join(', ');

/** Accuracy of inferred labels on labels held back in cross-validation. */
export function checkPseudoLabels({
  crossValidatedAccuracy,
  trusted,
  untrusted,
}: LabelInferenceSummary): HealthFinding {
  if (trusted + untrusted === 0) return unknown('pseudo-labels', 'No labels had to be inferred.');
  if (crossValidatedAccuracy === null)
    return unknown('pseudo-labels', 'There are too few labels to hold any back for a check.');
  const value = crossValidatedAccuracy;
  const state = value < thresholds.label ? 'act' : value < thresholds.labelWatch ? 'watch' : 'fine';
  const action =
    state === 'fine'
      ? ''
      : 'Label more pictures, first of all of classes that look alike. Pictures of doubtful class count little until then.';
  return {
    code: 'pseudo-labels',
    state,
    value,
    text: `Labels that were held back are guessed right ${percent(value)} of the time.`,
    action,
  };
}

/** Warns of memorisation where there are too few pictures to learn anything else. */
export function checkDataSize(imageCount: number, classCount: number): HealthFinding {
  const perClass = imageCount / classCount;
  const healthy = perClass >= smallData.imagesPerClass && imageCount >= smallData.images;
  return {
    code: 'little-data',
    state: healthy ? 'fine' : 'watch',
    value: imageCount,
    text: `There are ${imageCount.toLocaleString('en')} pictures, about ${Math.round(perClass)} a class.`,
    action: healthy ? '' : 'Samples may turn out as copies of your pictures. Add pictures; they need no labels.',
  };
}

/**
 * kimg over which the CLIP head is judged: 100 (section 8), or a tenth of a run that is shorter than 1,000, which would
 * otherwise never be judged.
 */
export function clipSpan(runKimg: number): number {
  return Math.min(thresholds.clipKimg, thresholds.clipShare * runKimg);
}

/**
 * Whether the CLIP head has been too sure of reals for too long: its mean sign on reals over the last `clipSpan` kimg
 * of its work is above 0.9. Points hold `clipSignReal` only while the head takes part.
 */
export function checkClipHead(
  history: readonly StatPoint[],
  { kimg: runKimg, clipHead }: { kimg: number; clipHead: { weight: number } },
): HealthFinding {
  if (clipHead.weight === 0) return unknown('clip-overpowers', 'The CLIP critic is switched off.');
  const last = history.at(-1);
  if (last?.values['clipSignReal'] === undefined)
    return unknown('clip-overpowers', 'The CLIP critic has not joined yet.');
  const span = clipSpan(runKimg);
  const first = history.findIndex(({ kimg }) => kimg > last.kimg - span);
  // The point before the stretch tells that the head was at work when it began.
  const recent = first < 1 ? [] : history.slice(first - 1).map(({ values }) => values['clipSignReal']);
  if (recent.length === 0 || recent.some((sign) => sign === undefined))
    return unknown('clip-overpowers', `The CLIP critic is judged once it has worked for ${amount(span)} kimg.`);
  const value = recent.reduce<number>((sum, sign) => sum + (sign ?? 0), 0) / recent.length;
  const state = value > thresholds.clipSign ? 'act' : value > thresholds.clipSignWatch ? 'watch' : 'fine';
  return {
    code: 'clip-overpowers',
    state,
    value,
    text: `Over the last ${amount(span)} kimg the CLIP critic judged your pictures with a mean sign of ${value.toFixed(2)} (1 = it is never fooled).`,
    action:
      state === 'fine'
        ? ''
        : 'CLIP overpowers the generator. Halve the weight of the CLIP critic in the next run, or turn on more augmentation.',
  };
}

/**
 * What divergence there has been (`divergence.ts` finds it, the session goes back).
 * @param inARow returns since training last got past the place
 */
export function checkStability(rollbacks: { total: number; inARow: number }, rateScale: number): HealthFinding {
  const { total, inARow } = rollbacks;
  if (total === 0)
    return {
      code: 'stability',
      state: 'fine',
      value: 0,
      text: 'Losses and weights have stayed within bounds.',
      action: '',
    };
  const times = total === 1 ? 'once' : `${total} times`;
  return {
    code: 'stability',
    state: inARow > 1 ? 'act' : 'watch',
    value: total,
    text: `Training came apart ${times} and went back to a good state; it now goes on at ${Number((100 * rateScale).toFixed(1))}% of the learning rates.`,
    action: 'Start the next run with lower learning rates, or with less weight on the CLIP critic.',
  };
}

export function percent(fraction: number): string {
  return `${Math.round(100 * fraction)}%`;
}

/** A few significant digits, none of them idle. */
function amount(value: number): string {
  return String(Number(value.toPrecision(2)));
}
