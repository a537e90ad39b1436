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
import { splitColumns } from '../../gpu/split/splitColumns';
import { add, mean, mul, relu, reshape, rsqrt, square, sub, tanh, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import { tableRows, type ConditionShape } from '../conditionTable';
import { filled } from '../filled';
import type { NetworkParameters, ParameterPlan } from '../networkParameters';

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

/** Parameters of a generator, for `NetworkParameters.create`. */
export function generatorPlan(shape: GeneratorShape): ParameterPlan[] {
  const { latent, embedding, width } = shape;
  const pairs = 2 * conditionalNorms.length;
  const gainsOneBiasesZero = Float32Array.from({ length: pairs * width }, (_, i) => (Math.floor(i / width) % 2 === 0 ? 1 : 0));
  const start = startSide * startSide * width;
  const blocks = Array.from({ length: blockCount }, (_, i): ParameterPlan[] => [
    { name: `block${i}.conv0.weight`, shape: [3, 3, width, width], init: 'spectral' },
    { name: `block${i}.conv1.weight`, shape: [3, 3, width, width], init: 'spectral' },
    { name: `block${i}.shortcut.weight`, shape: [1, 1, width, width], init: 'spectral' },
  ]);
  return [
    { name: 'embedding.weight', shape: [tableRows(shape), embedding], init: 'orthogonal' },
    { name: 'condition.weight', shape: [embedding, pairs * width], init: 'orthogonal' },
    { name: 'condition.bias', shape: [pairs * width], init: gainsOneBiasesZero },
    { name: 'linear.weight', shape: [latent, start], init: 'spectral' },
    { name: 'linear.bias', shape: [start], init: 0 },
    ...blocks.flat(),
    { name: 'output.norm.gain', shape: [width], init: 1 },
    { name: 'output.norm.bias', shape: [width], init: 0 },
    { name: 'output.conv.weight', shape: [3, 3, width, 3], init: 'spectral' },
    { name: 'output.conv.bias', shape: [3], init: 0 },
  ];
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

export class Generator {
  readonly shape: GeneratorShape;
  readonly weights: NetworkParameters;
  readonly #statistics: ParameterSet | null;

  /**
   * @param weights made by `generatorPlan` for the same shape
   * @param statistics as `addGeneratorStatistics` made them; null for a generator that only ever normalises by the batch
   */
  constructor(shape: GeneratorShape, weights: NetworkParameters, statistics: ParameterSet | null) {
    this.shape = shape;
    this.weights = weights;
    this.#statistics = statistics;
  }

  /**
   * Uses the effective weights: call `weights.normalize` first.
   * @param z [B, latent], standard normal
   * @param conditions [B, C + S], rows of `classAndSlot`
   * @returns pictures [B, 32, 32, 3] in [-1, 1]
   */
  forward(z: Tensor2D, conditions: Tensor2D, norm: NormMode): Tensor4D {
    const { weights } = this;
    const batch = z.shape[0];
    const affine = this.#affine(conditions);
    const start = dense(z, weights.get('linear.weight'), weights.get('linear.bias'));
    let x: Tensor4D = reshape(start, [batch, startSide, startSide, this.shape.width]);
    for (let block = 0; block < blockCount; block++) x = this.#block(x, block, affine, norm);
    const last = this.#normRelu(x, 'output.norm', ...this.#outputAffine(batch), norm);
    const pixels: Tensor4D = conv2d(last, weights.get('output.conv.weight'));
    return tanh(biasAct(pixels, weights.get('output.conv.bias'), { activation: 'linear' }));
  }

  #standing(name: string): Parameter {
    if (this.#statistics === null) throw new Error('this generator has no standing statistics');
    return this.#statistics.get(name);
  }

  /** Gain and bias of every conditional norm, in order: 2 x [B, W] a norm. */
  #affine(conditions: Tensor2D): Tensor2D[] {
    const embedded = matMul(conditions, this.weights.get<Tensor2D>('embedding.weight'));
    const all = dense(embedded, this.weights.get('condition.weight'), this.weights.get('condition.bias'));
    return splitColumns(all, 2 * conditionalNorms.length);
  }

  /** The last norm's gain and bias, the same for all rows. */
  #outputAffine(batch: number): [Tensor2D, Tensor2D] {
    const rows = filled<Tensor2D>([batch, 1], 1);
    const repeat = (name: string): Tensor2D => matMul(rows, reshape(this.weights.get(name), [1, this.shape.width]) as Tensor2D);
    return [repeat('output.norm.gain'), repeat('output.norm.bias')];
  }

  #block(x: Tensor4D, block: number, affine: Tensor2D[], norm: NormMode): Tensor4D {
    const { weights } = this;
    const normRelu = (input: Tensor4D, index: number): Tensor4D => {
      const position = 2 * (2 * block + index);
      const [gain, bias] = affine.slice(position, position + 2);
      if (gain === undefined || bias === undefined) throw new RangeError(`block ${block} has no norm ${index}`);
      return this.#normRelu(input, `block${block}.norm${index}`, gain, bias, norm);
    };
    let y = upsampleNearest2x(normRelu(x, 0));
    y = conv2d(y, weights.get(`block${block}.conv0.weight`));
    y = conv2d(normRelu(y, 1), weights.get(`block${block}.conv1.weight`));
    // A 1 x 1 convolution and nearest up-sampling commute; this order costs a quarter.
    const shortcut = upsampleNearest2x(conv2d(x, weights.get(`block${block}.shortcut.weight`)));
    return add(y, shortcut);
  }

  #normRelu(x: Tensor4D, name: string, gain: Tensor2D, bias: Tensor2D, norm: NormMode): Tensor4D {
    if (norm.kind === 'standing') return relu(this.#normalizeByStanding(x, name, gain, bias));
    if (norm.kind === 'collect') this.#collect(x, name, norm.share);
    return conditionalBatchNorm(x, gain, bias, normEpsilon, 'relu');
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
