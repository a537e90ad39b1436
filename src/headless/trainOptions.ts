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
}

/** What is wrong with the arguments, with how they are meant. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\nUsage: npm run train -- --data DIR [--out DIR] [--preset ${Object.keys(presets).join('|')}] [--clip ID] [--kimg N] [--batch N] [--seed N] [--truth FILE.csv]`);
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
  return { data, out, clip, truth, config: parseRunConfig({ ...preset, kimg: number('kimg'), batch: number('batch'), seed: number('seed') }) };
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
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
