/** Invented findings for the demonstration: unknown at first, then one of each state. */
import { healthCodes, unknown, type HealthFinding } from '../../lcp/health/health';

const later: Partial<Record<(typeof healthCodes)[number], HealthFinding>> = {
  collapse: {
    code: 'collapse',
    state: 'act',
    value: 0.41,
    text: 'Two samples of a class differ 41% as much as two of your pictures.',
    action:
      'The generator repeats itself. If it stays so, train on with stronger augmentation, or start again with half the learning rates.',
  },
  'over-fitting': {
    code: 'over-fitting',
    state: 'fine',
    value: 0.08,
    text: "The discriminator's mean sign is 0.31 on pictures it trains on and 0.23 on 34 held back from it.",
    action: '',
  },
  copies: {
    code: 'copies',
    state: 'fine',
    value: 0.02,
    text: '2% of 64 samples are nearly copies of one of your pictures; of the pictures themselves 1% are as near to another.',
    action: '',
  },
  'dropped-clusters': {
    code: 'dropped-clusters',
    state: 'watch',
    value: 0.34,
    text: 'Of 24 clusters 19 can be judged. Samples show “food/2” too seldom: 34% as often as your pictures do.',
    action: 'Train longer. If it stays so, start a run with fewer clusters a class, so that each has more pictures.',
  },
  'pseudo-labels': {
    code: 'pseudo-labels',
    state: 'fine',
    value: 0.83,
    text: 'Labels that were held back are guessed right 83% of the time.',
    action: '',
  },
  prompts: {
    code: 'prompts',
    state: 'fine',
    value: 0.81,
    text: 'The learnt prompts recognise 81% of the labeled pictures that were held back from them, label inference 83%.',
    action: '',
  },
  stability: {
    code: 'stability',
    state: 'fine',
    value: 0,
    text: 'Losses and weights have stayed within bounds.',
    action: '',
  },
  'little-data': {
    code: 'little-data',
    state: 'fine',
    value: 830,
    text: 'There are 830 pictures, about 104 a class.',
    action: '',
  },
};

/** @param at how much of the run is done */
export function demoHealth(at: number): HealthFinding[] {
  return healthCodes.map(
    (code) =>
      (at < 0.01 ? undefined : later[code]) ??
      unknown(
        code,
        code === 'clip-overpowers'
          ? 'The CLIP critic is judged once it has worked for 100 kimg.'
          : 'Judged from a quarter of the run on.',
      ),
  );
}
