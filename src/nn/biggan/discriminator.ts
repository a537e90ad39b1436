/**
 * BigGAN's discriminator for 32 x 32 pictures in its public CIFAR configuration (algorithm.md, sections 4 and 7): four residual blocks of
 * constant width (32 -> 16 -> 8 -> 8 -> 8), sum pooling, an unconditional logit a(x) and a projection logit
 * b(x, u) = <phi, e_D(u)> / sqrt(width), phi the pooled features. Spectral norm on all weights, the embedding table among them.
 *
 * A residual block's output bias would reach only the next pre-activations and, through 1 x 1 shortcuts, later ones; so biases live at
 * the pre-activations (`bias0`, `output.bias`) and after the first convolution (`bias1`), which is the same family of functions.
 */
import { biasAct } from '../../gpu/biasAct/biasAct';
import { conv2d } from '../../gpu/conv2d/conv2d';
import { dense } from '../../gpu/dense/dense';
import { matMul } from '../../gpu/matmul/matmul';
import type { ParameterSet } from '../../gpu/parameter';
import { avgPool2x } from '../../gpu/resample/avgPool2x';
import { add, concat, mul, reshape, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '../../gpu/tensor';
import { tableRows, type ConditionShape } from '../conditionTable';
import { filled } from '../filled';
import type { NormalSource } from '../init';
import { addSpectralWeight, SpectralWeights, type NormalizedWeights, type SpectralMode } from '../spectralWeights';

export interface DiscriminatorShape extends ConditionShape {
  /** Channels of every block (BigGAN's 4 x ch). */
  width: number;
}

interface BlockPlan {
  /** Halve the picture, and so need a convolution on the shortcut. */
  down: boolean;
  /** Start with bias and ReLU; the first block sees pixels and does not. */
  preactivation: boolean;
}

const blocks: readonly BlockPlan[] = [
  { down: true, preactivation: false },
  { down: true, preactivation: true },
  { down: false, preactivation: true },
  { down: false, preactivation: true },
];

function spectralEntries(shape: DiscriminatorShape): [string, number[]][] {
  const { width } = shape;
  const entries: [string, number[]][] = [];
  blocks.forEach(({ down }, i) => {
    const input = i === 0 ? 3 : width;
    entries.push([`block${i}.conv0.weight`, [3, 3, input, width]], [`block${i}.conv1.weight`, [3, 3, width, width]]);
    if (down) entries.push([`block${i}.shortcut.weight`, [1, 1, input, width]]);
  });
  entries.push(['linear.weight', [width, 1]], ['embedding.weight', [tableRows(shape), width]]);
  return entries;
}

/** Adds all parameters and state of a discriminator to `parameters`. Biases start at 0. */
export function addDiscriminatorParameters(parameters: ParameterSet, shape: DiscriminatorShape, random: NormalSource): void {
  const { width } = shape;
  for (const [name, weightShape] of spectralEntries(shape)) addSpectralWeight(parameters, name, weightShape, random);
  blocks.forEach(({ preactivation }, i) => {
    if (preactivation) parameters.add(`block${i}.bias0`, [width], new Float32Array(width));
    parameters.add(`block${i}.bias1`, [width], new Float32Array(width));
  });
  parameters.add('output.bias', [width], new Float32Array(width));
  parameters.add('linear.bias', [1], new Float32Array(1));
}

export class Discriminator {
  readonly shape: DiscriminatorShape;
  readonly parameters: ParameterSet;
  readonly #spectral: SpectralWeights;

  /** @param parameters as `addDiscriminatorParameters` made them for the same shape */
  constructor(shape: DiscriminatorShape, parameters: ParameterSet) {
    this.shape = shape;
    this.parameters = parameters;
    this.#spectral = new SpectralWeights(parameters, spectralEntries(shape).map(([name]) => name));
  }

  /**
   * @param x pictures [B, 32, 32, 3] in [-1, 1] (augmented ones may leave the range)
   * @param conditions [B, C + S], rows of `classAndSlot`
   * @returns logits [B, 2]: a(x), b(x, u)
   */
  forward(x: Tensor4D, conditions: Tensor2D, spectral: SpectralMode): Tensor2D {
    const weights = this.#spectral.normalize(spectral);
    const h = blocks.reduce((features, plan, i) => this.#block(features, i, plan, weights), x);
    const pooled = sumPool(biasAct(h, this.#get('output.bias'), { activation: 'relu' }));
    const unconditional = dense(pooled, weights.get('linear.weight'), this.#get('linear.bias'));
    const embedded = matMul(conditions, weights.get<Tensor2D>('embedding.weight'));
    const { width } = this.shape;
    const projection = matMul(mul(pooled, embedded) as Tensor2D, filled<Tensor2D>([width, 1], 1 / Math.sqrt(width)));
    return concat<Tensor2D>([unconditional, projection], 1);
  }

  #get<T extends Tensor>(name: string): T {
    return this.parameters.get(name).variable as Tensor as T;
  }

  #block(x: Tensor4D, index: number, { down, preactivation }: BlockPlan, weights: NormalizedWeights): Tensor4D {
    const name = `block${index}`;
    let h = preactivation ? biasAct(x, this.#get(`${name}.bias0`), { activation: 'relu' }) : x;
    h = conv2d(h, weights.get(`${name}.conv0.weight`));
    h = conv2d(biasAct(h, this.#get(`${name}.bias1`), { activation: 'relu' }), weights.get(`${name}.conv1.weight`));
    if (!down) return add<Tensor4D>(h, x);
    // A 1 x 1 convolution and average pooling commute; this order costs a quarter.
    return add(avgPool2x(h), conv2d(avgPool2x(x), weights.get(`${name}.shortcut.weight`)));
  }
}

/** Sum over the picture as one batched product. [B, H, W, C] -> [B, C] */
function sumPool(x: Tensor4D): Tensor2D {
  const [batch, height, width, channels] = x.shape;
  const pixels: Tensor3D = reshape(x, [batch, height * width, channels]);
  return reshape(matMul(filled<Tensor3D>([1, 1, height * width], 1), pixels), [batch, channels]);
}
