/**
 * The probability p of adaptive augmentation (docs/method.md, sections 6 and 7; Karras et al. 2020): every four
 * iterations it takes a step up where the mean sign of D on reals since the last step lies above the target, down where
 * it lies below, so large that p could go from 0 to 1 in `adaKimg` thousand images. The public code bounds p below by
 * 0; here it ends at 1 too, where a probability cannot grow (our own choice).
 *
 * State and arithmetic live on the GPU: no read-back enters training, and a resumed run goes on bit for bit.
 */
import { assignInPlace, ParameterSet } from '../../gpu/parameter';
import { add, clipByValue, mul, sign, sub, type Scalar, type Tensor } from '../../gpu/tensor';
import { imagesPerIteration, type RunConfig } from '../../shared/config';

/** Iterations between two steps of p. */
export const adaInterval = 4;

/** What a discriminator step has to know of the schedule of p. */
export interface AdaStep {
  /** How far p goes in this step; 0 where none is due. */
  amount: number;
  /** 1 keeps the sum of signs, 0 begins anew. */
  keep: number;
}

/** @param iteration number of the iteration, from 0 @param k discriminator step in it, from 0 */
export function adaStepAt(config: RunConfig, iteration: number, k: number): AdaStep {
  const due = (iteration + 1) % adaInterval === 0 && k === config.discriminatorSteps - 1;
  const amount = (imagesPerIteration(config) * adaInterval) / (config.augment.adaKimg * 1000);
  return due ? { amount, keep: 0 } : { amount: 0, keep: 1 };
}

export class AdaController {
  /** p in [0, 1], and the sum of mean signs since its last step: what a checkpoint keeps. */
  readonly state = new ParameterSet('ada');
  readonly #target: number;
  readonly #stepsBetween: number;

  constructor(config: RunConfig) {
    this.#target = config.augment.adaTarget;
    this.#stepsBetween = adaInterval * config.discriminatorSteps;
    this.state.add('p', [], new Float32Array(1), { trainable: false });
    this.state.add('signs', [], new Float32Array(1), { trainable: false });
  }

  /** p, the live value. */
  get p(): Scalar {
    return this.state.get('p').variable as Tensor as Scalar;
  }

  /**
   * Takes one discriminator step's mean sign on reals into account.
   * @param signReal scalar in [-1, 1]
   * @param amount `AdaStep.amount`, scalar
   * @param keep `AdaStep.keep`, scalar
   */
  update(signReal: Tensor, amount: Tensor, keep: Tensor): void {
    const signs = add(this.state.get('signs').variable, signReal);
    const direction = sign(sub(signs, this.#target * this.#stepsBetween));
    const p = clipByValue(add(this.p, mul(amount, direction)), 0, 1);
    assignInPlace(this.state.get('p'), p);
    assignInPlace(this.state.get('signs'), mul(signs, keep));
  }

  dispose(): void {
    this.state.dispose();
  }
}
