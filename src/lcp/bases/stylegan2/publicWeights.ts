/**
 * Networks of the public StyleGAN2-ADA code, as `scripts/stylegan2Extract.py` writes them, in the studio's terms: raw
 * weights get the gains of the equalised learning rate, filters and pixels change their order, classes become rows of the
 * table. Pictures are drawn exactly. Of the discriminator the trunk is taken over; what judges conditions is the studio's
 * own and begins anew.
 */
import type { NamedArray } from '../../../gpu/parameter';
import type { SafetensorsFile } from '../../../formats/safetensors';
import { channelsAt, criticBlocks, noisyLayers, sidesOf, startSide, styledLayers } from '../../../nn/stylegan2/layout';
import { initialValues } from '../../../nn/networkParameters';
import type { ParameterPlan } from '../../../nn/parameterPlan';
import { presets, type ConfigOf } from '../../../shared/config';
import type { Slot } from '../../../shared/domain';
import { CounterRandom } from '../../../shared/rng';
import { unusable } from '../../checkpoint/checkpointMetadata';
import { permuted } from '../../checkpoint/torchLayout';
import { styleGan2Facts } from './facts';

/** Value of the key `format` of such a file. */
export const publicFormat = 'stylegan2-ada';

type Tensors = SafetensorsFile['tensors'];
type Config = ConfigOf<'stylegan2'>;

/** The public code's factor on the mapping's learning rate. */
const mappingRate = 0.01;
const resolutions = [32, 64, 128, 256] as const;

/** Tensors of the file by name, checked. */
class Source {
  constructor(private readonly tensors: Tensors) {}

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** @throws StudioError 'format' where it is missing or of another rank */
  take(name: string, rank: number): NamedArray {
    const found = this.tensors.get(name);
    if (!found || found.dtype !== 'F32') throw unusable(`"${name}" is missing`);
    if (found.shape.length !== rank) throw unusable(`"${name}" has ${found.shape.length} axes, not ${rank}`);
    return { shape: [...found.shape], data: found.data };
  }

  /** Times a gain, in another order of axes. @param from the array as a box of these sides */
  moved(name: string, rank: number, gain: number, axes: readonly number[], from?: readonly number[]): NamedArray {
    const { shape, data } = this.take(name, rank);
    const sides = from ?? shape;
    const scaled = gain === 1 ? data : data.map((value) => value * gain);
    return { shape: axes.map((axis) => sides[axis] ?? 1), data: permuted(scaled, sides, axes) };
  }

  /** Numbers i of `prefix0`, `prefix1`, ... that are there. */
  count(prefix: string): number {
    let found = 0;
    while (this.has(`${prefix}${found}.weight`)) found += 1;
    return found;
  }
}

/** [in, out] of the public [out, in]. */
function dense(source: Source, from: string, to: string, rate = 1): [string, NamedArray][] {
  const inputs = source.take(`${from}.weight`, 2).shape[1] ?? 1;
  return [
    [`${to}.weight`, source.moved(`${from}.weight`, 2, rate / Math.sqrt(inputs), [1, 0])],
    [`${to}.bias`, source.moved(`${from}.bias`, 1, rate, [0])],
  ];
}

/** [KH, KW, in, out] of the public [out, in, KH, KW]. */
function filter(source: Source, name: string, gained: boolean, axes = [2, 3, 1, 0]): NamedArray {
  const [, inputs = 1, height = 1, width = 1] = source.take(name, 4).shape;
  return source.moved(name, 4, gained ? 1 / Math.sqrt(inputs * height * width) : 1, axes);
}

