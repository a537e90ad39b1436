/** Weighted sums over tensors, each one product. */
import { matMul } from '../../gpu/matmul/matmul';
import { reshape, type Tensor, type Tensor2D } from '../../gpu/tensor';

/** sum_i coefficient_i value_i, over tensors of equal size. */
export function weightedSum(values: Tensor, coefficients: Tensor): Tensor {
  const product = matMul(
    reshape(coefficients, [1, coefficients.size]) as Tensor2D,
    reshape(values, [values.size, 1]) as Tensor2D,
  );
  return reshape(product, []);
}
