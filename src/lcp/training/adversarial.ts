/**
 * The forms of the adversarial game (docs/method.md, section 5), as data for `losses.ts`; a base model
 * names its own. A critic's term says which way each logit is pushed; L_G wants every logit of a fake high.
 */
import { weightedHinge } from '../../gpu/hinge/weightedHinge';
import { weightedSoftplus } from '../../gpu/softplus/weightedSoftplus';
import { neg, onesLike, type Tensor } from '../../gpu/tensor';
import { weightedSum } from './weightedSum';

export interface AdversarialForm {
  /**
   * A critic's loss: sum_i coefficient_i V(sign_i logit_i), V falling. All arguments of one size.
   * @param signs +1 wants the logit high, -1 low
   * @returns a scalar
   */
  critic(logits: Tensor, signs: Tensor, coefficients: Tensor): Tensor;
  /** The generator's: sum_i |coefficient_i| V_G(logit_i). @param coefficients none above 0 @returns a scalar */
  generator(logits: Tensor, coefficients: Tensor): Tensor;
}

/** V(t) = relu(1 - t); V_G(t) = -t. */
export const hinge: AdversarialForm = { critic: weightedHinge, generator: weightedSum };

/** V(t) = V_G(t) = softplus(-t). */
export const logistic: AdversarialForm = {
  critic: weightedSoftplus,
  generator: (logits, coefficients) => neg(weightedSoftplus(logits, onesLike(logits), coefficients)),
};
