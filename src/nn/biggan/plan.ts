/**
 * The parameters of BigGAN's networks, names and shapes and how they begin, as plain data: networks are made from it,
 * checkpoints are laid out by it, and the page counts it without loading the engine.
 */
import { tableRows, type ConditionShape } from '../conditionTable';
import type { ParameterPlan } from '../parameterPlan';
import {
  discriminatorBlocks,
  generatorBlocks,
  startSide,
  type DiscriminatorBlockLayout,
  type NetworkSize,
} from './layout';

/** `width` is 4 ch. */
export interface GeneratorShape extends ConditionShape, NetworkSize {
  /** Dimension of z. */
  latent: number;
  /** Dimension of e(u). */
  embedding: number;
  /** z joins e(u) at every block. */
  latentAtBlocks: boolean;
}

/** A batch norm and its channels. */
export interface NormLayout {
  name: string;
  channels: number;
}

/** The blocks' norms, in order. */
export function conditionalNorms(shape: NetworkSize): NormLayout[] {
  return generatorBlocks(shape).flatMap(({ input, output }, i) => [
    { name: `block${i}.norm0`, channels: input },
    { name: `block${i}.norm1`, channels: output },
  ]);
}

export function outputNorm(shape: NetworkSize): NormLayout {
  return { name: 'output.norm', channels: generatorBlocks(shape).at(-1)?.output ?? 0 };
}

/** Gains 1 and biases 0 of some norms, in that order for each. */
function neutral(norms: readonly NormLayout[]): Float32Array {
  return Float32Array.from(
    norms.flatMap(({ channels }) => Array.from({ length: 2 * channels }, (_, i) => (i < channels ? 1 : 0))),
  );
}

/** Whether one matrix product gives gains and biases of all norms. */
export function isUniform(norms: readonly NormLayout[]): boolean {
  return norms.every(({ channels }) => channels === norms[0]?.channels);
}

/** Numbers that gains and biases of a block's norms are made of: e(u), and z where it is asked for. */
function conditionWidth({ latent, embedding, latentAtBlocks }: GeneratorShape): number {
  return embedding + (latentAtBlocks ? latent : 0);
}

/** From e(u) to gains and biases: `condition` for all norms together, or `condition0`, `condition1`, ... for each. */
function conditionPlan(shape: GeneratorShape): ParameterPlan[] {
  const norms = conditionalNorms(shape);
  const groups: [string, NormLayout[]][] = isUniform(norms)
    ? [['condition', norms]]
    : norms.map((norm, i) => [`condition${i}`, [norm]]);
  return groups.flatMap(([name, members]): ParameterPlan[] => {
    const start = neutral(members);
    return [
      { name: `${name}.weight`, shape: [conditionWidth(shape), start.length], init: 'orthogonal' },
      { name: `${name}.bias`, shape: [start.length], init: start },
    ];
  });
}

/** Parameters of a generator, for `NetworkParameters.create`. */
export function generatorPlan(shape: GeneratorShape): ParameterPlan[] {
  const { latent, embedding } = shape;
  const layout = generatorBlocks(shape);
  const start = startSide * startSide * (layout[0]?.input ?? 0);
  const { channels: last } = outputNorm(shape);
  const blocks = layout.map(({ input, output, attention }, i): ParameterPlan[] => [
    { name: `block${i}.conv0.weight`, shape: [3, 3, input, output], init: 'spectral' },
    { name: `block${i}.conv1.weight`, shape: [3, 3, output, output], init: 'spectral' },
    { name: `block${i}.shortcut.weight`, shape: [1, 1, input, output], init: 'spectral' },
    ...(attention ? attentionPlan(`block${i}`, output) : []),
  ]);
  return [
    { name: 'embedding.weight', shape: [tableRows(shape), embedding], init: 'orthogonal' },
    ...conditionPlan(shape),
    { name: 'linear.weight', shape: [latent, start], init: 'spectral' },
    { name: 'linear.bias', shape: [start], init: 0 },
    ...blocks.flat(),
    { name: 'output.norm.gain', shape: [last], init: 1 },
    { name: 'output.norm.bias', shape: [last], init: 0 },
    { name: 'output.conv.weight', shape: [3, 3, last, 3], init: 'spectral' },
    { name: 'output.conv.bias', shape: [3], init: 0 },
  ];
}

/** Standing statistics of all batch norms of a generator, means 0 and variances 1 at first. */
export function statisticsPlan(shape: NetworkSize): ParameterPlan[] {
  return [...conditionalNorms(shape), outputNorm(shape)].flatMap(({ name, channels }): ParameterPlan[] => [
    { name: `${name}.mean`, shape: [channels], init: 0 },
    { name: `${name}.variance`, shape: [channels], init: 1 },
  ]);
}

/** Positions that are pooled into one, and heads that the values are cut into. */
export const four = 4;

/** Channels of queries and keys: an eighth, at least one. Values have four times as many. */
function keyWidth(channels: number): number {
  return Math.max(1, Math.floor(channels / 8));
}

/** Parameters of the block behind the block `name`. */
export function attentionPlan(name: string, channels: number): ParameterPlan[] {
  const width = keyWidth(channels);
  return [
    { name: `${name}.attention.theta.weight`, shape: [1, 1, channels, width], init: 'spectral' },
    { name: `${name}.attention.phi.weight`, shape: [1, 1, channels, width], init: 'spectral' },
    { name: `${name}.attention.g.weight`, shape: [1, 1, channels, four * width], init: 'spectral' },
    { name: `${name}.attention.o.weight`, shape: [1, 1, four * width, channels], init: 'spectral' },
    { name: `${name}.attention.gamma`, shape: [1], init: 0 },
  ];
}

export interface DiscriminatorShape extends ConditionShape, NetworkSize {
  /** One logit a(x) + <phi, e_D(u)> in place of two. */
  joint?: boolean;
}

/** A shortcut needs a convolution where the block changes size or channels. */
export function hasShortcut({ down, input, output }: DiscriminatorBlockLayout): boolean {
  return down || input !== output;
}

export function lastWidth(blocks: readonly DiscriminatorBlockLayout[]): number {
  return blocks.at(-1)?.output ?? 0;
}

/** Parameters of a discriminator, for `NetworkParameters.create`. */
export function discriminatorPlan(shape: DiscriminatorShape): ParameterPlan[] {
  const blocks = discriminatorBlocks(shape);
  const width = lastWidth(blocks);
  const plan = blocks.flatMap((block, i): ParameterPlan[] => {
    const { input, output, attention } = block;
    return [
      // The first block sees pixels and starts without bias and ReLU.
      ...(i > 0 ? [{ name: `block${i}.bias0`, shape: [input], init: 0 }] : []),
      { name: `block${i}.conv0.weight`, shape: [3, 3, input, output], init: 'spectral' },
      { name: `block${i}.bias1`, shape: [output], init: 0 },
      { name: `block${i}.conv1.weight`, shape: [3, 3, output, output], init: 'spectral' },
      ...(hasShortcut(block)
        ? [{ name: `block${i}.shortcut.weight`, shape: [1, 1, input, output], init: 'spectral' as const }]
        : []),
      ...(attention ? attentionPlan(`block${i}`, output) : []),
    ];
  });
  return [
    ...plan,
    { name: 'output.bias', shape: [width], init: 0 },
    { name: 'linear.weight', shape: [width, 1], init: 'spectral' },
    { name: 'linear.bias', shape: [1], init: 0 },
    { name: 'embedding.weight', shape: [tableRows(shape), width], init: 'spectral' },
  ];
}
