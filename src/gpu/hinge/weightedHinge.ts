/**
 * The hinge form of a weighted loss: `sum over i of coefficient_i relu(1 - sign_i logit_i)`. Its second derivative is
 * zero almost everywhere.
 */
import { defineWeightedLoss } from '../weightedLoss/weightedLoss';

export const weightedHinge = defineWeightedLoss({
  name: 'weightedHinge',
  term: 'part += coefficients[i] * max(0.0, 1.0 - signs[i] * logits[i]);',
  slope: 'y[i] = select(0.0, -coefficients[i] * signs[i] * dy[0], signs[i] * logits[i] < 1.0);',
  curvature: null,
});