/** @throws StudioError 'format' where they are not those of a network that the studio has */
function configOf(source: Source): { config: Config; classCount: number } {
  const sides = [4, 8, 16, 32, 64, 128, 256, 512, 1024].filter((side) =>
    source.has(`G_ema.synthesis.b${side}.conv1.weight`),
  );
  const resolution = resolutions.find((each) => each === sides.at(-1));
  if (!resolution)
    throw unusable(`It draws pictures of ${sides.at(-1) ?? 0} pixels; the studio has ${resolutions.join(', ')}`);
  const widths = sidesOf({ resolution, channelBase: 1, channelMost: 1 }).map(
    (side) => source.take(`G_ema.synthesis.b${side}.conv1.weight`, 4).shape[0] ?? 0,
  );
  const most = Math.max(...widths);
  const channels = { base: (widths.at(-1) ?? 0) * resolution, most };
  const [latent = 0] = source.take('G_ema.mapping.fc0.weight', 2).shape;
  const joined = source.has('G_ema.mapping.embed.weight');
  const residual = source.has(`D.b${resolution}.skip.weight`);
  const { stylegan2Cifar: cifar, stylegan2Auto: auto } = presets;
  const config: Config = {
    ...(residual ? auto : cifar),
    preset: 'custom',
    resolution,
    channels,
    generator: { latent, mappingLayers: source.count('G_ema.mapping.fc'), joined },
    discriminator: { residual },
  };
  const classCount = joined ? (source.take('G_ema.mapping.embed.weight', 2).shape[1] ?? 0) : 1;
  return { config, classCount };
}

/** A row for each class: the column of the public layer and its bias; none of clusters' own, of which there is one a class. */
function table(source: Source, classCount: number): NamedArray {
  const name = 'G_ema.mapping.embed';
  const columns = source.moved(`${name}.weight`, 2, 1 / Math.sqrt(classCount), [1, 0]);
  const bias = source.take(`${name}.bias`, 1).data;
  const width = bias.length;
  const data = new Float32Array(2 * classCount * width);
  columns.data.forEach((value, i) => (data[i] = value + (bias[i % width] ?? 0)));
  return { shape: [2 * classCount, width], data };
}

function generatorTensors(
  source: Source,
  { resolution, channels, generator }: Config,
  classCount: number,
): [string, NamedArray][] {
  const layers = styledLayers({ resolution, channelBase: channels.base, channelMost: channels.most });
  const publicName = (name: string): string => `G_ema.synthesis.${name.replace('.rgb', '.torgb')}`;
  const affines = layers.map(({ name }) =>
    dense(source, `${publicName(name)}.affine`, 'affine').map(([, array]) => array),
  );
  const width = layers.reduce((sum, { input }) => sum + input, 0);
  const weight = new Float32Array(generator.latent * width);
  const bias = new Float32Array(width);
  let at = 0;
  for (const [styles, offsets] of affines) {
    const own = offsets?.data.length ?? 0;
    for (let row = 0; row < generator.latent; row++)
      weight.set(styles?.data.subarray(row * own, (row + 1) * own) ?? [], row * width + at);
    bias.set(offsets?.data ?? [], at);
    at += own;
  }
  return [
    ...(generator.joined ? [['mapping.embedding.weight', table(source, classCount)] as [string, NamedArray]] : []),
    ...Array.from({ length: generator.mappingLayers }, (_, i) =>
      dense(source, `G_ema.mapping.fc${i}`, `mapping.fc${i}`, mappingRate),
    ).flat(),
    ['affine.weight', { shape: [generator.latent, width], data: weight }],
    ['affine.bias', { shape: [width], data: bias }],
    ['const', source.moved('G_ema.synthesis.b4.const', 3, 1, [1, 2, 0])],
    ...layers.flatMap(({ name, kind, up }): [string, NamedArray][] => [
      // A transposed convolution has its outputs first here. Demodulation makes up for the gain of the others.
      [`${name}.weight`, filter(source, `${publicName(name)}.weight`, kind === 'rgb', up ? [2, 3, 0, 1] : undefined)],
      [`${name}.bias`, source.take(`${publicName(name)}.bias`, 1)],
      ...(kind === 'conv'
        ? [[`${name}.noise`, source.take(`${publicName(name)}.noise_strength`, 0)] as [string, NamedArray]]
        : []),
    ]),
  ];
}

