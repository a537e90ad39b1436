/** The command line of `npm run train`, as a configuration. */
import { parseArgs } from 'node:util';
import { parseRunConfig, presets, type PresetId, type RunConfig } from '../shared/config';

export interface TrainOptions {
  /** Folder of pictures. */
  data: string;
  /** Folder for the results. */
  out: string;
  clip: string;
  /** CSV of true classes, to compare inferred labels with. */
  truth: string | undefined;
  config: RunConfig;
  /** Measurements at the end and, every so many kimg, on the way (0: only at the end); null for none. */
  metrics: { samples: number; everyKimg: number; network: string | undefined } | null;
}

/** What is wrong with the arguments, with how they are meant. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(
      `${problem}\nUsage: npm run train -- --data DIR [--out DIR] [--preset ${Object.keys(presets).join('|')}] [--clip ID] [--kimg N] [--batch N] [--seed N] [--truth FILE.csv] [--metrics SAMPLES [--metrics-every KIMG] [--network ID]]`,
    );
    this.name = 'UsageError';
  }
}

/** @throws UsageError */
export function trainOptions(args: string[]): TrainOptions {
  const { data, out, clip, truth, ...chosen } = parse(args);
  if (data === undefined) throw new UsageError('Where are the pictures?');
  const preset = presets[chosen.preset as PresetId];
  if (!preset) throw new UsageError(`There is no preset "${chosen.preset}".`);
  const number = (name: 'kimg' | 'batch' | 'seed'): number => {
    const text = chosen[name];
    if (text === undefined) return preset[name];
    const value = Number(text);
    if (!Number.isFinite(value)) throw new UsageError(`--${name} ${text} is not a number.`);
    return value;
  };
  const positive = (name: 'metrics' | 'metrics-every', least: number): number => {
    const value = Number(chosen[name]);
    if (!(value >= least))
      throw new UsageError(`--${name} ${String(chosen[name])} is not a number of at least ${least}.`);
    return value;
  };
  const metrics =
    chosen.metrics === undefined
      ? null
      : {
          samples: Math.round(positive('metrics', 20)),
          everyKimg: positive('metrics-every', 0),
          network: chosen.network,
        };
  return {
    data,
    out,
    clip,
    truth,
    metrics,
    config: parseRunConfig({ ...preset, kimg: number('kimg'), batch: number('batch'), seed: number('seed') }),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        data: { type: 'string' },
        out: { type: 'string', default: 'runs/latest' },
        preset: { type: 'string', default: 'tiny' },
        clip: { type: 'string', default: 'clip-nano' },
        kimg: { type: 'string' },
        batch: { type: 'string' },
        seed: { type: 'string' },
        truth: { type: 'string' },
        metrics: { type: 'string' },
        'metrics-every': { type: 'string', default: '0' },
        network: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
