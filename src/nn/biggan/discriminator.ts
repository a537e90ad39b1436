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
import { avgPool2x } from '../../gpu/resample/avgPool2x';
import { add, concat, mul, reshape, type Tensor2D, type Tensor3D, type Tensor4D } from '../../gpu/tensor';
import { tableRows, type ConditionShape } from '../conditionTable';
import { filled } from '../filled';
import type { NetworkParameters, ParameterPlan } from '../networkParameters';

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

/** Parameters of a discriminator, for `NetworkParameters.create`. */
export function discriminatorPlan(shape: DiscriminatorShape): ParameterPlan[] {
  const { width } = shape;
  const plan = blocks.flatMap(({ down, preactivation }, i): ParameterPlan[] => {
    const input = i === 0 ? 3 : width;
    return [
      ...(preactivation ? [{ name: `block${i}.bias0`, shape: [width], init: 0 }] : []),
      { name: `block${i}.conv0.weight`, shape: [3, 3, input, width], init: 'spectral' },
      { name: `block${i}.bias1`, shape: [width], init: 0 },
      { name: `block${i}.conv1.weight`, shape: [3, 3, width, width], init: 'spectral' },
      ...(down ? [{ name: `block${i}.shortcut.weight`, shape: [1, 1, input, width], init: 'spectral' as const }] : []),
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

export class Discriminator {
  readonly shape: DiscriminatorShape;
  readonly weights: NetworkParameters;

  /** @param weights made by `discriminatorPlan` for the same shape */
  constructor(shape: DiscriminatorShape, weights: NetworkParameters) {
    this.shape = shape;
    this.weights = weights;
  }

  /**
   * Uses the effective weights: call `weights.normalize` first.
   * @param x pictures [B, 32, 32, 3] in [-1, 1] (augmented ones may leave the range)
   * @param conditions [B, C + S], rows of `classAndSlot`
   * @returns logits [B, 2]: a(x), b(x, u)
   */
  forward(x: Tensor4D, conditions: Tensor2D): Tensor2D {
    const { weights } = this;
    const h = blocks.reduce((features, plan, i) => this.#block(features, i, plan), x);
    const pooled = sumPool(biasAct(h, weights.get('output.bias'), { activation: 'relu' }));
    const unconditional = dense(pooled, weights.get('linear.weight'), weights.get('linear.bias'));
    const embedded = matMul(conditions, weights.get<Tensor2D>('embedding.weight'));
    const { width } = this.shape;
    const projection = matMul(mul(pooled, embedded) as Tensor2D, filled<Tensor2D>([width, 1], 1 / Math.sqrt(width)));
    return concat<Tensor2D>([unconditional, projection], 1);
  }

  #block(x: Tensor4D, index: number, { down, preactivation }: BlockPlan): Tensor4D {
    const { weights } = this;
    const name = `block${index}`;
    let h = preactivation ? biasAct(x, weights.get(`${name}.bias0`), { activation: 'relu' }) : x;
    h = conv2d(h, weights.get(`${name}.conv0.weight`));
    h = conv2d(biasAct(h, weights.get(`${name}.bias1`), { activation: 'relu' }), weights.get(`${name}.conv1.weight`));
    if (!down) return add<Tensor4D>(h, x);
    // Pooled together: the 1 x 1 convolution is 1% of a pass at full size, and two poolings would be two more passes over the data.
    return avgPool2x(add(h, conv2d(x, weights.get(`${name}.shortcut.weight`))));
  }
}

/** Sum over the picture as one batched product. [B, H, W, C] -> [B, C] */
function sumPool(x: Tensor4D): Tensor2D {
  const [batch, height, width, channels] = x.shape;
  const pixels: Tensor3D = reshape(x, [batch, height * width, channels]);
  return reshape(matMul(filled<Tensor3D>([1, 1, height * width], 1), pixels), [batch, channels]);
}
