/**
 * The classifier of label inference (docs/method.md, section 1):
 *
 *   P(c|x) = softmax_c( (alpha s0 <f, t_c> + W f + b) / T ).
 *
 * W and b are fitted on the labeled images with weight decay (b without, but where no label can be held back), under an
 * alpha, a decay and a T that are chosen elsewhere. The linear part sees x = (f - mean f) / rms|f - mean f| over all
 * images: CLIP's features share a large common direction, and the scaling makes the decay mean the same for every CLIP
 * (it plays the role of s0 there; W f + b stays the same family of functions).
 */
import type { Cooperative } from '../../shared/cooperative';
import { StudioError } from '../../shared/errors';
import { allRows, covarianceOfRows, meanOfRows, multiplyRows } from '../../shared/linearAlgebra';
import { covarianceRows, scaled, spread, type LabeledSet, type Selection } from './labelCrossValidation';
import type { LabelInferenceInput } from './labelInput';
import { labeledRows, softmaxOver } from './labelPosterior';
import { curvatureFactor, fitSoftmaxRegression, type LinearClassifier } from './softmaxRegression';

/** The classifier found: logits = features x weights^T + bias, already divided by the temperature. */
export interface LabelModel {
  /** [C, d], acting on the unit features themselves. */
  weights: Float64Array;
  /** [C] */
  bias: Float64Array;
  /** Weight decay chosen (prior precision on the scaled features). */
  decay: number;
}

/** P of some pictures by a classifier fitted to the labels with settings that are known. [rows, C] */
export function* classifierOf(
  input: LabelInferenceInput,
  seen: Int32Array,
  selection: Selection,
  rows: Int32Array,
): Cooperative<Float32Array> {
  const set = labeledSet(input, seen);
  const fit: LinearClassifier = yield* fitAll(set, selection);
  const model = assemble(input, set, seen, selection, fit);
  return yield* classify(model, { features: rowsOf(input.features, input.d, rows), d: input.d });
}

export function labeledSet(input: LabelInferenceInput, seen: Int32Array): LabeledSet {
  const { features, d, labels, textFeatures, logitScale } = input;
  const rows = labeledRows(labels);
  const position = new Int32Array(input.classCount).fill(-1);
  seen.forEach((c, j) => {
    position[c] = j;
  });
  const everything = allRows(labels.length);
  const centre = meanOfRows(features, d, everything);
  const scale = 1 / rootMeanSquare(features, d, centre);
  let zeroShot: Float64Array | null = null;
  if (textFeatures) {
    const weights = new Float64Array(seen.length * d);
    seen.forEach((c, j) => {
      for (let k = 0; k < d; k += 1) weights[j * d + k] = logitScale * (textFeatures[c * d + k] as number);
    });
    zeroShot = new Float64Array(rows.length * seen.length);
    multiplyRows({ features, d, rows, weights, m: seen.length }, zeroShot);
  }
  const targets = rows.map((i) => position[labels[i] as number] as number);
  return { features, d, rows, targets, classCount: seen.length, centre, scale, zeroShot };
}

/** Root of the mean squared distance to `centre`; 1 where all features coincide. */
function rootMeanSquare(features: Float32Array, d: number, centre: Float64Array): number {
  let sum = 0;
  for (let o = 0; o < features.length; o += d)
    for (let j = 0; j < d; j += 1) sum += ((features[o + j] as number) - (centre[j] as number)) ** 2;
  if (!Number.isFinite(sum)) {
    throw new StudioError({
      code: 'clip-damaged',
      what: 'CLIP returned features that are not numbers.',
      why: 'The model file may be damaged, or it does not fit this studio.',
      action: 'Choose another CLIP, or fetch this one again.',
    });
  }
  const rms = Math.sqrt((sum * d) / features.length);
  return rms > 1e-9 ? rms : 1;
}

/** W and b on all labeled images. With a single labeled class there is nothing to tell apart: both stay 0. */
export function* fitAll(set: LabeledSet, selection: Selection): Cooperative<LinearClassifier> {
  if (set.classCount < 2) return { weights: new Float64Array(set.d), bias: new Float64Array(1) };
  const covariance = covarianceOfRows(set.features, set.d, spread(set.rows, covarianceRows), set.centre);
  const factor = curvatureFactor(covariance, { ...set, decay: selection.decay }, set.rows.length);
  const offsets = set.zeroShot ? scaled(set.zeroShot, selection.alpha) : null;
  return yield* fitSoftmaxRegression(
    { ...set, offsets, decay: selection.decay, biasDecay: selection.biasDecay },
    { factor, tolerance: 1e-6 },
  );
}

/** Folds zero-shot part, linear part, centring, scaling and temperature into one matrix and one bias. */
export function assemble(
  input: LabelInferenceInput,
  set: LabeledSet,
  seen: Int32Array,
  selection: Selection,
  fit: LinearClassifier,
): LabelModel {
  const { d, classCount, textFeatures, logitScale } = input;
  const { alpha, temperature, decay } = selection;
  const weights = new Float64Array(classCount * d);
  const bias = new Float64Array(classCount);
  if (textFeatures)
    for (let j = 0; j < weights.length; j += 1) weights[j] = alpha * logitScale * (textFeatures[j] as number);
  seen.forEach((c, s) => {
    let shift = fit.bias[s] as number;
    for (let j = 0; j < d; j += 1) {
      const weight = set.scale * (fit.weights[s * d + j] as number);
      weights[c * d + j] = (weights[c * d + j] as number) + weight;
      shift -= weight * (set.centre[j] as number);
    }
    bias[c] = shift;
  });
  return { weights: scaled(weights, 1 / temperature), bias: scaled(bias, 1 / temperature), decay };
}

/** p(c|x) of every feature under the model, [N, C]. */
export function* classify(
  model: LabelModel,
  { features, d }: Pick<LabelInferenceInput, 'features' | 'd'>,
): Cooperative<Float32Array> {
  const n = features.length / d;
  const m = model.bias.length;
  return yield* softmaxOver(features, d, model.weights, m, n, (row) => {
    for (let c = 0; c < m; c += 1) row[c] = (row[c] as number) + (model.bias[c] as number);
  });
}

function rowsOf(features: Float32Array, d: number, rows: Int32Array): Float32Array {
  const chosen = new Float32Array(rows.length * d);
  rows.forEach((row, i) => chosen.set(features.subarray(row * d, (row + 1) * d), i * d));
  return chosen;
}
