/**
 * The networks of a run: those of its base model and, where CLIP is used, the head on it. Made from a configuration and
 * a seed; the same seed gives the same weights.
 */
import { ClipHead, clipHeadPlan, type ClipShape } from '../../nn/clipHead';
import type { ConditionShape } from '../../nn/conditionTable';
import { NetworkParameters, untrained } from '../../nn/networkParameters';
import type { RunConfig } from '../../shared/config';
import { CounterRandom } from '../../shared/rng';
import type { Networks } from '../training/step';
import { streams } from '../training/streams';
import { baseFacts } from './facts';
import { baseModel } from './registry';

/** @param clip null where no CLIP takes part */
export function createNetworks(config: RunConfig, conditions: ConditionShape, clip: ClipShape | null): Networks {
  const random = (stream: number): CounterRandom => new CounterRandom(config.seed, stream);
  const base = baseModel(config);
  const plans = baseFacts(config).plans(config, conditions);
  const weights = NetworkParameters.create('generator', plans.generator, random(streams.generatorInit));
  const generator = base.generator(config, conditions, {
    weights,
    averaged: weights.sibling('averagedGenerator'),
    statistics: untrained('statistics', plans.statistics, random(streams.statisticsInit)),
  });
  const critic = NetworkParameters.create('discriminator', plans.discriminator, random(streams.discriminatorInit));
  const clipHead = clip && NetworkParameters.create('clipHead', clipHeadPlan(clip), random(streams.clipHeadInit));
  return {
    generator,
    discriminator: base.discriminator(config, conditions, critic),
    clipHead: clipHead && new ClipHead(clipHead),
    dispose() {
      for (const part of [generator, critic, clipHead]) part?.dispose();
    },
  };
}
