/** Fully connected layer: `act(x w + bias)`. Differentiable to any order. */
import { biasAct, type Activation } from '../biasAct/biasAct';
import { matMul } from '../matmul/matmul';
import type { Tensor, Tensor2D } from '../tensor';

/**
 * @param x [B, I]
 * @param w [I, O]
 * @param bias [O], or null for none
 * @param activation default 'linear'; 'lrelu' has slope 0.2
 * @returns [B, O]
 */
export function dense(x: Tensor2D, w: Tensor2D, bias: Tensor | null, activation: Activation = 'linear'): Tensor2D {
  const product = matMul(x, w);
  return bias === null && activation === 'linear' ? product : biasAct(product, bias, { activation });
}
