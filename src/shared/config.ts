/**
 * The configuration of a run: one schema that is validated wherever a configuration enters (page, worker, checkpoint,
 * command line). It is a variant on `base`: fields of one base model alone lie in `baseConfigs/`, one file a base.
 * `restoreConfig` takes configurations that were stored by earlier versions of the studio. Values marked [P] in
 * docs/method.md come from the paper; all numbers here are our own settings or those of the base models' public
 * configurations (docs/method.md, section 7).
 */
import * as v from 'valibot';
import { bigGanEntries } from './baseConfigs/biggan';
import { ada, prompts, shared } from './baseConfigs/presetParts';
import { styleGan2Entries } from './baseConfigs/stylegan2';
import { styleGan2Presets } from './baseConfigs/stylegan2Presets';
import { configVersion, count, fraction, nonNegative, positive } from './baseConfigs/values';

/** Fields that all base models have. */
const common = {
  version: v.literal(configVersion),
  seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)),
  /** Length of the run in thousands of real images shown to the discriminator. */
  kimg: positive,
  batch: v.pipe(count, v.minValue(2)),
  /** Discriminator updates per generator update. */
  discriminatorSteps: count,
  /**
   * Exponential moving average of the generator's weights: half-life in kimg, copied (not averaged) before `startKimg`.
   * With `rampUp` the half-life is at most that share of the images shown so far; 0 = no such limit.
   */
  ema: v.object({ halfLifeKimg: positive, startKimg: nonNegative, rampUp: v.optional(nonNegative, 0) }),
  /** Conditioning weight lambda ramps 0 -> 1 between these fractions of the run. */
  conditioning: v.object({ rampStart: fraction, rampEnd: fraction }),
  /**
   * CLIP head: weight, start = min(startMaxKimg, startFraction of the run), ramp length as a fraction of the run. 0
   * weight = no head.
   */
  clipHead: v.object({
    weight: nonNegative,
    startFraction: fraction,
    startMaxKimg: nonNegative,
    rampFraction: fraction,
    /**
     * Whose image tower more heads look into, at maps of tokens: 'eyes', the CLIP that looks at the pictures, 'critic',
     * the one that judges samples, or 'none'. A transformer's from 64 px on; a convolutional tower's at every resolution
     * where 'eyes' says so. A configuration that says nothing is older than the choice, and means 'critic'.
     */
    tokenHeads: v.optional(v.picklist(['eyes', 'critic', 'none']), 'critic'),
  }),
  augment: v.object({
    /**
     * 'diffAugment': the switches below, always on. 'ada': all transformations of StyleGAN2-ADA's `bgc`, with a
     * probability that the run adjusts. 'none': nothing.
     */
    mode: v.optional(v.picklist(['diffAugment', 'ada', 'none']), 'diffAugment'),
    /** ADA: mean sign of D on reals that its probability is steered to, and kimg in which it may go from 0 to 1. */
    adaTarget: v.optional(fraction, 0.6),
    adaKimg: v.optional(positive, 500),
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
    /** Clusters of every class; 0 leaves it to the number of pictures. Never more than a class has trusted pictures. */
    clustersPerClass: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
    /** Probability that a soft condition is replaced by a one-hot draw from it. */
    hardDrawProbability: fraction,
  }),
  prompts: v.object({
    /** Learnt context vectors a slot (M). */
    contextLength: v.picklist([4, 16]),
    /**
     * 'adam': Adam, its peak rate in units of the CLIP's token vectors. 'coop': CoOp's stochastic gradient descent
     * (src/lcp/prompts/promptRate.ts has both). A configuration that names none is older than the choice, and means
     * CoOp's.
     */
    recipe: v.optional(v.picklist(['adam', 'coop']), 'coop'),
    /** Passes over the trusted pictures; 0 = as many as the recipe needs. */
    epochs: v.pipe(v.number(), v.integer(), v.minValue(0)),
    /** Pictures of a step; 0 = as many as the recipe takes. */
    batch: v.pipe(v.number(), v.integer(), v.minValue(0)),
    /** Adam's peak rate, in standard deviations of the CLIP's token vectors. */
    adamRate: v.optional(positive, 0.4),
    /** CoOp's rate, in the units of OpenAI's CLIP; what other CLIPs learn at follows from it. */
    rate: positive,
    /**
     * Prompts that pass the text tower at once: bounds the memory that prompt training takes. The result does not
     * depend on it.
     */
    slotChunk: v.optional(count, 32),
    /** Labels, clusters and prompts are gone through anew every so many kimg; 0 = never after the start. */
    refreshKimg: v.optional(nonNegative, 0),
  }),
  /**
   * Switches that take one part of the algorithm out, for comparisons (docs/method.md, section 9;
   * `src/shared/ablations.ts` names the standard ones).
   */
  ablation: v.optional(
    v.object({
      /** Train on labeled pictures only: the others enter no loss, cluster or prompt. */
      labeledOnly: v.boolean(),
      /** 'oneHot': every picture belongs to its strongest cluster alone, instead of to a mixture. */
      conditions: v.picklist(['soft', 'oneHot']),
      /**
       * What the CLIP head is conditioned on: a learnt prompt a cluster, a learnt prompt a class, or mean picture
       * features without any prompt.
       */
      prompts: v.picklist(['clusters', 'classes', 'imageCentroids']),
      /** lambda = 1 throughout, in place of the ramp in `conditioning`. */
      conditionFromStart: v.boolean(),
      /**
       * One logit a(x) + <phi, e(u)>, as in BigGAN's own projection discriminator, in place of two with a hinge each.
       * lambda then has no say in it.
       */
      jointLogit: v.boolean(),
    }),
    { labeledOnly: false, conditions: 'soft', prompts: 'clusters', conditionFromStart: false, jointLogit: false },
  ),
  /** Columns of the sample grid (fixed latents). */
  sampleColumns: v.pipe(count, v.maxValue(32)),
};

