import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../shared/rng';
import { runNow } from '../../shared/cooperative';
import { makeFeatures } from '../partition/features.testing';
import { allRows, covarianceOfRows, meanOfRows } from '../../shared/linearAlgebra';
import {
  curvatureFactor,
  fitSoftmaxRegression,
  type LinearClassifier,
  type RegressionProblem,
} from './softmaxRegression';

/** F(W, b) written down plainly: the definition in the file's first paragraph. */
function objective(problem: RegressionProblem, { weights, bias }: LinearClassifier): number {
  const { features, d, rows, targets, classCount, centre, scale, offsets, decay, biasDecay = 0 } = problem;
  let sum = 0;
  rows.forEach((row, i) => {
    const logits = Array.from({ length: classCount }, (_, c) => {
      let z = (bias[c] as number) + (offsets ? (offsets[i * classCount + c] as number) : 0);
      for (let j = 0; j < d; j += 1)
        z += (weights[c * d + j] as number) * scale * ((features[row * d + j] as number) - (centre[j] as number));
      return z;
    });
    sum += Math.log(logits.reduce((total, z) => total + Math.exp(z), 0)) - (logits[targets[i] as number] as number);
  });
  const square = (values: Float64Array): number => values.reduce((total, value) => total + value * value, 0);
  return (sum + (decay / 2) * square(weights) + (biasDecay / 2) * square(bias)) / rows.length;
}

function problemOf(decay: number, withOffsets: boolean, biasDecay = 0): RegressionProblem {
  const { features, classes } = makeFeatures({ d: 6, counts: [[9], [7], [11]], noise: 0.9 });
  const rows = allRows(classes.length).filter((i) => i % 4 !== 3);
  const random = new CounterRandom(3, 902);
  const offsets = withOffsets ? Float64Array.from({ length: rows.length * 3 }, () => random.normal()) : null;
  return {
    features,
    d: 6,
    rows,
    targets: rows.map((i) => classes[i] as number),
    classCount: 3,
    centre: meanOfRows(features, 6, allRows(classes.length)),
    scale: 1.7,
    offsets,
    decay,
    biasDecay,
  };
}

function solve(problem: RegressionProblem, tolerance = 1e-14) {
  const covariance = covarianceOfRows(problem.features, problem.d, problem.rows, problem.centre);
  return runNow(
    fitSoftmaxRegression(problem, { factor: curvatureFactor(covariance, problem, problem.rows.length), tolerance }),
  );
}

/** Numeric gradient of the plain objective at the solution. */
function gradientNorm(problem: RegressionProblem, fit: LinearClassifier): number {
  let square = 0;
  for (const values of [fit.weights, fit.bias]) {
    for (let j = 0; j < values.length; j += 1) {
      const at = values[j] as number;
      values[j] = at + 1e-5;
      const up = objective(problem, fit);
      values[j] = at - 1e-5;
      const down = objective(problem, fit);
      values[j] = at;
      square += ((up - down) / 2e-5) ** 2;
    }
  }
  return Math.sqrt(square);
}

describe('softmax regression', () => {
  it.each([
    [10, false, 0],
    [0.5, true, 0],
    [0.5, true, 0.3],
    [0.01, false, 0],
    [0.01, false, 5],
    [0.001, true, 0],
  ])(
    'reaches the minimum of the plain objective (decay %d, offsets %s, decay of the bias %d)',
    (decay, withOffsets, biasDecay) => {
      const problem = problemOf(decay, withOffsets, biasDecay);
      const fit = solve(problem);
      // Strictly convex in W: a vanishing gradient is the minimum. Central differences are good to about 1e-9 here.
      expect(gradientNorm(problem, fit)).toBeLessThan(2e-6);
      expect(fit.remaining).toBeLessThan(1e-12);
    },
  );

  it('agrees with the closed form of its first-order condition for one feature and two classes', () => {
    // Features -1 and 1, classes 0 and 1: W = (-w, w) with decay w = 2 (1 - sigmoid(2 w)) for two examples.
    const problem: RegressionProblem = {
      features: Float32Array.of(-1, 1),
      d: 1,
      rows: Int32Array.of(0, 1),
      targets: Int32Array.of(0, 1),
      classCount: 2,
      centre: Float64Array.of(0),
      scale: 1,
      offsets: null,
      decay: 0.3,
    };
    const fit = solve(problem);
    const w = fit.weights[1] as number;
    expect(fit.weights[0]).toBeCloseTo(-w, 8);
    expect(0.3 * w).toBeCloseTo(2 * (1 - 1 / (1 + Math.exp(-2 * w))), 8);
    expect(fit.bias[0]).toBeCloseTo(0, 8);
  });

  it('does not depend on where it starts', () => {
    const problem = problemOf(0.1, true);
    const covariance = covarianceOfRows(problem.features, problem.d, problem.rows, problem.centre);
    const factor = curvatureFactor(covariance, problem, problem.rows.length);
    const start = solve(problemOf(5, false));
    const warm = runNow(fitSoftmaxRegression(problem, { factor, start, tolerance: 1e-14 }));
    const cold = solve(problem);
    warm.weights.forEach((value, j) => expect(value).toBeCloseTo(cold.weights[j] as number, 5));
  });

  it('stays finite on separable data with hardly any decay, and on equal features', () => {
    const separable = makeFeatures({ d: 12, counts: [[4], [4]], noise: 0.01 });
    const base = {
      d: 12,
      rows: allRows(8),
      targets: separable.classes,
      classCount: 2,
      centre: meanOfRows(separable.features, 12, allRows(8)),
      scale: 3,
      offsets: null,
      decay: 1e-3,
    };
    expect(
      objective({ ...base, features: separable.features }, solve({ ...base, features: separable.features }, 1e-9)),
    ).toBeLessThan(0.05);
    const equal = new Float32Array(8 * 12).fill(0.1);
    const same = solve({ ...base, features: equal, centre: meanOfRows(equal, 12, allRows(8)) }, 1e-9);
    expect([...same.weights, ...same.bias].every((value) => Math.abs(value) < 1e-6)).toBe(true);
  });
});
