/**
 * The random streams of a run. A draw is named by (seed, stream, step), so every use has its own stream and nothing
 * depends on the order in which things are drawn: a run resumed at iteration n draws what the uninterrupted one would
 * have drawn.
 */
export const streams = {
  generatorInit: 1,
  discriminatorInit: 2,
  clipHeadInit: 3,
  promptInit: 4,
  statisticsInit: 5,
  /** Step = discriminator step, counted over the whole run. */
  discriminatorLatents: 10,
  discriminatorAugment: 11,
  discriminatorConditions: 12,
  /** What a generator draws itself, beside its latents. */
  discriminatorNoise: 13,
  /** Augmentation of a gradient penalty's pictures; step = iteration. */
  penaltyAugment: 14,
  /** Where styles are mixed, in the fakes of a discriminator step; step as there. */
  discriminatorMixing: 15,
  /** Step = iteration. */
  generatorLatents: 20,
  generatorAugment: 21,
  generatorConditions: 22,
  generatorNoise: 23,
  generatorMixing: 24,
  /** Latents of the sample grid's columns; step 0. */
  sampleLatents: 30,
  /** Latents that the mean style of a condition is taken over; the seed is 0 and step 0, so that it is the same everywhere. */
  meanStyles: 36,
  /** Latents and conditions of the standing statistics; step = batch number. */
  standingLatents: 31,
  standingConditions: 32,
  /** Latents and conditions of an export's self-check; step = iteration. */
  exportCheck: 33,
  /** Latents and conditions of samples that are measured; the seed is the measurement's own, step 0. */
  evaluationLatents: 34,
  evaluationConditions: 35,
  /** Order of the training images; step = epoch. */
  imageOrder: 29,
  /** Order of the images in the prompts' training; step = epoch. */
  promptOrder: 40,
  /** Pictures held back from the prompts' training, and noise for the check of a start; step 0. */
  promptHeldBack: 41,
  promptStart: 42,
  /** Folds and thinning of the labels in cross-validation; step 0. */
  labelFolds: 50,
  labelThinning: 51,
  /** Starts of spherical k-means; step = class. */
  clusterStarts: 52,
  /** Pictures held back from the discriminator; step 0. */
  heldOut: 60,
  /**
   * Order in which reals are looked at for the health checks, step 0; latents and conditions of the samples, step =
   * round.
   */
  healthReals: 61,
  healthSamples: 62,
} as const;
