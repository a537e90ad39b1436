/**
 * Spectral normalisation (Miyato et al. 2018): a weight divided by an estimate of its largest singular value, by one
 * power iteration from a vector that persists. The gradient flows through sigma = v^T W u with u and v held fixed.
 * Differentiable to any order in that sense.
 */
import { assignInPlace, type Parameter } from '../parameter';
import {
  customGrad,
  div,
  matMul,
  maximum,
  mul,
  reshape,
  sqrt,
  square,
  sum,
  zerosLike,
  type Tensor,
  type Tensor2D,
} from '../tensor';

export interface SpectralNormOptions {
  /** Take a step of the power iteration and store it in `u`. Without, sigma comes from `u` as it is. */
  update: boolean;
}

const tiny = 1e-12;

function unit(vector: Tensor2D): Tensor2D {
  return div(vector, maximum(sqrt(sum(square(vector))), tiny));
}

/** The outer product v u^T, [prod(...), O], as a constant to differentiation. */
function leadingPair(w: Tensor, u: Parameter, update: boolean): Tensor2D {
  const outputs = w.shape[w.rank - 1] ?? 1;
  const constant = customGrad((...args) => {
    const weight = args[0] as Tensor;
    const matrix: Tensor2D = reshape(weight, [-1, outputs]);
    const before: Tensor2D = reshape(u.variable, [outputs, 1]);
    const v = unit(matMul(matrix, before));
    const after = update ? unit(matMul(matrix, v, true, false)) : before;
    if (update) assignInPlace(u, reshape(after, [outputs]));
    return { value: mul(v, reshape(after, [1, outputs])), gradFunc: () => zerosLike(weight) };
  });
  return constant(w) as Tensor2D;
}

/**
 * @param w [..., O]; as a matrix [prod(...), O], which is the transpose of PyTorch's
 * @param u state, [O]: the estimate of the leading singular vector on the output side; any non-zero start
 * @returns w / sigma, shape of w
 */
export function spectralNormalize<T extends Tensor>(w: T, u: Parameter, { update }: SpectralNormOptions): T {
  const pair = leadingPair(w, u, update);
  return div(w, sum(mul(reshape(w, pair.shape), pair)));
}
