/**
 * T of docs/method.md: how a run augments the pictures that its critics see, by configuration. Differentiable in the
 * pictures.
 */
import { adaAugment, adaDraws } from '../../gpu/ada/adaAugment';
import { diffAugment } from '../../gpu/diffAugment/diffAugment';
import { randomUniform } from '../../gpu/random/random';
import { slice, type Rank, type Scalar, type Tensor, type Tensor2D, type Tensor4D } from '../../gpu/tensor';
import type { RunConfig } from '../../shared/config';

/** Numbers that DiffAugment draws a picture. */
const diffAugmentDraws = 8;

/**
 * A function that augments pictures with one set of draws. Make it outside of what is differentiated.
 * @param count pictures that it will be given
 * @param stream of the random numbers; `step` names the draws
 * @param p ADA's probability; needed where the mode is 'ada'
 * @returns a function of the pictures, or of some of them from number `first` on
 */
export function augmentation(
  { augment, seed }: RunConfig,
  count: number,
  stream: number,
  step: Tensor,
  p: Scalar | null,
): (pictures: Tensor4D, first?: number) => Tensor4D {
  if (augment.mode === 'none') return (pictures) => pictures;
  const key = { seed, stream, step };
  if (augment.mode === 'diffAugment') {
    const draws = randomUniform<Rank.R2>([count, diffAugmentDraws], key);
    return (pictures, first = 0) => diffAugment(pictures, drawsOf(draws, pictures, first), augment);
  }
  if (!p) throw new Error('adaptive augmentation needs its probability');
  const draws = randomUniform<Rank.R2>([count, adaDraws], key);
  return (pictures, first = 0) => adaAugment(pictures, drawsOf(draws, pictures, first), p);
}

/** The draws of pictures `first`, `first` + 1, ... */
function drawsOf(draws: Tensor2D, { shape: [count] }: Tensor4D, first: number): Tensor2D {
  return count === draws.shape[0] ? draws : slice(draws, [first, 0], [count, draws.shape[1]]);
}
