/**
 * BigGAN's generator for 32 x 32 pictures in its public CIFAR configuration (algorithm.md, sections 4 and 7): z -> 4 x 4 x W, three
 * up-sampling residual blocks of constant width, batch norm, ReLU, convolution, tanh. Every batch norm of a block is conditional: its gain and bias are an
 * affine function of e(u), the mixture of class and cluster embeddings; all of them come from one matrix product. Spectral norm on the
 * linear layer and on all convolutions. Convolutions that feed a batch norm carry no bias: the norm would cancel it.
 *
 * Batch norm works in three ways (`NormMode`): by the statistics of the batch (training), by stored standing statistics (sampling: one
 * picture depends on its own z and u only), or by the batch while the batch's statistics are averaged into the standing ones (`collect`).
 * Standing statistics, rather than running ones, are exact for the averaged weights that pictures are drawn from. They are a parameter
 * set of their own, because only a generator that is sampled from has them.
 */
import { conditionalBatchNorm } from '../../gpu/batchNorm/conditionalBatchNorm';
import { biasAct } from '../../gpu/biasAct/biasAct';
import { conv2d } from '../../gpu/conv2d/conv2d';
import { dense } from '../../gpu/dense/dense';
import { matMul } from '../../gpu/matmul/matmul';
import { assignInPlace, type Parameter, type ParameterSet } from '../../gpu/parameter';
import { upsampleNearest2x } from '../../gpu/resample/upsampleNearest2x';
import { add, mean, mul, relu, reshape, rsqrt, split, square, sub, tanh, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { tableRows, type ConditionShape } from '../conditionTable';
import { filled } from '../filled';
import { orthogonalInit, type NormalSource } from '../init';
import { addSpectralWeight, SpectralWeights, type NormalizedWeights, type SpectralMode } from '../spectralWeights';

export interface GeneratorShape extends ConditionShape {
  /** Dimension of z. */
  latent: number;
  /** Dimension of e(u). */
  embedding: number;
  /** Channels of every block (BigGAN's 4 x ch). */
  width: number;
}

/** Added to variances, as in the public implementation. */
export const normEpsilon = 1e-5;

const blockCount = 3;
/** Side of the first feature map; three doublings give 32. */
const startSide = 4;
const conditionalNorms = Array.from({ length: blockCount }, (_, block) => [`block${block}.norm0`, `block${block}.norm1`]).flat();
const allNorms = [...conditionalNorms, 'output.norm'];

function spectralNames(): string[] {
  const blocks = Array.from({ length: blockCount }, (_, i) => [`block${i}.conv0.weight`, `block${i}.conv1.weight`, `block${i}.shortcut.weight`]);
  return ['linear.weight', ...blocks.flat(), 'output.conv.weight'];
}

function spectralShape(name: string, { latent, width }: GeneratorShape): number[] {
  if (name === 'linear.weight') return [latent, startSide * startSide * width];
  if (name === 'output.conv.weight') return [3, 3, width, 3];
  return name.includes('shortcut') ? [1, 1, width, width] : [3, 3, width, width];
}

/** Adds all parameters and spectral-norm vectors of a generator to `parameters`. */
export function addGeneratorParameters(parameters: ParameterSet, shape: GeneratorShape, random: NormalSource): void {
  const { embedding, width } = shape;
  const pairs = 2 * conditionalNorms.length;
  const gainsOneBiasesZero = Float32Array.from({ length: pairs * width }, (_, i) => (Math.floor(i / width) % 2 === 0 ? 1 : 0));
  parameters.add('embedding.weight', [tableRows(shape), embedding], orthogonalInit([tableRows(shape), embedding], random));
  parameters.add('condition.weight', [embedding, pairs * width], orthogonalInit([embedding, pairs * width], random));
  parameters.add('condition.bias', [pairs * width], gainsOneBiasesZero);
  for (const name of spectralNames()) addSpectralWeight(parameters, name, spectralShape(name, shape), random);
  parameters.add('linear.bias', [startSide * startSide * width], new Float32Array(startSide * startSide * width));
  parameters.add('output.norm.gain', [width], new Float32Array(width).fill(1));
  parameters.add('output.norm.bias', [width], new Float32Array(width));
  parameters.add('output.conv.bias', [3], new Float32Array(3));
}

/** Adds the standing statistics of all batch norms, means 0 and variances 1 at first, to `statistics`. */
export function addGeneratorStatistics(statistics: ParameterSet, { width }: GeneratorShape): void {
  for (const name of allNorms) {
    statistics.add(`${name}.mean`, [width], new Float32Array(width), { trainable: false });
    statistics.add(`${name}.variance`, [width], new Float32Array(width).fill(1), { trainable: false });
  }
}

export type NormMode =
  | { kind: 'batch' }
  | { kind: 'standing' }
  /** `share`: weight of this batch in the standing average, a scalar tensor: 1 for the first batch, 1/2 for the second, 1/k for the k-th. */
  | { kind: 'collect'; share: Tensor };

export interface GeneratorMode {
  norm: NormMode;
  spectral: SpectralMode;
}

export class Generator {
  readonly shape: GeneratorShape;
  readonly parameters: ParameterSet;
  readonly #statistics: ParameterSet | null;
  readonly #spectral: SpectralWeights;

  /**
   * @param parameters as `addGeneratorParameters` made them for the same shape
   * @param statistics as `addGeneratorStatistics` made them; null for a generator that only ever normalises by the batch
   */
  constructor(shape: GeneratorShape, parameters: ParameterSet, statistics: ParameterSet | null) {
    this.shape = shape;
    this.parameters = parameters;
    this.#statistics = statistics;
    this.#spectral = new SpectralWeights(parameters, spectralNames());
  }

  /**
   * @param z [B, latent], standard normal
   * @param conditions [B, C + S], rows of `classAndSlot`
   * @returns pictures [B, 32, 32, 3] in [-1, 1]
   */
  forward(z: Tensor2D, conditions: Tensor2D, { norm, spectral }: GeneratorMode): Tensor4D {
    const weights = this.#spectral.normalize(spectral);
    const batch = z.shape[0];
    const affine = this.#affine(conditions);
    const start = dense(z, weights.get<Tensor2D>('linear.weight'), this.#get('linear.bias'));
    let x: Tensor4D = reshape(start, [batch, startSide, startSide, this.shape.width]);
    for (let block = 0; block < blockCount; block++) x = this.#block(x, block, affine, weights, norm);
    const last = relu(this.#normalize(x, 'output.norm', ...this.#outputAffine(batch), norm));
    const pixels: Tensor4D = conv2d(last, weights.get('output.conv.weight'));
    return tanh(biasAct(pixels, this.#get('output.conv.bias'), { activation: 'linear' }));
  }

  #get<T extends Tensor>(name: string): T {
    return this.parameters.get(name).variable as Tensor as T;
  }

  #standing(name: string): Parameter {
    if (this.#statistics === null) throw new Error('this generator has no standing statistics');
    return this.#statistics.get(name);
  }

  /** Gain and bias of every conditional norm, in order: 2 x [B, W] a norm. */
  #affine(conditions: Tensor2D): Tensor2D[] {
    const embedded = matMul(conditions, this.#get<Tensor2D>('embedding.weight'));
    const all = dense(embedded, this.#get('condition.weight'), this.#get('condition.bias'));
    return split(all, 2 * conditionalNorms.length, 1);
  }

  /** The last norm's gain and bias, the same for all rows. */
  #outputAffine(batch: number): [Tensor2D, Tensor2D] {
    const rows = filled<Tensor2D>([batch, 1], 1);
    const repeat = (name: string): Tensor2D => matMul(rows, reshape(this.#get(name), [1, this.shape.width]) as Tensor2D);
    return [repeat('output.norm.gain'), repeat('output.norm.bias')];
  }

  #block(x: Tensor4D, block: number, affine: Tensor2D[], weights: NormalizedWeights, norm: NormMode): Tensor4D {
    const normRelu = (input: Tensor4D, index: number): Tensor4D => {
      const position = 2 * (2 * block + index);
      const [gain, bias] = affine.slice(position, position + 2);
      if (gain === undefined || bias === undefined) throw new RangeError(`block ${block} has no norm ${index}`);
      return relu(this.#normalize(input, `block${block}.norm${index}`, gain, bias, norm));
    };
    let y = upsampleNearest2x(normRelu(x, 0));
    y = conv2d(y, weights.get(`block${block}.conv0.weight`));
    y = conv2d(normRelu(y, 1), weights.get(`block${block}.conv1.weight`));
    // A 1 x 1 convolution and nearest up-sampling commute; this order costs a quarter.
    const shortcut = upsampleNearest2x(conv2d(x, weights.get(`block${block}.shortcut.weight`)));
    return add(y, shortcut);
  }

  #normalize(x: Tensor4D, name: string, gain: Tensor2D, bias: Tensor2D, norm: NormMode): Tensor4D {
    if (norm.kind === 'standing') return this.#normalizeByStanding(x, name, gain, bias);
    if (norm.kind === 'collect') this.#collect(x, name, norm.share);
    return conditionalBatchNorm(x, gain, bias, normEpsilon);
  }

  #normalizeByStanding(x: Tensor4D, name: string, gain: Tensor2D, bias: Tensor2D): Tensor4D {
    const [batch, , , channels] = x.shape;
    const scale = mul(gain, rsqrt(add(this.#standing(`${name}.variance`).variable, normEpsilon)));
    const shift = sub(bias, mul(scale, this.#standing(`${name}.mean`).variable));
    const perPicture = (t: Tensor): Tensor4D => reshape(t, [batch, 1, 1, channels]);
    return add(mul(x, perPicture(scale)), perPicture(shift));
  }

  /** standing <- standing + share (statistic of this batch - standing) */
  #collect(x: Tensor4D, name: string, share: Tensor): void {
    const average = mean(x, [0, 1, 2]);
    const variance = mean(square(sub(x, average)), [0, 1, 2]);
    for (const [statistic, value] of [['mean', average], ['variance', variance]] as const) {
      const standing = this.#standing(`${name}.${statistic}`);
      assignInPlace(standing, add(standing.variable, mul(share, sub(value, standing.variable))));
    }
  }
}
