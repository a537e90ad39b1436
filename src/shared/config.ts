/**
 * The configuration of a run: one schema that is validated wherever a configuration enters (page, worker, checkpoint,
 * command line). Values marked [P] in algorithm.md come from the paper; all numbers here are our own settings or those of the base models'
 * public configurations (algorithm.md, section 7).
 */
import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.gtValue(0));
const nonNegative = v.pipe(v.number(), v.minValue(0));

export const runConfigSchema = v.object({
  version: v.literal(1),
  preset: v.picklist(['tiny', 'standard', 'cifar', 'custom']),
  base: v.literal('biggan'),
  /** Output edge length in pixels. */
  resolution: v.picklist([32]),
  seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)),
  /** Length of the run in thousands of real images shown to the discriminator. */
  kimg: positive,
  batch: v.pipe(count, v.minValue(2)),
  /** Discriminator updates per generator update. */
  discriminatorSteps: count,
  generator: v.object({ width: v.pipe(count, v.multipleOf(4)), latent: count, embedding: count }),
  discriminator: v.object({ width: v.pipe(count, v.multipleOf(4)) }),
  optimizer: v.object({
    generatorRate: positive,
    discriminatorRate: positive,
    beta1: fraction,
    beta2: fraction,
    epsilon: positive,
  }),
  /** Exponential moving average of the generator's weights: half-life in kimg, copied (not averaged) before `startKimg`. */
  ema: v.object({ halfLifeKimg: positive, startKimg: nonNegative }),
  /** Conditioning weight lambda ramps 0 -> 1 between these fractions of the run. */
  conditioning: v.object({ rampStart: fraction, rampEnd: fraction }),
  /** CLIP head: weight, start = min(startMaxKimg, startFraction of the run), ramp length as a fraction of the run. 0 weight = no head. */
  clipHead: v.object({ weight: nonNegative, startFraction: fraction, startMaxKimg: nonNegative, rampFraction: fraction }),
  augment: v.object({
    color: v.boolean(),
    translation: v.boolean(),
    cutout: v.boolean(),
    /** Weight of the consistency term between D(x) and D(T(x)) on reals; 0 = off. */
    consistency: nonNegative,
    horizontalFlip: v.boolean(),
  }),
  partition: v.object({
    /** Trusted images a cluster, from which the number of clusters follows. */
    imagesPerCluster: count,
    maxClusters: count,
    /** Probability that a soft condition is replaced by a one-hot draw from it. */
    hardDrawProbability: fraction,
  }),
  prompts: v.object({
    /** Learnt context vectors a slot (M). */
    contextLength: v.picklist([4, 16]),
    epochs: count,
    batch: count,
    rate: positive,
  }),
  /** Columns of the sample grid (fixed latents). */
  sampleColumns: v.pipe(count, v.maxValue(32)),
});

export type RunConfig = v.InferOutput<typeof runConfigSchema>;
export type PresetId = Exclude<RunConfig['preset'], 'custom'>;

const shared = {
  version: 1,
  base: 'biggan',
  resolution: 32,
  seed: 1,
  conditioning: { rampStart: 0.08, rampEnd: 0.16 },
  clipHead: { weight: 1, startFraction: 0.1, startMaxKimg: 500, rampFraction: 0.05 },
  partition: { imagesPerCluster: 40, maxClusters: 8, hardDrawProbability: 0.5 },
  sampleColumns: 8,
} as const;

/** Presets, from a smoke test to BigGAN's public CIFAR configuration. */
export const presets: Record<PresetId, RunConfig> = {
  tiny: {
    ...shared,
    preset: 'tiny',
    kimg: 4,
    batch: 8,
    discriminatorSteps: 1,
    generator: { width: 32, latent: 32, embedding: 32 },
    discriminator: { width: 32 },
    optimizer: { generatorRate: 5e-4, discriminatorRate: 5e-4, beta1: 0, beta2: 0.99, epsilon: 1e-6 },
    ema: { halfLifeKimg: 0.3, startKimg: 0.4 },
    augment: { color: true, translation: true, cutout: true, consistency: 0, horizontalFlip: true },
    // CoOp's rate was set for OpenAI's CLIP; clip-nano, with its smaller logit scale and larger token vectors, hardly moves at it in a few epochs.
    prompts: { contextLength: 4, epochs: 8, batch: 32, rate: 0.2 },
  },
  standard: {
    ...shared,
    preset: 'standard',
    kimg: 1000,
    batch: 50,
    discriminatorSteps: 4,
    generator: { width: 128, latent: 128, embedding: 128 },
    discriminator: { width: 128 },
    optimizer: { generatorRate: 2e-4, discriminatorRate: 2e-4, beta1: 0, beta2: 0.999, epsilon: 1e-6 },
    ema: { halfLifeKimg: 20, startKimg: 20 },
    augment: { color: true, translation: true, cutout: true, consistency: 10, horizontalFlip: true },
    prompts: { contextLength: 4, epochs: 50, batch: 32, rate: 0.002 },
  },
  cifar: {
    ...shared,
    preset: 'cifar',
    kimg: 10_000,
    batch: 50,
    discriminatorSteps: 4,
    generator: { width: 256, latent: 128, embedding: 128 },
    discriminator: { width: 256 },
    optimizer: { generatorRate: 2e-4, discriminatorRate: 2e-4, beta1: 0, beta2: 0.999, epsilon: 1e-6 },
    // EMA 0.9999 an iteration of 4 x 50 reals: half-life ln 2 / 1e-4 iterations = 6,931 x 200 images; from iteration 1,000 on.
    ema: { halfLifeKimg: 1386, startKimg: 200 },
    augment: { color: false, translation: true, cutout: true, consistency: 10, horizontalFlip: true },
    prompts: { contextLength: 4, epochs: 50, batch: 32, rate: 0.002 },
  },
};

/** Validates an unknown value; throws valibot's `ValiError` with the path of the first field that is wrong. */
export function parseRunConfig(value: unknown): RunConfig {
  return v.parse(runConfigSchema, value);
}

/** Real images shown to the discriminator by one iteration (all its D steps together). */
export function imagesPerIteration(config: RunConfig): number {
  return config.batch * config.discriminatorSteps;
}

/** Number of iterations of the whole run, at least 1. */
export function totalIterations(config: RunConfig): number {
  return Math.max(1, Math.ceil((config.kimg * 1000) / imagesPerIteration(config)));
}
