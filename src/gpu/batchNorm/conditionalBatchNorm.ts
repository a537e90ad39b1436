/** Batch normalisation with a gain and a bias of each example's own (BigGAN's conditional batch norm). Differentiable to any order. */
import { add, mean, mul, reshape, rsqrt, square, sub, type Tensor2D, type Tensor4D } from '../tensor';

/**
 * `gain * (x - mean) / sqrt(variance + epsilon) + bias`, statistics of the batch over B, H, W (biased variance).
 * @param x [B, H, W, C]
 * @param gain [B, C], used as it is (add 1 before, where the parametrisation wants it)
 * @param bias [B, C]
 * @param epsilon > 0, added to the variance
 * @returns [B, H, W, C]
 */
export function conditionalBatchNorm(x: Tensor4D, gain: Tensor2D, bias: Tensor2D, epsilon: number): Tensor4D {
  const [batch, , , channels] = x.shape;
  const perExample = (t: Tensor2D): Tensor4D => reshape(t, [batch, 1, 1, channels]);
  const centred = sub(x, mean(x, [0, 1, 2], true));
  const scale = rsqrt(add(mean(square(centred), [0, 1, 2], true), epsilon));
  return add(mul(mul(centred, scale), perExample(gain)), perExample(bias));
}
