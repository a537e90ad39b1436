/**
 * The losses of algorithm.md, section 5, on the GPU, hinge form. Which way a logit is pushed and how much its term counts arrive as
 * constants from `lossWeights.ts`; what is left here are weighted sums. All results are scalars of shape [1, 1].
 */
import { matMul } from '../gpu/matmul/matmul';
import { add, mul, relu, reshape, square, sub, type Tensor, type Tensor2D } from '../gpu/tensor';

function column(values: Tensor): Tensor2D {
  return reshape(values, [values.size, 1]);
}

/** sum_i coefficient_i value_i, over tensors of equal size. */
export function weightedSum(values: Tensor, coefficients: Tensor): Tensor2D {
  return matMul(reshape(coefficients, [1, coefficients.size]) as Tensor2D, column(values));
}

/** sum_i coefficient_i relu(1 - sign_i logit_i): V+ where the sign is +1, V- where it is -1. */
export function weightedHinge(logits: Tensor, signs: Tensor, coefficients: Tensor): Tensor2D {
  return weightedSum(relu(sub(1, mul(column(logits), column(signs)))), coefficients);
}

/** sum_i coefficient_i (first_i - second_i)^2 */
export function weightedSquares(first: Tensor, second: Tensor, coefficients: Tensor): Tensor2D {
  return weightedSum(square(sub(first, second)), coefficients);
}

export function total(first: Tensor2D, ...more: Tensor2D[]): Tensor2D {
  return more.reduce((sum, term) => add(sum, term), first);
}
