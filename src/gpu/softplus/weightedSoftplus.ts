/** The logistic form of a weighted loss: `sum over i of coefficient_i softplus(-sign_i logit_i)`. */
import { mul, sigmoid, square, sub } from '../tensor';
import { defineWeightedLoss } from '../weightedLoss/weightedLoss';

export const weightedSoftplus = defineWeightedLoss({
  name: 'weightedSoftplus',
  term: /* wgsl */ `
    let t = -signs[i] * logits[i];
    part += coefficients[i] * (max(0.0, t) + log(1.0 + exp(-abs(t))));`,
  // The exponent is never positive: infinities are not dependable in WGSL.
  slope: /* wgsl */ `
  let t = -signs[i] * logits[i];
  let e = exp(-abs(t));
  y[i] = -coefficients[i] * signs[i] * dy[0] * select(e, 1.0, t >= 0.0) / (1.0 + e);`,
  curvature: ({ logits, signs, coefficients }) => {
    const likely = sigmoid(mul(signs, logits));
    return mul(mul(likely, sub(1, likely)), mul(coefficients, square(signs)));
  },
});
