/**
 * T of docs/method.md: how a run augments the pictures that its critics see, by configuration. Differentiable in the
 * pictures.
 */
import { adaAugment, adaDraws } from '../../gpu/ada/adaAugment';
import { diffAugment } from '../../gpu/diffAugment/diffAugment';
import { randomUniform } from '../../gpu/random/random';
import type { Rank, Scalar, Tensor, Tensor4D } from '../../gpu/tensor';
import type { RunConfig } from '../../shared/config';

/** Numbers that DiffAugment draws a picture. */
const diffAugmentDraws = 8;

/**
 * A function that augments pictures with one set of draws. Make it outside of what is differentiated.
 * @param count pictures that it will be given
 * @param stream of the random numbers; `step` names the draws
 * @param p ADA's probability; needed where the mode is 'ada'
 */
export function augmentation(
  { augment, seed }: RunConfig,
  count: number,
  stream: number,
  step: Tensor,
  p: Scalar | null,
): (pictures: Tensor4D) => Tensor4D {
  if (augment.mode === 'none') return (pictures) => pictures;
  const key = { seed, stream, step };
  if (augment.mode === 'diffAugment') {
    const draws = randomUniform<Rank.R2>([count, diffAugmentDraws], key);
    return (pictures) => diffAugment(pictures, draws, augment);
  }
  if (!p) throw new Error('adaptive augmentation needs its probability');
  const draws = randomUniform<Rank.R2>([count, adaDraws], key);
  return (pictures) => adaAugment(pictures, draws, p);
}
