/**
 * GPU memory of both networks in training, without CLIP, worked out from a configuration's numbers alone, so that the
 * page can say it before anything is built.
 */
import type { ConditionShape } from '../../nn/conditionTable';
import { countOf } from '../../nn/parameterPlan';
import type { RunConfig } from '../../shared/config';
import { baseFacts } from './facts';

/** Bytes of weights, Adam's moments and the average, and of the larger step; roughly. */
export function trainingBytes(config: RunConfig, conditions: ConditionShape): number {
  const plans = baseFacts(config).plans(config, conditions);
  // Generator: weight, two moments, average. Discriminator: without the average.
  const kept = 4 * countOf(plans.generator) + 3 * countOf(plans.discriminator);
  return 4 * kept + stepBytes(config, conditions);
}

/**
 * Bytes of what lives during a step: maps and gradients, roughly. Steps take the same memory one after the other
 * (src/gpu/capture/bufferPool.ts), so it is the larger step's. The discriminator's keeps maps of every kind of picture
 * that it judges, for the generator's fakes are drawn without keeping any; the generator's keeps those of both networks.
 */
export function stepBytes(config: RunConfig, conditions: ConditionShape): number {
  const base = baseFacts(config);
  const plans = base.plans(config, conditions);
  const { generator, discriminator } = base.activations(config);
  // Reals and fakes; for consistency plain reals, too.
  const kinds = config.augment.consistency > 0 ? 3 : 2;
  const maps = config.batch * Math.max(kinds * discriminator, generator + discriminator);
  return 4 * (maps + Math.max(countOf(plans.generator), countOf(plans.discriminator)));
}
