/**
 * Class accuracy by a classifier that is not CLIP: multinomial logistic regression on an evaluation network's features
 * of the labeled reals. A fifth of each class's labels is held back; its accuracy there says how far its word on the
 * samples goes.
 */
import { covarianceRows, defaultDecay, stratifiedFolds } from '../../lcp/labels/labelCrossValidation';
import { curvatureFactor, fitSoftmaxRegression, linearLogits } from '../../lcp/labels/softmaxRegression';
import { part, runInSlices, type Cooperative, type SliceOptions } from '../../shared/cooperative';
import { allRows, covarianceOfRows, meanOfRows } from '../../shared/linearAlgebra';

export interface ProbeInput {
  /** [n, d] and [m, d] */
  reals: Float32Array;
  samples: Float32Array;
  d: number;
  /** Class of each real, or -1: labels that people gave, never inferred ones. */
  labels: Int32Array;
  classCount: number;
  seed: number;
}

export interface ProbeResult {
  trainedOn: number;
  heldOut: number;
  accuracyOnReals: number;
  /** Class that each sample is taken for, [m]. */
  predicted: Int32Array;
}

/** Held-out labels below which an accuracy says nothing. */
export const fewestHeldOut = 10;

/** Null where the labels are too few to hold any back. */
export function linearProbe(input: ProbeInput, options?: SliceOptions): Promise<ProbeResult | null> {
  return runInSlices(probe(input), options);
}

function* probe({ reals, samples, d, labels, classCount, seed }: ProbeInput): Cooperative<ProbeResult | null> {
  const labeled = Int32Array.from(labels.keys()).filter((i) => (labels[i] as number) >= 0);
  const present = [...new Set(labeled.map((i) => labels[i] as number))].toSorted((a, b) => a - b);
  if (present.length < 2) return null;
  const place = new Map(present.map((c, i) => [c, i]));
  const targets = labeled.map((i) => place.get(labels[i] as number) ?? 0);
  const folds = stratifiedFolds(targets, present.length, seed);
  const training = labeled.filter((_, i) => folds[i] !== 0);
  const held = labeled.filter((_, i) => folds[i] === 0);
  if (held.length < fewestHeldOut) return null;
  const classes = present.length;
  const centre = meanOfRows(reals, d, training);
  const scale = 1 / (spreadOf(reals, d, training, centre) || 1);
  const shared = { features: reals, d, classCount: classes, centre, scale };
  const covariance = covarianceOfRows(reals, d, training.subarray(0, covarianceRows), centre);
  yield 0.1;
  const factor = curvatureFactor(covariance, { d, classCount: classes, scale, decay: defaultDecay }, training.length);
  yield 0.3;
  const problem = {
    ...shared,
    rows: training,
    targets: targets.filter((_, i) => folds[i] !== 0),
    offsets: null,
    decay: defaultDecay,
  };
  const fit = yield* part(fitSoftmaxRegression(problem, { factor, tolerance: 1e-4, maxIterations: 60 }), 0.3, 0.9);
  const classify = (features: Float32Array, rows: Int32Array): Int32Array => {
    const logits = new Float64Array(rows.length * classes);
    linearLogits(fit, { ...shared, features, rows }, logits);
    return Int32Array.from(rows, (_, i) => present[strongest(logits.subarray(i * classes, (i + 1) * classes))] ?? -1);
  };
  const right = classify(reals, held).reduce((sum, c, i) => sum + Number(c === labels[held[i] as number]), 0);
  yield 0.95;
  const predicted = classify(samples, allRows(samples.length / d));
  if (classCount < classes) throw new RangeError(`labels name ${classes} classes of ${classCount}`);
  return { trainedOn: training.length, heldOut: held.length, accuracyOnReals: right / held.length, predicted };
}

function strongest(logits: Float64Array): number {
  let best = 0;
  for (let c = 1; c < logits.length; c += 1) if ((logits[c] as number) > (logits[best] as number)) best = c;
  return best;
}

/** Root of the mean squared distance of rows to `centre`. */
function spreadOf(features: Float32Array, d: number, rows: Int32Array, centre: Float64Array): number {
  let sum = 0;
  for (const row of rows)
    for (let j = 0; j < d; j += 1) sum += ((features[row * d + j] as number) - (centre[j] as number)) ** 2;
  return Math.sqrt(sum / Math.max(1, rows.length));
}