export const runConfigSchema = v.variant('base', [
  v.object({ ...common, ...bigGanEntries }),
  v.object({ ...common, ...styleGan2Entries }),
]);

export type RunConfig = v.InferOutput<typeof runConfigSchema>;
/** What configurations of all base models have. */
export type CommonConfig = { [K in keyof typeof common]: v.InferOutput<(typeof common)[K]> };
/** A base model by its name in configurations. */
export type Base = RunConfig['base'];
export type ConfigOf<B extends Base> = Extract<RunConfig, { base: B }>;
/** Presets of all base models; each belongs to one of them. */
export type PresetId = Exclude<RunConfig['preset'], 'custom'>;
/** The configurations of the base model that a preset belongs to. */
export type ConfigOfPreset<P extends PresetId, C = RunConfig> = C extends RunConfig
  ? P extends C['preset']
    ? C
    : never
  : never;

const bigGan = { ...shared, base: 'biggan', resolution: 32, attention: false } as const;

/** Presets of all base models; here those of BigGAN, from a smoke test to its public CIFAR configuration. */
export const presets: { readonly [P in PresetId]: ConfigOfPreset<P> } = {
  tiny: {
    ...bigGan,
    preset: 'tiny',
    kimg: 4,
    batch: 8,
    discriminatorSteps: 1,
    generator: { width: 32, latent: 32, embedding: 32, latentAtBlocks: true },
    discriminator: { width: 32 },
    optimizer: { generatorRate: 5e-4, discriminatorRate: 5e-4, beta1: 0, beta2: 0.99, epsilon: 1e-6 },
    ema: { halfLifeKimg: 0.3, startKimg: 0.4, rampUp: 0 },
    augment: { ...ada, color: true, translation: true, cutout: true, consistency: 0, horizontalFlip: true },
    prompts,
  },
  standard: {
    ...bigGan,
    preset: 'standard',
    kimg: 1000,
    batch: 50,
    discriminatorSteps: 4,
    generator: { width: 128, latent: 128, embedding: 128, latentAtBlocks: true },
    discriminator: { width: 128 },
    optimizer: { generatorRate: 2e-4, discriminatorRate: 2e-4, beta1: 0, beta2: 0.999, epsilon: 1e-6 },
    ema: { halfLifeKimg: 20, startKimg: 20, rampUp: 0 },
    augment: { ...ada, color: true, translation: true, cutout: true, consistency: 10, horizontalFlip: true },
    prompts,
  },
  cifar: {
    ...bigGan,
    preset: 'cifar',
    kimg: 10_000,
    batch: 50,
    discriminatorSteps: 4,
    generator: { width: 256, latent: 128, embedding: 128, latentAtBlocks: false },
    discriminator: { width: 256 },
    optimizer: { generatorRate: 2e-4, discriminatorRate: 2e-4, beta1: 0, beta2: 0.999, epsilon: 1e-6 },
    // EMA 0.9999 an iteration of 4 x 50 reals: half-life ln 2 / 1e-4 iterations = 6,931 x 200 images; from iteration
    // 1,000 on.
    ema: { halfLifeKimg: 1386, startKimg: 200, rampUp: 0 },
    augment: { ...ada, color: false, translation: true, cutout: true, consistency: 10, horizontalFlip: true },
    prompts,
  },
  ...styleGan2Presets,
};

/** A configuration under another name. @param preset one of its base model's, or `custom` */
export function namedConfig(config: RunConfig, preset: RunConfig['preset']): RunConfig {
  return { ...config, preset } as RunConfig;
}

/** Validates an unknown value; throws valibot's `ValiError` with the path of the first field that is wrong. */
export function parseRunConfig(value: unknown): RunConfig {
  return v.parse(runConfigSchema, value);
}

/**
 * A configuration, whole or in part, as an earlier version stored it, in today's terms; not validated. Version 1 had one
 * base model, and no ramp of the moving average: defaults say both.
 */
export function migrateConfig(value: unknown): unknown {
  const isFirst = typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
  return isFirst ? { ...value, version: configVersion } : value;
}

/** A configuration as any version of the studio stored it, for a schema that it is a part of. */
export const storedConfigSchema = v.pipe(v.unknown(), v.transform(migrateConfig), runConfigSchema);

/** A stored configuration in today's form; null where it is damaged or of a newer version of the studio. */
export function restoreConfig(value: unknown): RunConfig | null {
  const restored = v.safeParse(storedConfigSchema, value);
  return restored.success ? restored.output : null;
}

/** Real images shown to the discriminator by one iteration (all its D steps together). */
export function imagesPerIteration(config: RunConfig): number {
  return config.batch * config.discriminatorSteps;
}

/** Number of iterations of the whole run, at least 1. */
export function totalIterations(config: RunConfig): number {
  return Math.max(1, Math.ceil((config.kimg * 1000) / imagesPerIteration(config)));
}
