/**
 * The activations as WGSL: value and first two derivatives. `linear`, `relu` and `lrelu` are one piecewise linear
 * family whose derivative can be read off the result; the GELU family is smooth and needs the input: `gelu` is exact,
 * `geluTanh` and `quickGelu` are its usual approximations (Hendrycks and Gimpel, "Gaussian error linear units", section
 * 2).
 */

export type SmoothActivation = 'gelu' | 'geluTanh' | 'quickGelu';
export type Activation = 'linear' | 'relu' | 'lrelu' | SmoothActivation;

export const isSmooth = (activation: Activation): activation is SmoothActivation => activation in smooth;

/** Slope below zero of the piecewise linear ones, null for the smooth ones. */
export function slopeBelowZero(activation: Activation, alpha: number): number | null {
  switch (activation) {
    case 'linear':
      return 1;
    case 'relu':
      return 0;
    case 'lrelu':
      return alpha;
    default:
      return null;
  }
}

/** Abramowitz and Stegun 7.1.26, |error| <= 1.5e-7: near the resolution of f32. */
const erf = /* wgsl */ `
fn erf(x: T) -> T {
  let a = abs(x);
  let t = T(1.0) / (T(1.0) + 0.3275911 * a);
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (T(1.0) - p * exp(-a * a));
}`;

const smooth: Record<SmoothActivation, { shared: string; value: string; first: string; second: string }> = {
  gelu: {
    shared: `${erf}
fn cumulative(x: T) -> T { return 0.5 * (T(1.0) + erf(x * 0.7071067811865476)); }
fn density(x: T) -> T { return 0.3989422804014327 * exp(-0.5 * x * x); }`,
    value: 'x * cumulative(x)',
    first: 'cumulative(x) + x * density(x)',
    second: 'density(x) * (T(2.0) - x * x)',
  },
  // x sigmoid(w) with w = 2 sqrt(2 / pi) (x + 0.044715 x^3): the same as with the hyperbolic tangent.
  geluTanh: {
    shared: `fn sigma(x: T) -> T { return T(1.0) / (T(1.0) + exp(min(-x * (1.5957691216057308 + 0.07135481627159567 * x * x), T(80.0)))); }
fn steep(x: T) -> T { return 1.5957691216057308 + 0.21406444881478702 * x * x; }`,
    value: 'x * sigma(x)',
    first: 'sigma(x) * (T(1.0) + x * (T(1.0) - sigma(x)) * steep(x))',
    second:
      'sigma(x) * (T(1.0) - sigma(x)) * (2.0 * steep(x) + x * ((T(1.0) - 2.0 * sigma(x)) * steep(x) * steep(x) + 0.42812889762957404 * x))',
  },
  quickGelu: {
    // The exponent is capped: infinities are not dependable in WGSL.
    shared: 'fn sigma(x: T) -> T { return T(1.0) / (T(1.0) + exp(min(-1.702 * x, T(80.0)))); }',
    value: 'x * sigma(x)',
    first: 'sigma(x) * (T(1.0) + 1.702 * x * (T(1.0) - sigma(x)))',
    second: '1.702 * sigma(x) * (T(1.0) - sigma(x)) * (T(2.0) + 1.702 * x * (T(1.0) - 2.0 * sigma(x)))',
  },
};

/**
 * WGSL function `fn NAME(x: T) -> T` for the type T = f32 or vec4<f32>: the activation (order 0) or a derivative of it.
 * For the piecewise linear ones `alpha` is a WGSL expression, and order 2 does not exist.
 */
export function activationWgsl(
  name: string,
  activation: Activation,
  order: 0 | 1 | 2,
  type: 'f32' | 'vec4<f32>',
  alpha: string,
): string {
  if (isSmooth(activation)) {
    const { shared, value, first, second } = smooth[activation];
    return `${shared}\nfn ${name}(x: T) -> T { return ${[value, first, second][order] ?? ''}; }`.replaceAll(
      /\bT\b/g,
      type,
    );
  }
  const slope = activation === 'linear' ? '1.0' : activation === 'relu' ? '0.0' : alpha;
  const body =
    order === 0
      ? activation === 'linear'
        ? 'x'
        : `select(${slope} * x, x, x > T(0.0))`
      : `select(T(${slope}), T(1.0), x > T(0.0))`;
  return `fn ${name}(x: T) -> T { return ${body}; }`.replaceAll(/\bT\b/g, type);
}
