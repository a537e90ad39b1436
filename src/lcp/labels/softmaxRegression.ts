/**
 * Multinomial logistic regression on top of fixed offsets, the trainable part of label inference (docs/method.md,
 * section 1; the solver is our own choice). It minimises
 *
 *   F(W, b) = 1/n { sum_i CE(offset_i + W x_i + b, y_i) + decay/2 |W|^2 + biasDecay/2 |b|^2 },   x_i = scale (f_i - centre),
 *
 * which is strictly convex in W, by L-BFGS from W = 0, b = 0. The inverse curvature that L-BFGS starts from is that of
 * F at W = 0, so ten to twenty passes over the data converge whatever the spectrum of the features. Along each
 * direction the logits are linear in the step length, so the line search needs no further pass over the features.
 * Written with the penalty as a prior precision (it is not multiplied by n), so that a `decay` found on a subset holds
 * for the whole.
 */
import { accumulateRows, choleskyOf, choleskySolve, multiplyRows } from '../../shared/linearAlgebra';
import type { Cooperative } from '../../shared/cooperative';

export interface RegressionProblem {
  /** [N, d] */
  features: Float32Array;
  d: number;
  /** Rows of `features` in the problem, n of them. */
  rows: Int32Array;
  /** Class of each row of the problem, in [0, classCount). */
  targets: Int32Array;
  classCount: number;
  centre: Float64Array;
  scale: number;
  /** Fixed part of the logits, [n, classCount]; null for none. */
  offsets: Float64Array | null;
  /** Prior precision on W, > 0. */
  decay: number;
  /** Prior precision on b, >= 0; default 0. */
  biasDecay?: number;
}

export interface LinearClassifier {
  /** [classCount, d], acting on x. */
  weights: Float64Array;
  /** [classCount] */
  bias: Float64Array;
}

export interface RegressionFit extends LinearClassifier {
  iterations: number;
  /**
   * Half the squared gradient in the inverse-curvature norm: an estimate of what is left to gain, in nats an example.
   */
  remaining: number;
}

export interface RegressionOptions {
  /** From `curvatureFactor`; any positive definite factor works, a fitting one needs the fewest passes. */
  factor: Float64Array;
  start?: LinearClassifier | null;
  /** Stops when `remaining` falls below this. */
  tolerance?: number;
  maxIterations?: number;
}

const memory = 8;

/** Fits W and b. Yields progress; deterministic. */
export function* fitSoftmaxRegression(
  problem: RegressionProblem,
  options: RegressionOptions,
): Cooperative<RegressionFit> {
  const { d, classCount } = problem;
  const tolerance = options.tolerance ?? 1e-9;
  const maxIterations = options.maxIterations ?? 200;
  const state = startState(problem, options.start ?? null);
  const history = new CurvatureHistory(memory, (vector) => applyInverseCurvature(problem, options.factor, vector));
  let gradient = gradientAt(problem, state);
  let remaining = 0;
  let iterations = 0;
  for (; iterations < maxIterations; iterations += 1) {
    const direction = history.direction(gradient);
    const slope = dot(direction, gradient);
    remaining = -slope / 2;
    if (remaining <= tolerance) break;
    yield Math.min(0.99, iterations / 30);
    const step = lineSearch(problem, state, direction);
    for (let j = 0; j < direction.length; j += 1)
      state.parameters[j] = (state.parameters[j] as number) + step * (direction[j] as number);
    const next = gradientAt(problem, state);
    history.add(direction, step, gradient, next);
    gradient = next;
  }
  const weights = state.parameters.slice(0, classCount * d);
  return { weights, bias: state.parameters.slice(classCount * d), iterations, remaining };
}

/** Logits W x + b (without offsets) of the chosen rows into `out` [n, classCount]. */
export function linearLogits(
  classifier: LinearClassifier,
  problem: Pick<RegressionProblem, 'features' | 'd' | 'rows' | 'classCount' | 'centre' | 'scale'>,
  out: Float64Array,
): void {
  const { features, d, rows, classCount: m, centre, scale } = problem;
  multiplyRows({ features, d, rows, weights: classifier.weights, m }, out);
  const shift = new Float64Array(m);
  for (let c = 0; c < m; c += 1) {
    let sum = 0;
    for (let j = 0; j < d; j += 1) sum += (classifier.weights[c * d + j] as number) * (centre[j] as number);
    shift[c] = (classifier.bias[c] as number) - scale * sum;
  }
  for (let i = 0; i < rows.length; i += 1)
    for (let c = 0; c < m; c += 1) out[i * m + c] = scale * (out[i * m + c] as number) + (shift[c] as number);
}

