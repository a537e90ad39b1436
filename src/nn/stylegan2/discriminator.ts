/**
 * StyleGAN2's discriminator, without residuals (`orig` of the public configuration for CIFAR-10) or with (`resnet` of
 * all others): colours to features, two convolutions a size, the minibatch standard deviation, and from the same
 * features phi an unconditional logit a(x) and a projection b(x, u) = <P phi, norm e_D(u)> / sqrt(C). Its pictures see each other through the deviation, so reals
 * and fakes must come in batches of their own.
 */
import { biasAct } from '../../gpu/biasAct/biasAct';
import { conv2d } from '../../gpu/conv2d/conv2d';
import { dense } from '../../gpu/dense/dense';
import { matMul } from '../../gpu/matmul/matmul';
import { minibatchStd } from '../../gpu/minibatchStd/minibatchStd';
import {
  add,
  concat,
  grad,
  mul,
  reshape,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../gpu/tensor';
import { binomial4, upfirdn2d } from '../../gpu/upfirdn2d/upfirdn2d';
import { filled } from '../filled';
import type { DiscriminatorNetwork } from '../networks';
import type { NetworkParameters } from '../networkParameters';
import { criticBlocks, type CriticBlock } from './layout';
import { activated, normalizedRows } from './mapping';
import type { StyleCriticShape } from './plan';

export class StyleDiscriminator implements DiscriminatorNetwork {
  readonly shape: StyleCriticShape;
  readonly weights: NetworkParameters;
  readonly #blocks: readonly CriticBlock[];

  /** @param weights made by `discriminatorPlan` for the same shape */
  constructor(shape: StyleCriticShape, weights: NetworkParameters) {
    this.shape = shape;
    this.weights = weights;
    this.#blocks = criticBlocks(shape);
  }

  forward(x: Tensor4D, conditions: Tensor2D): Tensor2D {
    const phi = this.#features(x);
    const [first, along] = [this.#unconditional(phi), this.#along(phi, conditions)];
    return concat<Tensor2D>([this.shape.joint ? add(first, along) : first, along], 1);
  }

  /** What R1 looks at, [B, 1]: a(x) alone; where logits are joint, their sum. */
  penalized(x: Tensor4D, conditions: Tensor2D): Tensor2D {
    const phi = this.#features(x);
    const first = this.#unconditional(phi);
    return this.shape.joint ? add(first, this.#along(phi, conditions)) : first;
  }

  #unconditional(phi: Tensor2D): Tensor2D {
    return dense(phi, this.weights.get('linear.weight'), this.weights.get('linear.bias'));
  }

  /** b(x, u), [B, 1]. */
  #along(phi: Tensor2D, conditions: Tensor2D): Tensor2D {
    const { weights } = this;
    const width = phi.shape[1];
    const embedded = normalizedRows(matMul(conditions, weights.get<Tensor2D>('embedding.weight')));
    const projected = dense(phi, weights.get('projection.weight'), weights.get('projection.bias'));
    return matMul(mul(projected, embedded) as Tensor2D, filled<Tensor2D>([width, 1], 1 / Math.sqrt(width)));
  }

  #features(x: Tensor4D): Tensor2D {
    const { weights } = this;
    let h = this.#activated('rgb', conv2d(x, weights.get('rgb.weight')));
    for (const { name } of this.#blocks) h = this.#block(name, h);
    h = minibatchStd(h, { group: this.shape.deviationGroup });
    h = this.#activated('b4.conv', conv2d(h, weights.get('b4.conv.weight')));
    const flat = reshape(h, [h.shape[0], h.size / h.shape[0]]) as Tensor2D;
    return biasAct(matMul(flat, weights.get('b4.fc.weight')), weights.get('b4.fc.bias'), activated);
  }

  #block(name: string, x: Tensor4D): Tensor4D {
    const { weights } = this;
    const { residual = false } = this.shape;
    const half = Math.SQRT1_2; // of each of two paths, so that variances stay
    const h = this.#activated(`${name}.conv0`, conv2d(x, weights.get(`${name}.conv0.weight`)));
    const smooth = upfirdn2d(h, binomial4, { padding: 2 });
    const down = conv2d(smooth, weights.get(`${name}.conv1.weight`), { stride: 2, pad: 0 });
    if (!residual) return this.#activated(`${name}.conv1`, down);
    const skip = upfirdn2d(x, binomial4, { down: 2, padding: 1, gain: half });
    return add(
      conv2d(skip, weights.get<Tensor4D>(`${name}.skip.weight`)),
      this.#activated(`${name}.conv1`, down, activated.gain * half),
    );
  }

  #activated(name: string, x: Tensor4D, gain: number = activated.gain): Tensor4D {
    return biasAct(x, this.weights.get(`${name}.bias`), { ...activated, gain });
  }
}

/**
 * R1 (Mescheder et al. 2018): gamma / 2 times the mean over pictures of |da/dx|^2. Its gradient reaches neither the
 * conditional logit nor most biases: ask `lossAndGradients` for zeros there.
 * @param logit of each picture, [B, 1]; what comes before it, such as augmentation, belongs inside
 * @param x pictures, [B, H, W, 3]
 * @returns a scalar
 */
export function r1Penalty(logit: (x: Tensor4D) => Tensor2D, x: Tensor4D, gamma: number): Tensor {
  const slope = grad((pictures: Tensor) => sum(logit(pictures as Tensor4D)))(x);
  return mul(sum(square(slope)), gamma / 2 / x.shape[0]);
}
