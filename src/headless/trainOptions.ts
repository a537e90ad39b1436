/** The command line of `npm run train`, as a configuration. */
import { presets, type RunConfig } from '../shared/config';
import { numberOption, readOptions, UsageError } from './commandLine';
import { chosenConfig, configOptions, settableFields, smallestPresets, startingPreset } from './configOptions';
import { clipOptions } from './clipOptions';
import { dataOptions, readingOptions } from './dataOptions';
import type { ReadFolderOptions } from './readFolder';

export interface TrainOptions {
  /** Folder or archive of pictures. */
  data: string;
  /** How it is read. */
  reading: ReadFolderOptions;
  /** Folder for the results. */
  out: string;
  clip: string;
  /** CLIP that judges samples; undefined: the one that the list names. */
  critic: string | undefined;
  /** Folder for a training job in place of training; undefined trains here. */
  job: string | undefined;
  /** CSV of true classes, to compare inferred labels with. */
  truth: string | undefined;
  config: RunConfig;
  /** Measurements at the end and, every so many kimg, on the way (0: only at the end); null for none. */
  metrics: { samples: number; everyKimg: number; network: string | undefined } | null;
}

const command = {
  name: 'train --',
  purpose: 'Trains on a folder of pictures, and writes networks, samples and measurements to another.',
  options: {
    ...dataOptions,
    out: { value: 'DIR', about: 'Folder for the results.', default: 'runs/latest' },
    preset: { value: 'ID', about: `Settings to begin from: ${Object.keys(presets).join(', ')}. ${smallestPresets}` },
    ...clipOptions,
    kimg: { value: 'N', about: 'Short for --set kimg=N.' },
    batch: { value: 'N', about: 'Short for --set batch=N.' },
    seed: { value: 'N', about: 'Short for --set seed=N.' },
    ...configOptions,
    truth: { value: 'FILE.csv', about: 'True classes, to compare inferred labels with: lines "path,class".' },
    metrics: { value: 'SAMPLES', about: 'Measure that many samples at the end.' },
    'metrics-every': { value: 'KIMG', about: 'Measure on the way too, every so many kimg.', default: '0' },
    network: { value: 'ID', about: 'Network that measures.' },
    job: {
      value: 'DIR',
      about: 'Prepare the run (labels, clusters, prompts) and write it for PyTorch, instead of training here.',
    },
  },
  more: settableFields,
} as const;

/** @throws UsageError, HelpRequest */
export function trainOptions(args: readonly string[]): TrainOptions {
  const values = readOptions(command, args);
  const { data, out, clip, critic, truth, job } = values;
  if (data === undefined) throw new UsageError('Where are the pictures? Give --data PATH.');
  const preset = startingPreset(values.preset, values);
  const metrics =
    values.metrics === undefined
      ? null
      : {
          samples: numberOption('metrics', values.metrics, { least: 20, whole: true }),
          everyKimg: numberOption('metrics-every', values['metrics-every'], { least: 0 }),
          network: values.network,
        };
  const reading = readingOptions(values);
  return { data, reading, out, clip, critic, truth, job, metrics, config: chosenConfig(presets[preset], values) };
}
