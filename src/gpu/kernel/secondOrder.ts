/**
 * Second derivatives of operations whose first derivative is a kernel. A kernel computes the vector-Jacobian product of
 * f by hand; the derivative of that product is taken by the tape from f in elementary operations, so that it exists to
 * any order without another kernel.
 */
import { engine as tfEngine } from '@tensorflow/tfjs-core';
import { add, grads, mul, sum, type Tensor } from '../tensor';

type Composed = (...inputs: Tensor[]) => Tensor;

/** f as a function of some of its inputs, the others held. */
function partial(f: Composed, inputs: readonly Tensor[], free: readonly number[]): Composed {
  return (...given) => f(...inputs.map((input, i) => given[free.indexOf(i)] ?? input));
}

/**
 * Runs `f`, which differentiates, in the middle of the outermost backward pass. The library keeps one tape, which a
 * fresh `grads` there would drop before the pass that reads it is done.
 */
function besideTheTape<T>(f: () => T): T {
  const { state } = tfEngine();
  if (state.gradientDepth > 0) return f();
  const tape = state.activeTape;
  try {
    return f();
  } finally {
    state.activeTape = tape;
  }
}

/**
 * The gradient of `sum over i of <directions[i], J_i(inputs)^T dy>`, J_i being f's Jacobian by input i.
 * @param f composed of operations that are differentiable to any order
 * @param directions one an input of f; null where the product was not asked for
 * @param fixed inputs that the product does not depend on; they get no gradient
 * @returns gradients by the inputs that are not fixed, in order, then by dy
 */
export function gradientOfProduct(
  f: Composed,
  inputs: readonly Tensor[],
  dy: Tensor,
  directions: readonly (Tensor | null)[],
  fixed: readonly number[] = [],
): Tensor[] {
  const free = inputs.map((_, i) => i).filter((i) => !fixed.includes(i));
  const asked = inputs.map((_, i) => i).filter((i) => directions[i]);
  const objective: Composed = (...given) => {
    const at = inputs.map((input, i) => given[free.indexOf(i)] ?? input);
    const gradients = grads(partial(f, at, asked))(
      asked.map((i) => at[i] as Tensor),
      given[free.length],
    );
    return gradients
      .map((gradient, n) => sum(mul(gradient, directions[asked[n] ?? 0] as Tensor)))
      .reduce((a, b) => add(a, b));
  };
  return besideTheTape(() => grads(objective)([...free.map((i) => inputs[i] as Tensor), dy]));
}
