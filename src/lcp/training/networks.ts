/**
 * The networks of a run and their parameters: generator, its moving average with standing statistics, discriminator
 * and, where CLIP is used, the head on it. Made from a configuration and a seed; the same seed gives the same weights.
 */
import { ParameterSet } from '../../gpu/parameter';
import { Discriminator, discriminatorPlan, type DiscriminatorShape } from '../../nn/biggan/discriminator';
import { addGeneratorStatistics, Generator, generatorPlan, type GeneratorShape } from '../../nn/biggan/generator';
import { ClipHead, clipHeadPlan, type TokenShape } from '../../nn/clipHead';
import type { ConditionShape } from '../../nn/conditionTable';
import { NetworkParameters } from '../../nn/networkParameters';
import type { RunConfig } from '../../shared/config';
import { CounterRandom } from '../../shared/rng';
import { streams } from './streams';

export interface Networks {
  generator: Generator;
  /** The moving average of `generator`: what samples and exports are made with. */
  averaged: Generator;
  /** Standing batch-norm statistics of `averaged`. */
  statistics: ParameterSet;
  discriminator: Discriminator;
  clipHead: ClipHead | null;
  dispose(): void;
}

export function generatorShapeOf(config: RunConfig, conditions: ConditionShape): GeneratorShape {
  const { resolution, attention } = config;
  return { ...conditions, ...config.generator, resolution, attention };
}

export function discriminatorShapeOf(config: RunConfig, conditions: ConditionShape): DiscriminatorShape {
  const { resolution, attention, ablation } = config;
  return { ...conditions, ...config.discriminator, resolution, attention, joint: ablation.jointLogit };
}

/** What the CLIP head sees. */
export interface ClipShape {
  /** Dimension of CLIP's features. */
  dim: number;
  /** Null without token heads. */
  tokens: TokenShape | null;
}

/** @param clip null where no CLIP takes part */
export function createNetworks(config: RunConfig, conditions: ConditionShape, clip: ClipShape | null): Networks {
  const random = (stream: number): CounterRandom => new CounterRandom(config.seed, stream);
  const shape = generatorShapeOf(config, conditions);
  const discriminatorShape = discriminatorShapeOf(config, conditions);
  const generator = NetworkParameters.create('generator', generatorPlan(shape), random(streams.generatorInit));
  const averaged = generator.twin('averagedGenerator');
  const statistics = new ParameterSet('statistics');
  addGeneratorStatistics(statistics, shape);
  const discriminator = NetworkParameters.create(
    'discriminator',
    discriminatorPlan(discriminatorShape),
    random(streams.discriminatorInit),
  );
  const clipHead =
    clip && NetworkParameters.create('clipHead', clipHeadPlan(clip.dim, clip.tokens), random(streams.clipHeadInit));
  return {
    generator: new Generator(shape, generator, null),
    averaged: new Generator(shape, averaged, statistics),
    statistics,
    discriminator: new Discriminator(discriminatorShape, discriminator),
    clipHead: clipHead && new ClipHead(clipHead),
    dispose() {
      for (const set of [generator, averaged, statistics, discriminator, clipHead]) set?.dispose();
    },
  };
}
