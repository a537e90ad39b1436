/**
 * How large the networks of a configuration are, worked out from its numbers alone, so that the page can say so before
 * anything is built. Parameters are counted by the networks' own plans; memory is a rough estimate.
 */
import { baseFacts } from '../lcp/bases/facts';
import { trainingBytes } from '../lcp/bases/trainingMemory';
import { countOf } from '../nn/parameterPlan';
import { totalIterations, type RunConfig } from '../shared/config';

export interface ModelSize {
  generatorParameters: number;
  discriminatorParameters: number;
  /** GPU memory of both networks in training, without CLIP. */
  bytes: number;
}

/**
 * Number of clusters that a data set leads to, where labels and classes are spread evenly (docs/method.md, section 2).
 */
export function expectedSlots(config: RunConfig, classCount: number, imageCount: number): number {
  const { imagesPerCluster, maxClusters, clustersPerClass } = config.partition;
  if (clustersPerClass > 0) return classCount * clustersPerClass;
  const perClass = Math.round(imageCount / Math.max(1, classCount) / imagesPerCluster);
  return classCount * Math.min(maxClusters, Math.max(1, perClass));
}

export function modelSize(config: RunConfig, classCount: number, imageCount: number): ModelSize {
  const conditions = { classCount, slotCount: expectedSlots(config, classCount, imageCount) };
  const plans = baseFacts(config).plans(config, conditions);
  return {
    generatorParameters: countOf(plans.generator),
    discriminatorParameters: countOf(plans.discriminator),
    bytes: trainingBytes(config, conditions),
  };
}

/**
 * Operations of a whole run (a multiplication with its addition counts twice), roughly and without CLIP. Backward passes
 * cost twice as much as forward ones, half of that where only pictures are differentiated.
 */
export function trainingWork(config: RunConfig): number {
  const { generator, discriminator } = baseFacts(config).products(config);
  // A discriminator step: fakes are drawn, and reals and fakes judged; for consistency plain reals, too.
  const kinds = config.augment.consistency > 0 ? 3 : 2;
  const discriminatorStep = generator + 3 * kinds * discriminator;
  const generatorStep = 3 * generator + 2 * discriminator;
  return 2 * 1000 * config.kimg * (discriminatorStep + generatorStep / config.discriminatorSteps);
}

/** Operations a second that a laptop's GPU reaches here, roughly. */
const laptop = 2e12;
/** Seconds that the hundreds of kernels of an iteration take there, however little they compute; a guess, too. */
const iterationSeconds = 0.02;

/** Seconds of a whole run on a laptop's GPU, roughly and without CLIP. */
export function laptopSeconds(config: RunConfig): number {
  return trainingWork(config) / laptop + totalIterations(config) * iterationSeconds;
}

/** Pictures from which ADA is proposed in place of DiffAugment (docs/method.md, section 7). */
const adaImages = 1000;

/** The augmentation that suits a data set of this size. */
export function proposedAugment(imageCount: number): RunConfig['augment']['mode'] {
  return imageCount < adaImages ? 'diffAugment' : 'ada';
}
