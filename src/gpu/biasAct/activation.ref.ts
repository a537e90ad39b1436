/** Float64 references of the activations, and of bias and activation together. */
import type { Activation } from './activation';

/** erf by its Taylor series (|x| < 3) or its continued fraction: exact to about 1e-15. */
export function erfRef(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let tail = a;
  for (let n = 60; n > 0; n--) tail = a + n / 2 / tail;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (tail * Math.sqrt(Math.PI)));
}

export function activationRef(x: number, activation: Activation, alpha: number): number {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return Math.max(0, x);
    case 'lrelu':
      return x > 0 ? x : alpha * x;
    case 'gelu':
      return 0.5 * x * (1 + erfRef(x / Math.SQRT2));
    case 'geluTanh':
      return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    case 'quickGelu':
      return x / (1 + Math.exp(-1.702 * x));
  }
}

export function biasActRef(
  x: Float64Array,
  bias: Float64Array | null,
  activation: Activation,
  gain = 1,
  alpha = 0.2,
): Float64Array {
  return x.map(
    (value, i) => gain * activationRef(value + (bias ? (bias[i % bias.length] ?? NaN) : 0), activation, alpha),
  );
}
