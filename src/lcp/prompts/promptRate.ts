/**
 * How long prompts learn and how fast (our own choice; docs/method.md, section 3). Two recipes.
 *
 * 'adam': Adam at a peak rate of `adamRate` sigma, where sigma is the deviation of the CLIP's token vectors. It rises
 * to the peak over the first 5% of the steps and falls to 0 on a cosine. Adam's steps do not depend on the size of the
 * gradient, so sigma is the only unit there is. 150 steps do, 300 for many prompts, however many pictures there are. A
 * step sees 512 of them: what it costs is the text tower, which sees no picture, and with 32 the noise of the gradient
 * was worth one or two points.
 *
 * 'coop': CoOp's stochastic gradient descent, batch 32, 0.002 with momentum 0.9, one warm-up epoch at 1e-5, then a cosine down to
 * 0 over 50 epochs. That rate was set for OpenAI's CLIP: logit scale s0 = 100, token vectors with sigma of about 0.02
 * (that of their initialisation, and of CoOp's own noise). Text towers begin with a layer norm, so their output depends
 * on V / sigma: a gradient with respect to V grows as s0 / sigma, and a step counts in units of sigma. The step
 * relative to the token vectors, rate * gradient / sigma, is therefore what it is for OpenAI's CLIP at
 *
 *   rate' = rate * (100 / s0) * (sigma / 0.02)^2.
 */
import type { RunConfig } from '../../shared/config';

/** OpenAI's CLIP. */
const reference = { logitScale: 100, deviation: 0.02 };
const coopEpochs = 50;
const coopWarmUpRate = 1e-5;
/** Pictures of a step. */
const batches = { adam: 512, coop: 32 } as const;
/** Share of Adam's steps in which the rate rises. */
const warmUp = 0.05;
/** Steps of Adam, and those for `manySlots` prompts or more. */
const adamSteps = { few: 150, many: 300, manySlots: 40 } as const;

/** Root mean square of token vectors about their mean. @param vectors [vocabulary, w], row-major or any part of it */
export function tokenDeviation(vectors: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < vectors.length; i++) {
    const value = vectors[i] as number;
    sum += value;
    squares += value * value;
  }
  const mean = sum / vectors.length;
  return Math.sqrt(Math.max(0, squares / vectors.length - mean * mean));
}

/**
 * Factor on the rates of CoOp's recipe.
 * @param logitScale s0 > 0
 * @param deviation sigma > 0
 * @returns 1 for OpenAI's CLIP, and where a figure is not usable
 */
export function promptRateScale(logitScale: number, deviation: number): number {
  const scale = (reference.logitScale / logitScale) * (deviation / reference.deviation) ** 2;
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}

/** sigma, or OpenAI's where a table of token vectors gives none. */
export function usableDeviation(deviation: number): number {
  return Number.isFinite(deviation) && deviation > 0 ? deviation : reference.deviation;
}

export interface PromptPlan {
  recipe: RunConfig['prompts']['recipe'];
  /** Steps in all; the last epoch may end early. */
  steps: number;
  /** Learning rate of a step, counted from 0. */
  rateAt: (step: number) => number;
}

/** Pictures of a step: as configured, or as the recipe takes them; never more than there are. */
export function promptBatch({ recipe, batch }: Pick<RunConfig['prompts'], 'recipe' | 'batch'>, images: number): number {
  return Math.min(batch || batches[recipe], images);
}

/**
 * @param stepsPerEpoch batches that all trusted pictures make
 * @param deviation sigma of the CLIP in use
 * @param logitScale s0 of the CLIP in use
 */
export function planPrompts(
  config: Pick<RunConfig['prompts'], 'recipe' | 'epochs' | 'adamRate' | 'rate'>,
  {
    stepsPerEpoch,
    slotCount,
    deviation,
    logitScale,
  }: { stepsPerEpoch: number; slotCount: number; deviation: number; logitScale: number },
): PromptPlan {
  const { recipe } = config;
  if (recipe === 'coop') {
    const epochs = config.epochs || coopEpochs;
    const scale = promptRateScale(logitScale, deviation);
    const rateAt = (step: number): number => scale * coopRate(config.rate, epochs, Math.floor(step / stepsPerEpoch));
    return { recipe, steps: epochs * stepsPerEpoch, rateAt };
  }
  const byNeed = slotCount >= adamSteps.manySlots ? adamSteps.many : adamSteps.few;
  const steps = config.epochs > 0 ? config.epochs * stepsPerEpoch : byNeed;
  const peak = config.adamRate * usableDeviation(deviation);
  return { recipe, steps, rateAt: (step) => peak * warmedCosine(step, steps) };
}

/** Up to 1 over the first 5% of the steps, then down to 0 on a cosine. */
function warmedCosine(step: number, steps: number): number {
  const rising = Math.ceil(warmUp * steps);
  if (step < rising) return (step + 1) / (rising + 1);
  return (1 + Math.cos((Math.PI * (step - rising)) / Math.max(1, steps - rising))) / 2;
}

/** CoOp's rate of an epoch, counted from 0. */
function coopRate(rate: number, epochs: number, epoch: number): number {
  if (epoch === 0) return coopWarmUpRate;
  return (rate / 2) * (1 + Math.cos((Math.PI * (epoch - 1)) / Math.max(1, epochs - 1)));
}
