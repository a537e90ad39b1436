/** StyleGAN2-ADA, without its engine: sizes, settings, and what is said of it. */
import { channelsAt, criticBlocks, sidesOf, startSide, styledLayers, styleNumbers } from '../../../nn/stylegan2/layout';
import {
  discriminatorPlan,
  generatorPlan,
  statisticsPlan,
  type StyleCriticShape,
  type StyleGeneratorShape,
} from '../../../nn/stylegan2/plan';
import type { ConditionShape } from '../../../nn/conditionTable';
import type { ConfigOf } from '../../../shared/config';
import type { BaseFacts, StyleCut } from '../baseFacts';
import { networkFields, optimizerFields } from './fields';

export type StyleGan2Config = ConfigOf<'stylegan2'>;

function sizeOf({ resolution, channels }: StyleGan2Config) {
  return { resolution, channelBase: channels.base, channelMost: channels.most };
}

export function generatorShapeOf(config: StyleGan2Config, conditions: ConditionShape): StyleGeneratorShape {
  return { ...conditions, ...sizeOf(config), ...config.generator };
}

/** The least number, at least `parts`, of parts that a batch is divided into. */
export function partsOf(batch: number, parts: number): number {
  let found = Math.min(parts, batch);
  while (batch % found !== 0) found += 1;
  return found;
}

/** The deviation's group: as many pictures as asked for, or the next fewer that divide the parts of all steps. */
function groupOf({ batch, parts, r1, deviationGroup }: StyleGan2Config): number {
  const sizes = [batch / partsOf(batch, parts), batch / partsOf(batch, r1.parts)];
  let group = Math.min(deviationGroup, ...sizes);
  while (sizes.some((size) => size % group !== 0)) group -= 1;
  return group;
}

export function discriminatorShapeOf(config: StyleGan2Config, conditions: ConditionShape): StyleCriticShape {
  const { discriminator, ablation } = config;
  const deviationGroup = groupOf(config);
  return {
    ...conditions,
    ...sizeOf(config),
    deviationGroup,
    residual: discriminator.residual,
    joint: ablation.jointLogit,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Values of all maps of one picture, `maps` of each size. */
function values(config: StyleGan2Config, maps: number): number {
  const size = sizeOf(config);
  return sum(sidesOf(size).map((side) => maps * channelsAt(size, side) * side * side));
}

/** Of the convolutions alone: all else is little beside them. */
function products(config: StyleGan2Config): { generator: number; discriminator: number } {
  const size = sizeOf(config);
  const last = channelsAt(size, startSide);
  return {
    // A transposed convolution takes each input pixel nine times.
    generator: sum(
      styledLayers(size).map(
        ({ kind, up, side, input, output }) => (kind === 'rgb' ? 1 : 9) * input * output * (up ? side / 2 : side) ** 2,
      ),
    ),
    discriminator:
      sum(
        criticBlocks(size).map(({ input, output }, i) => {
          const side = config.resolution / 2 ** i;
          return (
            9 * input * side ** 2 * (input + output / 4) +
            (config.discriminator.residual ? 1 : 0) * input * output * (side / 2) ** 2
          );
        }),
      ) +
      2 * 9 * last ** 2 * startSide ** 2,
  };
}

/** Thirds of the sizes above the first (Karras et al. 2019, section 3.1, at 1024 px: 8, 16 and 64 px). */
const cuts = [
  { name: 'Nearly all', layers: 'coarse', text: 'rows give the rough layout alone.' },
  {
    name: 'Details',
    layers: 'middle',
    text: 'rows give the layout and large shapes, columns parts, colours and texture.',
  },
  { name: 'Colours', layers: 'fine', text: 'rows give all shapes, columns colours and texture.' },
];

/** Each begins with the styles of a size. */
function styleCutsOf(config: StyleGan2Config): StyleCut[] {
  const size = sizeOf(config);
  const [numbers, layers] = [styleNumbers(size), styledLayers(size)];
  const sides = sidesOf(size).filter((side) => side > startSide);
  return cuts.map(({ name, layers: which, text }, third) => {
    const side = sides[Math.floor((third * sides.length) / cuts.length)];
    const from = numbers[layers.findIndex((layer) => layer.side === side)] ?? 1;
    return { name, text: `From the ${which} layers on (${side} px): ${text}`, from };
  });
}

export const styleGan2Facts: BaseFacts<StyleGan2Config> = {
  title: 'StyleGAN2-ADA',
  text: 'Takes longer, and draws better in the end: for a run of hours or days. Pictures of up to 256 pixels, and samples that can be mixed.',
  presets: {
    stylegan2Tiny: {
      title: 'Quick look',
      text: 'Small networks and a short run: shows every part at work, not what it can do.',
    },
    stylegan2: {
      title: 'Standard',
      text: 'A good start on a laptop’s GPU, for a few hundred to several thousand pictures. Channel base 4k.',
    },
    stylegan2Large: {
      title: 'Large',
      text: 'Twice as many channels and three times as long: finer pictures, for a strong GPU. Channel base 8k.',
    },
    stylegan2Cifar: {
      title: 'Long',
      text: 'StyleGAN2-ADA’s public CIFAR configuration: the best quality at 32 pixels, and the longest run: for a data centre’s GPU.',
    },
    stylegan2Auto: {
      title: '128 pixels',
      text: 'The public configuration for pictures of 128 pixels, with a residual discriminator: a long run, for a data centre’s GPU.',
    },
  },
  starts: { gpu: 'stylegan2', software: 'stylegan2Tiny' },
  // After 6 kimg of the sample pictures nothing was recognised yet (docs/evidence.md); longer was not looked at.
  recognisableKimg: null,
  augmentBySize: null,
  fields: { networks: networkFields, optimizer: optimizerFields },
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
  // Maps of a size that live at the height of a step, counted in captured steps as BigGAN's: in G somewhat less than the
  // scaled inputs, results and demodulated results of a size's two convolutions, in D half of that.
  activations: (config) => {
    const parts = partsOf(config.batch, config.parts);
    return { generator: values(config, 6.5) / parts, discriminator: values(config, 3.25) / parts };
  },
  products,
  memoryLevers: ({ channels }) => [{ name: 'channel base', value: channels.base, least: 512, multiple: 4 }],
  styleCuts: styleCutsOf,
  summary: ({ channels, generator }) =>
    `StyleGAN2-ADA, channel base ${channels.base}, ${channels.most} at most, latent ${generator.latent}`,
  metadata: ({ channels, generator: { mappingLayers, joined } }) => ({
    channel_base: channels.base,
    channel_most: channels.most,
    mapping_layers: mappingLayers,
    joined_mapping: joined,
  }),
};
