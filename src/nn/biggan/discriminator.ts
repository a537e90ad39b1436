/**
 * BigGAN's discriminator in its public configurations for 32, 64 and 128 px (docs/method.md, sections 4 and 7;
 * `layout.ts`): residual blocks, sum pooling, an unconditional logit a(x) and a projection logit b(x, u) = <phi,
 * e_D(u)> / sqrt(width), phi the pooled features. Spectral norm on all weights, the embedding table among them. As an
 * ablation both are one logit, a(x) + <phi, e_D(u)>, as in BigGAN itself.
 *
 * A residual block's output bias would reach only the next pre-activations and, through 1 x 1 shortcuts, later ones; so
 * biases live at the pre-activations (`bias0`, `output.bias`) and after the first convolution (`bias1`), which is the
 * same family of functions.
 */
import { biasAct } from '../../gpu/biasAct/biasAct';
import { conv2d } from '../../gpu/conv2d/conv2d';
import { dense } from '../../gpu/dense/dense';
import { matMul } from '../../gpu/matmul/matmul';
import { avgPool2x } from '../../gpu/resample/avgPool2x';
import { add, concat, mul, reshape, type Tensor2D, type Tensor3D, type Tensor4D } from '../../gpu/tensor';
import { filled } from '../filled';
import type { DiscriminatorNetwork } from '../networks';
import type { NetworkParameters } from '../networkParameters';
import { discriminatorBlocks, type DiscriminatorBlockLayout } from './layout';
import { hasShortcut, lastWidth, type DiscriminatorShape } from './plan';
import { selfAttention } from './selfAttention';

export class Discriminator implements DiscriminatorNetwork {
  readonly shape: DiscriminatorShape;
  readonly weights: NetworkParameters;
  readonly #blocks: readonly DiscriminatorBlockLayout[];

  /** @param weights made by `discriminatorPlan` for the same shape */
  constructor(shape: DiscriminatorShape, weights: NetworkParameters) {
    this.shape = shape;
    this.#blocks = discriminatorBlocks(shape);
    this.weights = weights;
  }

  /**
   * Uses the effective weights: call `weights.normalize` first.
   * @param x pictures [B, R, R, 3] in [-1, 1] (augmented ones may leave the range)
   * @param conditions [B, C + S], rows of `classAndSlot`
   * @returns logits [B, 2]: a(x), b(x, u); where they are joint, their sum stands in the place of a
   */
  forward(x: Tensor4D, conditions: Tensor2D): Tensor2D {
    const { weights } = this;
    const h = this.#blocks.reduce((features, block, i) => this.#block(features, i, block), x);
    const pooled = sumPool(biasAct(h, weights.get('output.bias'), { activation: 'relu' }));
    const unconditional = dense(pooled, weights.get('linear.weight'), weights.get('linear.bias'));
    const embedded = matMul(conditions, weights.get<Tensor2D>('embedding.weight'));
    const width = lastWidth(this.#blocks);
    const { joint = false } = this.shape;
    const projection = matMul(
      mul(pooled, embedded) as Tensor2D,
      filled<Tensor2D>([width, 1], joint ? 1 : 1 / Math.sqrt(width)),
    );
    return concat<Tensor2D>([joint ? add(unconditional, projection) : unconditional, projection], 1);
  }

  #block(x: Tensor4D, index: number, block: DiscriminatorBlockLayout): Tensor4D {
    const { weights } = this;
    const name = `block${index}`;
    let h = index > 0 ? biasAct(x, weights.get(`${name}.bias0`), { activation: 'relu' }) : x;
    h = conv2d(h, weights.get(`${name}.conv0.weight`));
    h = conv2d(biasAct(h, weights.get(`${name}.bias1`), { activation: 'relu' }), weights.get(`${name}.conv1.weight`));
    const shortcut: Tensor4D = hasShortcut(block) ? conv2d(x, weights.get(`${name}.shortcut.weight`)) : x;
    // Pooled together: the 1 x 1 convolution is 1% of a pass at full size, and two poolings would be two more passes
    // over the data.
    const sum = add<Tensor4D>(h, shortcut);
    const result = block.down ? avgPool2x(sum) : sum;
    return block.attention ? selfAttention(weights, name, result) : result;
  }
}

/** Sum over the picture as one batched product. [B, H, W, C] -> [B, C] */
function sumPool(x: Tensor4D): Tensor2D {
  const [batch, height, width, channels] = x.shape;
  const pixels: Tensor3D = reshape(x, [batch, height * width, channels]);
  return reshape(matMul(filled<Tensor3D>([1, 1, height * width], 1), pixels), [batch, channels]);
}
