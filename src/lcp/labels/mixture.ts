/**
 * What pictures without a label say about classes (docs/method.md, section 1; the method is our own choice): a mixture
 * of one Gaussian a class with a common covariance, fitted to labeled and unlabeled pictures by expectation
 * maximisation. On g = unit(f - mean f), with P the classifier's p(c|x),
 *
 *   s_c(x) = beta (g' R^-1 mu_c - 1/2 mu_c' R^-1 mu_c) + 1/2 log pi_c,   Z = softmax(s + log P),
 *
 * where mu_c, pi_c are the means and shares under Z (one-hot for labeled pictures) and R is 0.9 of the covariance within
 * classes + 0.1 of its mean variance, times I. Five rounds from Z = P: more of them lead away from the labels. beta < 1
 * because the numbers of a feature are no independent evidence.
 */
import type { Cooperative } from '../../shared/cooperative';
import {
  accumulateRows,
  allRows,
  choleskyOf,
  choleskySolve,
  covarianceOfRows,
  multiplyRows,
  normalize,
} from '../../shared/linearAlgebra';
import { softmaxRow } from './softmaxRegression';

export const mixtureSettings = { rounds: 5, beta: 0.35, ridge: 0.1, shares: 0.5 } as const;
/** Keeps logarithms finite. */
const least = 1e-6;

export interface MixtureProblem {
  /** g, unit rows, [n, d]. */
  vectors: Float32Array;
  d: number;
  classCount: number;
  /** P, [n, C]. */
  prior: Float32Array;
  /** Class of each picture, or -1. [n] */
  labels: Int32Array;
}

/** s(x) = weights g + bias. */
export interface Mixture {
  /** [C, d] */
  weights: Float64Array;
  /** [C] */
  bias: Float64Array;
}

export interface FittedMixture extends Mixture {
  /** Z of the last round, [n, C]. */
  posterior: Float64Array;
}

/** Unit rows of features about a centre, [rows, d]. */
export function centredRows(features: Float32Array, d: number, rows: Int32Array, centre: Float64Array): Float32Array {
  const vectors = new Float32Array(rows.length * d);
  rows.forEach((row, i) => {
    for (let j = 0; j < d; j += 1) vectors[i * d + j] = (features[row * d + j] as number) - (centre[j] as number);
    normalize(vectors, i * d, (i + 1) * d);
  });
  return vectors;
}

/** Fits the mixture. Yields progress; deterministic. */
export function* fitMixture(problem: MixtureProblem): Cooperative<FittedMixture> {
  const { vectors, d, classCount, prior, labels } = problem;
  const origin = new Float64Array(d);
  const total = covarianceOfRows(vectors, d, allRows(labels.length), origin);
  let posterior: Float64Array = Float64Array.from(prior);
  settleLabels(posterior, labels, classCount);
  let mixture: Mixture = { weights: new Float64Array(classCount * d), bias: new Float64Array(classCount) };
  for (let round = 0; round < mixtureSettings.rounds; round += 1) {
    yield round / mixtureSettings.rounds;
    mixture = classGaussians(problem, total, posterior);
    posterior = expectation(problem, mixture);
  }
  return { ...mixture, posterior };
}

/** s of pictures, [n, C]. @param vectors g, [n, d] */
export function mixtureScores({ weights, bias }: Mixture, vectors: Float32Array, d: number): Float64Array {
  const m = bias.length;
  const n = vectors.length / d;
  const scores = new Float64Array(n * m);
  multiplyRows({ features: vectors, d, rows: allRows(n), weights, m }, scores);
  for (let i = 0; i < scores.length; i += 1) scores[i] = (scores[i] as number) + (bias[i % m] as number);
  return scores;
}

/** Means, shares and R under the posterior, folded into weights and bias. */
function classGaussians(
  { vectors, d, classCount, labels }: MixtureProblem,
  total: Float64Array,
  posterior: Float64Array,
): Mixture {
  const n = labels.length;
  const means = new Float64Array(classCount * d);
  accumulateRows(vectors, d, allRows(n), posterior, classCount, means);
  const shares = new Float64Array(classCount);
  posterior.forEach((z, i) => {
    shares[i % classCount] = (shares[i % classCount] as number) + z / n;
  });
  for (let i = 0; i < means.length; i += 1)
    means[i] = (means[i] as number) / Math.max(least, n * (shares[Math.floor(i / d)] as number));
  const within = total.slice();
  for (let c = 0; c < classCount; c += 1)
    takeOuterProduct(within, means.subarray(c * d, (c + 1) * d), shares[c] as number);
  let variance = 0;
  for (let j = 0; j < d; j += 1) variance += (within[j * d + j] as number) / d;
  const { ridge, beta } = mixtureSettings;
  const factor = choleskyOf(within, d, 1 - ridge, ridge * Math.max(variance, least));
  const weights = means.slice();
  choleskySolve(factor, d, weights, classCount);
  const bias = new Float64Array(classCount);
  for (let c = 0; c < classCount; c += 1) {
    let length = 0;
    for (let j = c * d; j < (c + 1) * d; j += 1) {
      length += (weights[j] as number) * (means[j] as number);
      weights[j] = beta * (weights[j] as number);
    }
    bias[c] = (-beta * length) / 2 + mixtureSettings.shares * Math.log(Math.max(least, shares[c] as number));
  }
  return { weights, bias };
}

/** matrix -= share v v', lower triangle. */
function takeOuterProduct(matrix: Float64Array, v: Float64Array, share: number): void {
  const d = v.length;
  for (let a = 0; a < d; a += 1) {
    const scaledValue = share * (v[a] as number);
    for (let b = 0; b <= a; b += 1) matrix[a * d + b] = (matrix[a * d + b] as number) - scaledValue * (v[b] as number);
  }
}

/** Z = softmax(s + log P), one-hot for labeled pictures. */
function expectation({ vectors, d, classCount, prior, labels }: MixtureProblem, mixture: Mixture): Float64Array {
  const posterior = mixtureScores(mixture, vectors, d);
  for (let i = 0; i < posterior.length; i += 1)
    posterior[i] = (posterior[i] as number) + Math.log(Math.max(least, prior[i] as number));
  labels.forEach((_, row) => softmaxRow(posterior, row * classCount, classCount));
  settleLabels(posterior, labels, classCount);
  return posterior;
}

function settleLabels(posterior: Float64Array, labels: Int32Array, classCount: number): void {
  labels.forEach((label, row) => {
    if (label < 0) return;
    posterior.fill(0, row * classCount, (row + 1) * classCount);
    posterior[row * classCount + label] = 1;
  });
}
