/**
 * The networks of a run and their parameters: generator, its moving average with standing statistics, discriminator and, where CLIP is
 * used, the head on it. Made from a configuration and a seed; the same seed gives the same weights.
 */
import { ParameterSet } from '../gpu/parameter';
import { addDiscriminatorParameters, Discriminator } from '../nn/biggan/discriminator';
import { addGeneratorParameters, addGeneratorStatistics, Generator, type GeneratorShape } from '../nn/biggan/generator';
import { addClipHeadParameters, ClipHead } from '../nn/clipHead';
import type { ConditionShape } from '../nn/conditionTable';
import type { RunConfig } from '../shared/config';
import { CounterRandom } from '../shared/rng';
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
  return { ...conditions, ...config.generator };
}

/** @param clipDim dimension of CLIP's features; null where no CLIP takes part */
export function createNetworks(config: RunConfig, conditions: ConditionShape, clipDim: number | null): Networks {
  const random = (stream: number): CounterRandom => new CounterRandom(config.seed, stream);
  const shape = generatorShapeOf(config, conditions);
  const generatorSet = new ParameterSet('generator');
  addGeneratorParameters(generatorSet, shape, random(streams.generatorInit));
  const averagedSet = generatorSet.twin('averagedGenerator', 'copy');
  const statistics = new ParameterSet('statistics');
  addGeneratorStatistics(statistics, shape);
  const discriminatorShape = { ...conditions, ...config.discriminator };
  const discriminatorSet = new ParameterSet('discriminator');
  addDiscriminatorParameters(discriminatorSet, discriminatorShape, random(streams.discriminatorInit));
  const headSet = clipDim === null ? null : new ParameterSet('clipHead');
  if (headSet && clipDim !== null) addClipHeadParameters(headSet, clipDim, random(streams.clipHeadInit));
  return {
    generator: new Generator(shape, generatorSet, null),
    averaged: new Generator(shape, averagedSet, statistics),
    statistics,
    discriminator: new Discriminator(discriminatorShape, discriminatorSet),
    clipHead: headSet && new ClipHead(headSet),
    dispose() {
      for (const set of [generatorSet, averagedSet, statistics, discriminatorSet, headSet]) set?.dispose();
    },
  };
}