interface FitState {
  /** W row by row, then b. */
  parameters: Float64Array;
  /** Logits at `parameters`, [n, classCount]. */
  logits: Float64Array;
}

function startState(problem: RegressionProblem, start: LinearClassifier | null): FitState {
  const { d, classCount, rows, offsets } = problem;
  const parameters = new Float64Array(classCount * d + classCount);
  const logits = new Float64Array(rows.length * classCount);
  if (start) {
    parameters.set(start.weights);
    parameters.set(start.bias, classCount * d);
    linearLogits(start, problem, logits);
  }
  if (offsets) for (let j = 0; j < logits.length; j += 1) logits[j] = (logits[j] as number) + (offsets[j] as number);
  return { parameters, logits };
}

/** Gradient of F over (W, b). */
function gradientAt(problem: RegressionProblem, state: FitState): Float64Array {
  const { features, d, rows, targets, classCount: m, centre, scale, decay, biasDecay = 0 } = problem;
  const n = rows.length;
  const residuals = state.logits.slice();
  for (let i = 0; i < n; i += 1) {
    softmaxRow(residuals, i * m, m);
    const own = i * m + (targets[i] as number);
    residuals[own] = (residuals[own] as number) - 1;
  }
  const gradient = new Float64Array(m * d + m);
  accumulateRows(features, d, rows, residuals, m, gradient);
  for (let c = 0; c < m; c += 1) {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += residuals[i * m + c] as number;
    gradient[m * d + c] = (sum + biasDecay * (state.parameters[m * d + c] as number)) / n;
    for (let j = 0; j < d; j += 1) {
      const o = c * d + j;
      gradient[o] =
        (scale * ((gradient[o] as number) - sum * (centre[j] as number)) + decay * (state.parameters[o] as number)) / n;
    }
  }
  return gradient;
}

/**
 * Cholesky factor of F's curvature in W at W = 0, where all classes are equally likely: scale^2 / C covariance + decay
 * / n I. `covariance` is that of the features about `centre` (lower triangle).
 */
export function curvatureFactor(
  covariance: Float64Array,
  { d, classCount, scale, decay }: Pick<RegressionProblem, 'd' | 'classCount' | 'scale' | 'decay'>,
  n: number,
): Float64Array {
  return choleskyOf(covariance, d, (scale * scale) / classCount, decay / n);
}

function applyInverseCurvature(
  { d, classCount, rows, biasDecay = 0 }: RegressionProblem,
  factor: Float64Array,
  vector: Float64Array,
): void {
  choleskySolve(factor, d, vector, classCount);
  const curvature = 1 / classCount + biasDecay / rows.length;
  for (let c = 0; c < classCount; c += 1)
    vector[classCount * d + c] = (vector[classCount * d + c] as number) / curvature;
}

/** Step length that minimises F along `direction`, by safeguarded Newton steps on its slope; moves the logits along. */
function lineSearch(problem: RegressionProblem, state: FitState, direction: Float64Array): number {
  const { d, classCount: m, rows, decay, biasDecay = 0 } = problem;
  const n = rows.length;
  const along = new Float64Array(n * m);
  linearLogits({ weights: direction.subarray(0, m * d), bias: direction.subarray(m * d) }, problem, along);
  const [weights, bias] = [state.parameters.subarray(0, m * d), state.parameters.subarray(m * d)];
  const [towards, biasTowards] = [direction.subarray(0, m * d), direction.subarray(m * d)];
  const linear = (decay * dot(weights, towards) + biasDecay * dot(bias, biasTowards)) / n;
  const quadratic = (decay * dot(towards, towards) + biasDecay * dot(biasTowards, biasTowards)) / n;
  let low = 0;
  let high = Infinity;
  let step = 0;
  let first = 0;
  for (let round = 0; round < 12; round += 1) {
    const data = slopeAndCurvature(problem, state.logits, along, step);
    const slope = data.slope + linear + quadratic * step;
    if (round === 0) first = Math.abs(slope);
    else if (Math.abs(slope) <= 0.1 * first) break;
    if (slope < 0) low = Math.max(low, step);
    else high = Math.min(high, step);
    const newton = step - slope / (data.curvature + quadratic);
    step = newton > low && newton < high ? newton : high === Infinity ? 2 * Math.max(low, 0.5) : (low + high) / 2;
  }
  for (let j = 0; j < along.length; j += 1) state.logits[j] = (state.logits[j] as number) + step * (along[j] as number);
  return step;
}

