/**
 * BigGAN's generator in its public configurations for 32, 64 and 128 px (docs/method.md, sections 4 and 7;
 * `layout.ts`): z -> 4 x 4 features, up-sampling residual blocks, batch norm, ReLU, convolution, tanh. Every batch norm
 * of a block is conditional: its gain and bias are an affine function of e(u), the mixture of class and cluster
 * embeddings; where all norms are equally wide (32 px) they come from one matrix product. z enters at the
 * start and, where `latentAtBlocks` asks for it, beside e(u) at every block, whole, as in BigGAN-deep. Spectral norm on the linear layer and
 * on all convolutions. Convolutions that feed a batch norm carry no bias: the norm would cancel it.
 *
 * Batch norm works in three ways (`NormMode`): by the statistics of the batch (training), by stored standing statistics
 * (sampling: one picture depends on its own z and u only), or by the batch while the batch's statistics are averaged
 * into the standing ones (`collect`). Standing statistics, rather than running ones, are exact for the averaged weights
 * that pictures are drawn from. They are a parameter set of their own, because only a generator that is sampled from
 * has them.
 */
import { conditionalBatchNorm } from '../../gpu/batchNorm/conditionalBatchNorm';
import { biasAct } from '../../gpu/biasAct/biasAct';
import { conv2d } from '../../gpu/conv2d/conv2d';
import { dense } from '../../gpu/dense/dense';
import { matMul } from '../../gpu/matmul/matmul';
import { assignInPlace, type Parameter, type ParameterSet } from '../../gpu/parameter';
import { upsampleNearest2x } from '../../gpu/resample/upsampleNearest2x';
import { splitColumns } from '../../gpu/split/splitColumns';
import {
  add,
  concat,
  mean,
  mul,
  relu,
  reshape,
  rsqrt,
  square,
  sub,
  tanh,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../gpu/tensor';
import { filled } from '../filled';
import type { NetworkParameters } from '../networkParameters';
import { generatorBlocks, startSide } from './layout';
import { conditionalNorms, isUniform, outputNorm, type GeneratorShape } from './plan';
import { selfAttention } from './selfAttention';

/** Added to variances, as in the public implementation. */
export const normEpsilon = 1e-5;

export type NormMode =
  | { kind: 'batch' }
  | { kind: 'standing' }
  /**
   * `share`: weight of this batch in the standing average, a scalar tensor: 1 for the first batch, 1/2 for the second,
   * 1/k for the k-th.
   */
  | { kind: 'collect'; share: Tensor };

export class Generator {
  readonly shape: GeneratorShape;
  readonly weights: NetworkParameters;
  readonly #statistics: ParameterSet | null;

  /**
   * @param weights made by `generatorPlan` for the same shape
   * @param statistics made by `statisticsPlan` for the same shape; null for a generator that only ever normalises by the
   * batch
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
   * @returns pictures [B, R, R, 3] in [-1, 1]
   */
  forward(z: Tensor2D, conditions: Tensor2D, norm: NormMode): Tensor4D {
    const { weights } = this;
    const batch = z.shape[0];
    const affine = this.#affine(z, conditions);
    const start = dense(z, weights.get('linear.weight'), weights.get('linear.bias'));
    const blocks = generatorBlocks(this.shape);
    let x: Tensor4D = reshape(start, [batch, startSide, startSide, blocks[0]?.input ?? 0]);
    blocks.forEach(({ attention }, block) => {
      x = this.#block(x, block, affine, norm);
      if (attention) x = selfAttention(weights, `block${block}`, x);
    });
    const last = this.#normRelu(x, 'output.norm', ...this.#outputAffine(batch), norm);
    const pixels: Tensor4D = conv2d(last, weights.get('output.conv.weight'));
    return tanh(biasAct(pixels, weights.get('output.conv.bias'), { activation: 'linear' }));
  }

  #standing(name: string): Parameter {
    if (this.#statistics === null) throw new Error('this generator has no standing statistics');
    return this.#statistics.get(name);
  }

  /** Gain and bias of every conditional norm, in order: 2 x [B, channels] a norm. */
  #affine(z: Tensor2D, conditions: Tensor2D): Tensor2D[] {
    const own = matMul(conditions, this.weights.get<Tensor2D>('embedding.weight'));
    const embedded = this.shape.latentAtBlocks ? concat<Tensor2D>([own, z], 1) : own;
    const gainsAndBiases = (name: string, count: number): Tensor2D[] =>
      splitColumns(dense(embedded, this.weights.get(`${name}.weight`), this.weights.get(`${name}.bias`)), count);
    const norms = conditionalNorms(this.shape);
    return isUniform(norms)
      ? gainsAndBiases('condition', 2 * norms.length)
      : norms.flatMap((_, i) => gainsAndBiases(`condition${i}`, 2));
  }

  /** The last norm's gain and bias, the same for all rows. */
  #outputAffine(batch: number): [Tensor2D, Tensor2D] {
    const rows = filled<Tensor2D>([batch, 1], 1);
    const repeat = (name: string): Tensor2D =>
      matMul(rows, reshape(this.weights.get(name), [1, outputNorm(this.shape).channels]) as Tensor2D);
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

  /**
   * standing <- (1 - share) standing + share (statistic of this batch). In this form a share of 1 leaves not even a
   * rounding of what was there: statistics follow from the weights alone.
   */
  #collect(x: Tensor4D, name: string, share: Tensor): void {
    const average = mean(x, [0, 1, 2]);
    const variance = mean(square(sub(x, average)), [0, 1, 2]);
    for (const [statistic, value] of [
      ['mean', average],
      ['variance', variance],
    ] as const) {
      const standing = this.#standing(`${name}.${statistic}`);
      assignInPlace(standing, add(mul(standing.variable, sub(1, share)), mul(share, value)));
    }
  }
}