function statisticsTensors(source: Source, { resolution, channels, generator }: Config): [string, NamedArray][] {
  const size = { resolution, channelBase: channels.base, channelMost: channels.most };
  const noise = noisyLayers(size).map(({ name }) => source.take(`G_ema.synthesis.${name}.noise_const`, 2).data);
  const values = Float32Array.from(noise.flatMap((map) => [...map]));
  return [
    ['lambda', { shape: [], data: Float32Array.of(generator.joined ? 1 : 0) }],
    ['average', source.take('G_ema.mapping.w_avg', 1)],
    ['noise', { shape: [1, values.length], data: values }],
  ];
}

/** The trunk; none where the file has no discriminator. */
function criticTensors(source: Source, { resolution, channels, discriminator }: Config): [string, NamedArray][] {
  if (!source.has('D.b4.fc.weight')) return [];
  const size = { resolution, channelBase: channels.base, channelMost: channels.most };
  const convolution = (from: string, to: string): [string, NamedArray][] => [
    [`${to}.weight`, filter(source, `D.${from}.weight`, true)],
    [`${to}.bias`, source.take(`D.${from}.bias`, 1)],
  ];
  const last = channelsAt(size, startSide);
  const pixels = startSide * startSide;
  return [
    ...convolution(`b${resolution}.fromrgb`, 'rgb'),
    ...criticBlocks(size).flatMap(({ name }): [string, NamedArray][] => [
      ...convolution(`${name}.conv0`, `${name}.conv0`),
      ...convolution(`${name}.conv1`, `${name}.conv1`),
      ...(discriminator.residual
        ? [[`${name}.skip.weight`, filter(source, `D.${name}.skip.weight`, true)] as [string, NamedArray]]
        : []),
    ]),
    ...convolution('b4.conv', 'b4.conv'),
    [
      'b4.fc.weight',
      {
        ...source.moved('D.b4.fc.weight', 2, 1 / Math.sqrt(pixels * last), [2, 1, 0], [last, last, pixels]),
        shape: [pixels * last, last],
      },
    ],
    ['b4.fc.bias', source.take('D.b4.fc.bias', 1)],
    // With classes the last layer judges these: of no use here.
    ...(source.take('D.b4.out.weight', 2).shape[0] === 1 ? dense(source, 'D.b4.out', 'linear') : []),
  ];
}

/** All parameters of a plan: those that are given, the others as they begin. @throws StudioError 'format' for other shapes */
function filled(plan: readonly ParameterPlan[], given: ReadonlyMap<string, NamedArray>): Map<string, NamedArray> {
  const random = new CounterRandom(1);
  return new Map(
    plan.map((parameter): [string, NamedArray] => {
      const { name, shape } = parameter;
      const found = given.get(name);
      if (!found) return [name, { shape: [...shape], data: initialValues(parameter, random) }];
      if (found.shape.join() !== shape.join())
        throw unusable(`"${name}" would be [${found.shape.join()}], not [${shape.join()}]`);
      return [name, found];
    }),
  );
}

/** Networks that were trained elsewhere. */
export interface PublicNetworks {
  config: Config;
  classes: string[];
  slots: Slot[];
  /** By `set/name`, as a trainer has them; optimizers have none. */
  tensors: Map<string, NamedArray>;
}

/** @throws StudioError 'format' */
export function publicNetworks(tensors: Tensors): PublicNetworks {
  const source = new Source(tensors);
  const { config, classCount } = configOf(source);
  const plans = styleGan2Facts.plans(config, { classCount, slotCount: classCount });
  const generator = filled(plans.generator, new Map(generatorTensors(source, config, classCount)));
  const sets = {
    generator,
    averaged: generator,
    statistics: filled(plans.statistics, new Map(statisticsTensors(source, config))),
    discriminator: filled(plans.discriminator, new Map(criticTensors(source, config))),
  };
  const classes = config.generator.joined ? Array.from({ length: classCount }, (_, i) => `class ${i}`) : ['pictures'];
  return {
    config,
    classes,
    slots: classes.map((_, slot) => ({ slot, classIndex: slot, cluster: 0 })),
    tensors: new Map(
      Object.entries(sets).flatMap(([set, values]) => [...values].map(([name, array]) => [`${set}/${name}`, array])),
    ),
  };
}