/** First and second derivative of the mean cross-entropy at `step` along `along`. */
function slopeAndCurvature(
  { targets, classCount: m, rows }: RegressionProblem,
  logits: Float64Array,
  along: Float64Array,
  step: number,
): { slope: number; curvature: number } {
  const row = new Float64Array(m);
  let slope = 0;
  let curvature = 0;
  for (let i = 0; i < rows.length; i += 1) {
    const o = i * m;
    for (let c = 0; c < m; c += 1) row[c] = (logits[o + c] as number) + step * (along[o + c] as number);
    softmaxRow(row, 0, m);
    let mean = 0;
    let square = 0;
    for (let c = 0; c < m; c += 1) {
      const a = along[o + c] as number;
      mean += (row[c] as number) * a;
      square += (row[c] as number) * a * a;
    }
    slope += mean - (along[o + (targets[i] as number)] as number);
    curvature += Math.max(0, square - mean * mean);
  }
  return { slope: slope / rows.length, curvature: curvature / rows.length };
}

/** Last steps and gradient changes of L-BFGS. */
class CurvatureHistory {
  private readonly pairs: { step: Float64Array; change: Float64Array; rho: number }[] = [];

  constructor(
    private readonly capacity: number,
    private readonly precondition: (vector: Float64Array) => void,
  ) {}

  /** Descent direction -H^-1 g by the two-loop recursion (Nocedal 1980). */
  direction(gradient: Float64Array): Float64Array {
    const vector = gradient.map((value) => -value);
    const alphas: number[] = [];
    for (let p = this.pairs.length - 1; p >= 0; p -= 1) {
      const { step, change, rho } = this.pairs[p] as (typeof this.pairs)[number];
      const alpha = rho * dot(step, vector);
      alphas[p] = alpha;
      addScaled(vector, change, -alpha);
    }
    this.precondition(vector);
    this.pairs.forEach(({ step, change, rho }, p) => {
      const beta = rho * dot(change, vector);
      addScaled(vector, step, (alphas[p] as number) - beta);
    });
    return vector;
  }

  add(direction: Float64Array, length: number, before: Float64Array, after: Float64Array): void {
    const step = direction.map((value) => value * length);
    const change = after.map((value, j) => value - (before[j] as number));
    const curvature = dot(step, change);
    // Rounding near the optimum can make this vanish; such a pair carries no information.
    if (!(curvature > 1e-30)) return;
    this.pairs.push({ step, change, rho: 1 / curvature });
    if (this.pairs.length > this.capacity) this.pairs.shift();
  }
}

/** log sum exp of all values, which may be large. */
export function logSumExp(values: ArrayLike<number>): number {
  let top = -Infinity;
  for (let i = 0; i < values.length; i += 1) top = Math.max(top, values[i] as number);
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += Math.exp((values[i] as number) - top);
  return Math.log(total) + top;
}

/** Softmax in place over `count` entries from `offset`. */
export function softmaxRow(values: Float64Array | Float32Array, offset: number, count: number): void {
  let top = -Infinity;
  for (let c = 0; c < count; c += 1) top = Math.max(top, values[offset + c] as number);
  let sum = 0;
  for (let c = 0; c < count; c += 1) {
    const e = Math.exp((values[offset + c] as number) - top);
    values[offset + c] = e;
    sum += e;
  }
  for (let c = 0; c < count; c += 1) values[offset + c] = (values[offset + c] as number) / sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j += 1) sum += (a[j] as number) * (b[j] as number);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let j = 0; j < target.length; j += 1) target[j] = (target[j] as number) + scale * (source[j] as number);
}
