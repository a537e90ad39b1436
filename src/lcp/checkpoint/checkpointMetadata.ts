/**
 * The strings of a checkpoint: JSON values under fixed keys, validated when a file is read. Everything that PyTorch's
 * side needs to build the generator stands under `generator`, in words that need no knowledge of the studio.
 */
import * as v from 'valibot';
import { StudioError } from '../../shared/errors';
import { matteSchema, type Matte } from '../../shared/matte';
import { imagesPerIteration, storedConfigSchema, type RunConfig } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import { baseFacts } from '../bases/facts';

/** Value of the key `format`, and the newest `format_version` that this program reads and the one that it writes. */
export const checkpointFormat = 'lcp-gan-checkpoint';
export const checkpointVersion = 1;

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));

const slotSchema = v.object({ slot: whole, classIndex: whole, cluster: whole });

const towerSchema = v.object({
  id: v.string(),
  name: v.string(),
  /** SHA-256 of the image tower's file. */
  hash: v.string(),
  /** Dimension of its features. */
  dim: v.pipe(whole, v.minValue(1)),
});
export type CheckpointCritic = v.InferOutput<typeof towerSchema>;

const clipSchema = v.object({
  ...towerSchema.entries,
  /** s0 = exp(logit_scale). */
  logitScale: v.number(),
});
export type CheckpointClip = v.InferOutput<typeof clipSchema>;

const cursorSchema = v.object({ epoch: whole, position: whole });
export type DataCursor = v.InferOutput<typeof cursorSchema>;

/** Numbers of a partition that are no arrays. */
const partitionSchema = v.object({ epsilon: v.number(), entropyRatio: v.nullable(v.number()) });

/**
 * Where a run that went back after a divergence differs from one that did not: iterations that random numbers were
 * drawn for, and the factor on its learning rates.
 */
const courseSchema = v.object({ draws: whole, rateScale: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)) });
export type Course = v.InferOutput<typeof courseSchema>;

const metadataSchema = v.object({
  config: storedConfigSchema,
  classes: v.array(v.string()),
  slots: v.array(slotSchema),
  clip: v.nullable(clipSchema),
  critic: v.optional(towerSchema),
  iteration: whole,
  created: v.pipe(v.string(), v.isoTimestamp()),
  sample_seed: whole,
  data_cursor: v.nullable(cursorSchema),
  partition: v.nullable(partitionSchema),
  course: v.optional(courseSchema),
  matte: v.optional(matteSchema),
});
type StoredMetadata = v.InferOutput<typeof metadataSchema>;

export interface CheckpointMetadata {
  config: RunConfig;
  classes: string[];
  slots: Slot[];
  /** What looked at the pictures, and whose prompts these are. */
  clip: CheckpointClip | null;
  /** What the CLIP head looks through; absent where that is `clip`. */
  critic?: CheckpointCritic | undefined;
  /** Iterations done. */
  iteration: number;
  /** Absent where the run never went back. */
  course?: Course | undefined;
  /** Date and time, ISO 8601, UTC. */
  created: string;
  /** Seed of the sample grid's latents. */
  sampleSeed: number;
  /** Where the order of the training pictures stands; null where it is not kept. */
  dataCursor: DataCursor | null;
  partition: { epsilon: number; entropyRatio: number | null } | null;
  /** What transparent parts of the pictures were laid over; absent where an earlier version wrote the file. */
  matte?: Matte | undefined;
}

/** What is said of every checkpoint that cannot be used. @param why a clause, e.g. `"slots" is missing` */
export function unusable(why: string, cause?: unknown): StudioError {
  return new StudioError(
    {
      code: 'format',
      what: 'This file cannot be used as a checkpoint.',
      why: `${why}.`,
      action:
        'Use a checkpoint.safetensors exactly as the studio exported it; if it was downloaded or copied, fetch it again.',
    },
    { cause },
  );
}

export function metadataToStrings({ sampleSeed, dataCursor, ...same }: CheckpointMetadata): Map<string, string> {
  const { config, classes, slots, iteration } = same;
  const base = baseFacts(config);
  const stored: StoredMetadata = { ...same, sample_seed: sampleSeed, data_cursor: dataCursor };
  const values: Record<string, unknown> = {
    ...stored,
    kimg: (iteration * imagesPerIteration(config)) / 1000,
    generator: {
      base: config.base,
      resolution: config.resolution,
      latent: base.latent(config),
      ...base.metadata(config),
      classes: classes.length,
      clusters: slots.length,
    },
  };
  return new Map([
    ['format', checkpointFormat],
    ['format_version', String(checkpointVersion)],
    ...Object.entries(values).map(([key, value]): [string, string] => [key, JSON.stringify(value)]),
  ]);
}

function parseValue(key: string, strings: ReadonlyMap<string, string>): unknown {
  const text = strings.get(key);
  if (text === undefined) throw unusable(`"${key}" is missing`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(`"${key}" is damaged`, error);
  }
}

function checkFormat(strings: ReadonlyMap<string, string>): void {
  if (strings.get('format') !== checkpointFormat) throw unusable('It is a safetensors file, but not one of the studio');
  const version = Number(strings.get('format_version'));
  if (!Number.isInteger(version) || version < 1) throw unusable('It does not say which version of the format it has');
  if (version > checkpointVersion)
    throw unusable(`It was made by a newer studio (format ${version}, this one reads up to ${checkpointVersion})`);
}

/** Slots must be numbered in order and belong to classes; every class has at least one. */
function checkSlots({ slots, classes }: StoredMetadata): void {
  const numbered = slots.every(({ slot, classIndex }, i) => slot === i && classIndex < classes.length);
  const used = new Set(slots.map(({ classIndex }) => classIndex));
  if (!numbered || used.size !== classes.length || slots.length === 0)
    throw unusable('Its list of clusters does not fit its list of classes');
}

/** Keys that a file may lack. */
const mayLack: readonly string[] = ['course', 'critic', 'matte'] satisfies (keyof StoredMetadata)[];

/** @throws StudioError format */
export function metadataFromStrings(strings: ReadonlyMap<string, string>): CheckpointMetadata {
  checkFormat(strings);
  const keys = Object.keys(metadataSchema.entries).filter((key) => !mayLack.includes(key) || strings.has(key));
  const parsed = Object.fromEntries(keys.map((key) => [key, parseValue(key, strings)]));
  const result = v.safeParse(metadataSchema, parsed);
  if (!result.success) {
    const [issue] = result.issues;
    throw unusable(`"${v.getDotPath(issue) ?? 'metadata'}" is not what it should be: ${issue.message}`);
  }
  checkSlots(result.output);
  const { sample_seed: sampleSeed, data_cursor: dataCursor, ...same } = result.output;
  return { ...same, sampleSeed, dataCursor };
}
