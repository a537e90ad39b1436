/** What one run of an ablation study leaves behind in its folder, and how runs are put together: plain data. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluation } from '../../session/evaluation/evaluation';
import { totalIterations } from '../../shared/config';
import type { AblationId } from '../../shared/ablations';
import type { PlannedRun } from './plan';

export const resultName = 'result.json';

/** The numbers that variants are compared by; null where one could not be measured. */
export interface RunNumbers {
  /** Frechet distance on the features of the evaluation network. */
  frechet: number | null;
  kid: number | null;
  precision: number | null;
  recall: number | null;
  coverage: number | null;
  /** Share of the samples that a classifier other than CLIP takes for the class they were conditioned on. */
  classAccuracy: number | null;
  /** Share of the pictures without a label that training took for their true class; null where all were labeled. */
  labelAccuracy: number | null;
}

export interface RunResult extends RunNumbers {
  variant: AblationId;
  seed: number;
  kimg: number;
  iterations: number;
  /** Of the pictures, the configuration and what judged it: results of another study are never mixed in. */
  fingerprint: string;
  featureNetwork: string;
  reals: number;
  samples: number;
  adapter: string;
  /** Seconds that the run and its measurement took; for the time left only. */
  seconds: number;
}

export const numberNames = [
  'frechet',
  'kid',
  'precision',
  'recall',
  'coverage',
  'classAccuracy',
  'labelAccuracy',
] as const satisfies (keyof RunNumbers)[];

interface Judged {
  labels: number;
  clip: string;
  /** CLIP that judges samples in training; default `clip`. */
  critic?: string;
  samples: number;
  network: string;
  engine?: 'webgpu' | 'pytorch';
}

/** Told apart by everything that a result depends on. */
export function fingerprintOf(
  run: PlannedRun,
  imageHashes: readonly string[],
  { labels, clip, critic = clip, samples, network, engine = 'webgpu' }: Judged,
): string {
  // What the studio itself has trained keeps the fingerprint from before there was another engine.
  const other: unknown[] = engine === 'webgpu' ? [] : [engine];
  // And what CLIP has judged that looked at the pictures, or none, the one from before there could be two.
  if (critic !== clip && run.config.clipHead.weight > 0) other.push({ critic });
  return createHash('sha256')
    .update(JSON.stringify([run.config, run.oracle, labels, clip, samples, network, imageHashes, ...other]))
    .digest('hex')
    .slice(0, 16);
}

/** What a measurement alone does not say of a run. */
type AboutResult = Pick<RunResult, 'fingerprint' | 'labelAccuracy' | 'adapter' | 'seconds'>;

/** Writes a run's measurement and its result into its folder. */
export function writeResult(folder: string, run: PlannedRun, found: Evaluation, about: AboutResult): RunResult {
  writeFileSync(join(folder, 'evaluation.json'), `${JSON.stringify(found, null, 1)}\n`);
  const result: RunResult = {
    variant: run.variant,
    seed: run.seed,
    kimg: run.config.kimg,
    iterations: totalIterations(run.config),
    frechet: found.frechet,
    kid: found.kid?.mean ?? null,
    precision: found.precision,
    recall: found.recall,
    coverage: found.coverage,
    classAccuracy: found.classifier?.accuracyOnSamples ?? null,
    featureNetwork: found.featureNetwork.name,
    reals: found.counts.reals,
    samples: found.counts.samples,
    ...about,
  };
  // Renamed into place: a result that is there is whole.
  const file = join(folder, resultName);
  writeFileSync(`${file}.part`, `${JSON.stringify(result, null, 1)}\n`);
  renameSync(`${file}.part`, file);
  return result;
}

/** The result in a run's folder, or null where there is none of this very run. */
export function readResult(file: string, fingerprint: string): RunResult | null {
  if (!existsSync(file)) return null;
  try {
    const result = JSON.parse(readFileSync(file, 'utf8')) as RunResult;
    return result.fingerprint === fingerprint ? result : null;
  } catch {
    return null; // broken off while it was written
  }
}

/** Mean and sample deviation of the numbers that are there. */
export function meanAndDeviation(
  values: readonly (number | null)[],
): { mean: number; deviation: number; count: number } | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: known.length > 1 ? Math.sqrt(squares / (known.length - 1)) : 0, count: known.length };
}
