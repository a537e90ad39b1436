/** StyleGAN2-ADA, without its engine: sizes, settings, and what is said of it. Not in the table of base models yet. */
import type * as v from 'valibot';
import { channelsAt, sidesOf } from '../../../nn/stylegan2/layout';
import {
  discriminatorPlan,
  generatorPlan,
  statisticsPlan,
  type StyleCriticShape,
  type StyleGeneratorShape,
} from '../../../nn/stylegan2/plan';
import type { ConditionShape } from '../../../nn/conditionTable';
import type { styleGan2Entries } from '../../../shared/baseConfigs/stylegan2';
import type { RunConfig } from '../../../shared/config';
import type { BaseOutline } from '../baseFacts';

export type StyleGan2Config = RunConfig & v.InferOutput<v.ObjectSchema<typeof styleGan2Entries, undefined>>;

function sizeOf({ resolution, channels }: StyleGan2Config) {
  return { resolution, channelBase: channels.base, channelMost: channels.most };
}

export function generatorShapeOf(config: StyleGan2Config, conditions: ConditionShape): StyleGeneratorShape {
  const { latent, mappingLayers } = config.generator;
  return { ...conditions, ...sizeOf(config), latent, mappingLayers };
}

export function discriminatorShapeOf(config: StyleGan2Config, conditions: ConditionShape): StyleCriticShape {
  return { ...conditions, ...sizeOf(config), deviationGroup: config.deviationGroup };
}

/** Values of all maps of one picture, `maps` of each size. */
function values(config: StyleGan2Config, maps: number): number {
  const size = sizeOf(config);
  return sidesOf(size).reduce((sum, side) => sum + maps * channelsAt(size, side) * side * side, 0);
}

export const styleGan2Outline: BaseOutline<StyleGan2Config> = {
  title: 'StyleGAN2-ADA',
  fields: { networks: [], optimizer: [] },
  resolutions: [32, 64, 128, 256],
  latent: ({ generator }) => generator.latent,
  plans: (config, conditions) => {
    const shape = generatorShapeOf(config, conditions);
    return {
      generator: generatorPlan(shape),
      statistics: statisticsPlan(shape),
      discriminator: discriminatorPlan(discriminatorShapeOf(config, conditions)),
    };
  },
  // In G each of a size's two convolutions keeps its scaled input, what it gives before demodulation, and its result; in
  // D its input and its result.
  activations: (config) => ({ generator: values(config, 8), discriminator: values(config, 4) }),
  memoryLevers: ({ channels }) => [{ name: 'most channels', value: channels.most, least: 16, multiple: 4 }],
  summary: ({ channels, generator }) => `StyleGAN2-ADA, ${channels.most} channels at most, latent ${generator.latent}`,
  metadata: ({ channels, generator }) => ({ channels, mappingLayers: generator.mappingLayers }),
};
