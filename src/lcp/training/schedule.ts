/**
 * What changes over a run by schedule (docs/method.md, section 5): the conditioning weight lambda, the CLIP head's
 * weight lambda_clip and the decay of the generator's moving average. Pure functions of the configuration and of the
 * position in the run; the position is counted in kimg, thousands of real images that the discriminator has been shown.
 */
import { imagesPerIteration, type RunConfig } from '../../shared/config';

/** kimg shown before iteration `iteration` (counted from 0). */
export function kimgAt(config: RunConfig, iteration: number): number {
  return (iteration * imagesPerIteration(config)) / 1000;
}

/** 0 before `start`, 1 from `start + length` on, linear between. A length of 0 is a step at `start`. */
function ramp(position: number, start: number, length: number): number {
  if (position < start) return 0;
  return length > 0 ? Math.min(1, (position - start) / length) : 1;
}

/**
 * lambda in [0, 1]: 0 until `conditioning.rampStart` of the run, 1 from `conditioning.rampEnd` on; as an ablation 1
 * throughout.
 */
export function conditioningWeight(config: RunConfig, kimg: number): number {
  if (config.ablation.conditionFromStart) return 1;
  const { rampStart, rampEnd } = config.conditioning;
  return ramp(kimg, rampStart * config.kimg, Math.max(0, rampEnd - rampStart) * config.kimg);
}

/** kimg at which the CLIP head joins: a raw generator would be overpowered by a pre-trained critic. */
export function clipHeadStart(config: RunConfig): number {
  return Math.min(config.clipHead.startMaxKimg, config.clipHead.startFraction * config.kimg);
}

/** lambda_clip in [0, `clipHead.weight`]. */
export function clipHeadWeight(config: RunConfig, kimg: number): number {
  return config.clipHead.weight * ramp(kimg, clipHeadStart(config), config.clipHead.rampFraction * config.kimg);
}

/**
 * Decay of the moving average in the update that ends iteration `iteration`: average = decay * average + (1 - decay) *
 * weights. 0, a plain copy, until `ema.startKimg` kimg have been shown; after that such that a weight's share halves
 * every `ema.halfLifeKimg` kimg, or every `ema.rampUp` of the kimg shown before where that is less.
 */
export function emaDecay(config: RunConfig, iteration: number): number {
  const { startKimg, halfLifeKimg, rampUp } = config.ema;
  if (kimgAt(config, iteration + 1) <= startKimg) return 0;
  const halfLife = rampUp > 0 ? Math.min(halfLifeKimg, rampUp * kimgAt(config, iteration)) : halfLifeKimg;
  return Math.pow(0.5, imagesPerIteration(config) / 1000 / halfLife);
}

/** Everything that the schedule sets for one iteration. */
export interface IterationSchedule {
  iteration: number;
  kimg: number;
  lambda: number;
  lambdaClip: number;
  emaDecay: number;
}

export function scheduleAt(config: RunConfig, iteration: number): IterationSchedule {
  const kimg = kimgAt(config, iteration);
  return {
    iteration,
    kimg,
    lambda: conditioningWeight(config, kimg),
    lambdaClip: clipHeadWeight(config, kimg),
    emaDecay: emaDecay(config, iteration),
  };
}

/** Limits under which a data set counts as small for the CLIP head (docs/method.md, section 7). */
export const smallData = { imagesPerClass: 25, images: 150, clipWeight: 0.5 };

/**
 * Halves the CLIP head's weight on very small data sets, where it invites memorisation; otherwise returns `config`
 * itself.
 */
export function adaptToDataSize(config: RunConfig, imageCount: number, classCount: number): RunConfig {
  const small = imageCount < smallData.images || imageCount < smallData.imagesPerClass * classCount;
  if (!small || config.clipHead.weight <= smallData.clipWeight) return config;
  return { ...config, clipHead: { ...config.clipHead, weight: smallData.clipWeight } };
}
