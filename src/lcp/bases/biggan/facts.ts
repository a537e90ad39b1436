/** BigGAN, without its engine: sizes, settings, and what is said of it. */
import { discriminatorBlocks, generatorBlocks } from '../../../nn/biggan/layout';
import {
  discriminatorPlan,
  generatorPlan,
  statisticsPlan,
  type DiscriminatorShape,
  type GeneratorShape,
} from '../../../nn/biggan/plan';
import type { ConditionShape } from '../../../nn/conditionTable';
import type { ConfigOf } from '../../../shared/config';
import type { BaseFacts } from '../baseFacts';
import { networkFields, optimizerFields } from './fields';

export type BigGanConfig = ConfigOf<'biggan'>;

export function generatorShapeOf(config: BigGanConfig, conditions: ConditionShape): GeneratorShape {
  const { resolution, attention } = config;
  return { ...conditions, ...config.generator, resolution, attention };
}

export function discriminatorShapeOf(config: BigGanConfig, conditions: ConditionShape): DiscriminatorShape {
  const { resolution, attention, ablation } = config;
  return { ...conditions, ...config.discriminator, resolution, attention, joint: ablation.jointLogit };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Maps of a block, each with its channels and area, that live at the height of a step. More are made; those that are
 * through lend their memory to others. Counted in captured steps (src/lcp/bases/trainingMemory.gpu.test.ts).
 */
function activations({ generator, discriminator, resolution, attention }: BigGanConfig) {
  return {
    generator: sum(
      generatorBlocks({ width: generator.width, resolution, attention }).map(
        ({ output, side, attention: attends }) => (attends ? 8 : 5) * output * side ** 2,
      ),
    ),
    discriminator: sum(
      discriminatorBlocks({ width: discriminator.width, resolution, attention }).map(
        ({ output, side, down, attention: attends }) => (attends ? 7.5 : 4.5) * output * (down ? 2 * side : side) ** 2,
      ),
    ),
  };
}

/** Of the 3 x 3 and 1 x 1 convolutions: all else is little beside them. */
function products({ generator, discriminator, resolution, attention }: BigGanConfig) {
  return {
    // The shortcut passes before the map is enlarged.
    generator: sum(
      generatorBlocks({ width: generator.width, resolution, attention }).map(
        ({ input, output, side }) => output * side ** 2 * (9 * (input + output) + input / 4),
      ),
    ),
    // Both convolutions pass before the map is halved.
    discriminator: sum(
      discriminatorBlocks({ width: discriminator.width, resolution, attention }).map(
        ({ input, output, side, down }) => output * (down ? 2 * side : side) ** 2 * (10 * input + 9 * output),
      ),
    ),
  };
}

export const bigGanFacts: BaseFacts<BigGanConfig> = {
  title: 'BigGAN',
  text: 'The lighter of the two: shows something sooner. Pictures of up to 128 pixels.',
  presets: {
    tiny: {
      title: 'Quick look',
      text: 'Small networks and a short run: shows every part at work, not what it can do.',
    },
    standard: { title: 'Standard', text: 'A good start on a GPU, for a few hundred to several thousand pictures.' },
    cifar: {
      title: 'Long',
      text: 'BigGAN’s public CIFAR configuration: the best quality, and by far the longest run: for a strong GPU.',
    },
  },
  starts: { gpu: 'standard', software: 'tiny' },
  // Seen after about 28 kimg of the sample pictures.
  recognisableKimg: 30,
  augmentBySize: 'standard',
  fields: { networks: networkFields, optimizer: optimizerFields },
  resolutions: [32, 64, 128],
  latent: ({ generator }) => generator.latent,
  plans: (config, conditions) => {
    const shape = generatorShapeOf(config, conditions);
    return {
      generator: generatorPlan(shape),
      statistics: statisticsPlan(shape),
      discriminator: discriminatorPlan(discriminatorShapeOf(config, conditions)),
    };
  },
  activations,
  products,
  memoryLevers: ({ generator, discriminator }) => [
    {
      name: 'width of the networks',
      value: Math.max(generator.width, discriminator.width),
      least: 16,
      multiple: 4,
    },
  ],
  styleCuts: () => null,
  summary: ({ generator }) => `BigGAN, generator width ${generator.width}, latent ${generator.latent}`,
  metadata: ({ attention, generator: { embedding, width, latentAtBlocks } }) => ({
    attention,
    embedding,
    width,
    latent_at_blocks: latentAtBlocks,
  }),
};
