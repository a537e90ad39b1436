/** What one run of an ablation study leaves behind in its folder, and how runs are put together: plain data. */
import { existsSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { AblationId } from '../../shared/ablations';
import type { PlannedRun } from './plan';

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

/** Told apart by everything that a result depends on. */
export function fingerprintOf(
  run: PlannedRun,
  imageHashes: readonly string[],
  { labels, clip, samples, network }: { labels: number; clip: string; samples: number; network: string },
): string {
  return createHash('sha256')
    .update(JSON.stringify([run.config, run.oracle, labels, clip, samples, network, imageHashes]))
    .digest('hex')
    .slice(0, 16);
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
