/**
 * Label inference (docs/method.md, section 1; that labels are inferred is the paper's, the method is our own choice):
 *
 *   P(c|x) = softmax_c( (alpha s0 <f, t_c> + W f + b) / T ),   w = 1 if labeled, else how far p_max lies from chance.
 *
 * W and b are fitted on the labeled images with weight decay (b without, but where no label can be held back); alpha,
 * the decay and T come from 5-fold stratified cross-validation, or, where no label can be held back, alpha from
 * `namesHelp.ts`. The linear part sees x = (f - mean f) / rms|f - mean f| over all images: CLIP's features share a large
 * common direction, and the scaling makes the decay mean the same for every CLIP (it plays the role of s0 there; W f + b
 * stays the same family of functions). What the unlabeled images say is then joined to it (`unlabeledPictures.ts`). A
 * user's label is never overwritten: its row of p is one-hot and its trust 1. Classes without any label are recognised
 * by their name alone (W and b see only labeled classes). After the cluster prompts are learnt, `promptRelabel.ts`
 * replaces p once.
 */
import { UNLABELED, type LabelInferenceSummary } from '../../shared/domain';
import { StudioError } from '../../shared/errors';
import { part, runInSlices, runNow, type Cooperative, type SliceOptions } from '../../shared/cooperative';
import {
  accuracyOf,
  covarianceRows,
  crossValidate,
  isClearGain,
  scaled,
  spread,
  type LabeledSet,
  type Selection,
} from './labelCrossValidation';
import { labeledRows, settle, softmaxOver } from './labelPosterior';
import { allRows, covarianceOfRows, meanOfRows, multiplyRows } from '../../shared/linearAlgebra';
import { namesHelp, strongest } from './namesHelp';
import { neighbourhoodOf, type Neighbourhood } from './neighbours';
import { curvatureFactor, fitSoftmaxRegression, type LinearClassifier } from './softmaxRegression';
import { temperatureRange } from './temperature';
import { learnFromUnlabeled, type Refined } from './unlabeledPictures';

/** Labels a class up to which names have to be borne out by the pictures too. */
const fewLabels = 10;

export interface LabelInferenceInput {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  d: number;
  /** Class of each image, or -1. */
  labels: Int32Array;
  classCount: number;
  /** Unit text features of the class names, [C, d]; null without a text tower. */
  textFeatures: Float32Array | null;
  /** s0 = exp(logit_scale) of the CLIP in use. */
  logitScale: number;
  seed: number;
  /** Whether pictures without a label are learnt from too; default true. */
  useUnlabeled?: boolean;
  /** For messages only. */
  classNames?: readonly string[];
}

/** The classifier found: logits = features x weights^T + bias, already divided by the temperature. */
export interface LabelModel {
  /** [C, d], acting on the unit features themselves. */
  weights: Float64Array;
  /** [C] */
  bias: Float64Array;
  /** Weight decay chosen (prior precision on the scaled features). */
  decay: number;
}

export interface LabelInference {
  /** p(c|x), [N, C]; one-hot for labeled images. */
  probabilities: Float32Array;
  /** w, [N], in [0, 1]. */
  trust: Float32Array;
  summary: LabelInferenceSummary;
}

export type InferredLabels = LabelInference & { model: LabelModel };

/** Infers the labels in one go. Throws StudioError where the labels do not suffice. */
export function inferLabels(input: LabelInferenceInput): InferredLabels {
  return runNow(labelInference(input));
}

/** The same, in slices that let the worker answer messages. */
export function inferLabelsInSlices(input: LabelInferenceInput, options?: SliceOptions): Promise<InferredLabels> {
  return runInSlices(labelInference(input), options);
}

export function* labelInference(input: LabelInferenceInput): Cooperative<InferredLabels> {
  const seen = checkInput(input);
  const set = labeledSet(input, seen);
  const searched: Selection = yield* part(crossValidate(set, input.seed, seen.length < input.classCount), 0, 0.5);
  // Found once, and only where one of the two asks.
  let found: Neighbourhood | null = null;
  const around = (): Neighbourhood => (found ??= neighbourhoodOf(input.features, input.d, input.labels.length));
  const helped: Selection = yield* part(withNamesThatHelp(input, set, seen, searched, around), 0.5, 0.6);
  const selection = withTemperature(helped, around);
  checkUnlabeledClasses(input, seen, selection);
  const fit: LinearClassifier = yield* part(fitAll(set, selection), 0.6, 0.65);
  const model = assemble(input, set, seen, selection, fit);
  const answers: Float32Array = yield* part(classify(model, input), 0.65, 0.7);
  const refined: Refined | null = yield* part(refine(input, seen, selection, answers), 0.7, 1);
  const probabilities = refined?.probabilities ?? answers;
  const { trust, counts } = settle(probabilities, input.labels, input.classCount);
  const zeroShotAccuracy = input.textFeatures ? zeroShotAccuracyOf(input) : null;
  const { alpha } = selection;
  const { temperature, accuracy } = refined ?? selection;
  return {
    probabilities,
    trust,
    model,
    summary: { alpha, temperature, crossValidatedAccuracy: accuracy, zeroShotAccuracy, ...counts },
  };
}

/** The answers with what the unlabeled pictures say, or null where they are of no help. */
function* refine(
  input: LabelInferenceInput,
  seen: Int32Array,
  selection: Selection,
  probabilities: Float32Array,
): Cooperative<Refined | null> {
  if (input.useUnlabeled === false || selection.accuracy === null || seen.length < input.classCount) return null;
  const again = (labels: Int32Array, rows: Int32Array): Cooperative<Float32Array> =>
    classifierOf({ ...input, labels }, seen, selection, rows);
  return yield* learnFromUnlabeled({ ...input, probabilities, classify: again });
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

/**
 * Names that the pictures do not bear out get no weight where few labels, or none, could be held back to see what they
 * are worth, unless these say so clearly.
 */
function* withNamesThatHelp(
  input: LabelInferenceInput,
  set: LabeledSet,
  seen: Int32Array,
  selection: Selection,
  around: () => Neighbourhood,
): Cooperative<Selection> {
  const { features, d, classCount, textFeatures, seed } = input;
  const { zeroShot: named } = set;
  const sure = set.rows.length > fewLabels * classCount;
  if (!textFeatures || !named || selection.alpha === 0 || sure || seen.length < classCount || classCount < 2)
    return selection;
  const without: Selection = yield* part(crossValidate({ ...set, zeroShot: null }, seed), 0, 0.5);
  if (isClearGain(selection, without, set.rows.length)) return selection;
  const { rows, neighbours } = around();
  const probe: Float32Array = yield* classifierOf(input, seen, without, rows);
  const names = new Float64Array(rows.length * classCount);
  multiplyRows({ features, d, rows, weights: Float64Array.from(textFeatures), m: classCount }, names);
  const help = namesHelp({
    neighbours,
    classCount,
    names: strongest(names, classCount),
    probe: strongest(probe, classCount),
    labeled: {
      right: Math.round(accuracyOf(named, set.targets, classCount) * set.rows.length),
      count: set.rows.length,
    },
  });
  return help ? selection : without;
}

/**
 * Where no label could be held back and names have no weight, nothing says how far the answers can be believed but the
 * pictures themselves: T is half the mean cosine of a picture and its nearest neighbours. The closer pictures lie, the
 * larger are the logits of a classifier of one label a class, right or wrong.
 */
function withTemperature(selection: Selection, around: () => Neighbourhood): Selection {
  if (selection.accuracy !== null || selection.alpha > 0) return selection;
  return { ...selection, temperature: Math.max(temperatureRange[0], around().likeness / 2) };
}

function rowsOf(features: Float32Array, d: number, rows: Int32Array): Float32Array {
  const chosen = new Float32Array(rows.length * d);
  rows.forEach((row, i) => chosen.set(features.subarray(row * d, (row + 1) * d), i * d));
  return chosen;
}

/** Classes that have at least one label, ascending. */
export function checkInput(input: LabelInferenceInput): Int32Array {
  const { features, d, labels, classCount, textFeatures } = input;
  if (features.length !== labels.length * d)
    throw new RangeError(`features hold ${features.length} numbers, not ${labels.length} x ${d}`);
  if (textFeatures && textFeatures.length !== classCount * d)
    throw new RangeError(`text features hold ${textFeatures.length} numbers, not ${classCount} x ${d}`);
  if (classCount < 1) throw new RangeError('there must be at least one class');
  const counts = new Int32Array(classCount);
  for (const label of labels) {
    if (label === UNLABELED) continue;
    if (!(label >= 0 && label < classCount)) throw new RangeError(`label ${label} is not one of ${classCount} classes`);
    counts[label] = (counts[label] as number) + 1;
  }
  const seen = Int32Array.from([...counts.keys()].filter((c) => (counts[c] as number) > 0));
  if (seen.length === 0) {
    throw new StudioError({
      code: 'no-labels',
      what: 'None of the pictures has a label.',
      why: 'The studio learns what tells your classes apart from a few labeled pictures.',
      action: 'Put at least one picture, better five or more, into a folder named after each class.',
    });
  }
  if (!textFeatures && seen.length < classCount)
    throw unlabeledClassError(input, seen, 'This CLIP has no text tower, so that a name alone tells nothing.');
  return seen;
}

/** A class that has neither labels nor a telling name cannot be recognised: said before any training starts. */
function checkUnlabeledClasses(input: LabelInferenceInput, seen: Int32Array, selection: Selection): void {
  if (seen.length < input.classCount && selection.alpha === 0) {
    throw unlabeledClassError(
      input,
      seen,
      'The class names mean too little to this CLIP to be recognised by them alone.',
    );
  }
}

function unlabeledClassError(input: LabelInferenceInput, seen: Int32Array, why: string): StudioError {
  const missing = [...Array(input.classCount).keys()]
    .filter((c) => !seen.includes(c))
    .map((c) => input.classNames?.[c] ?? `class ${c + 1}`);
  const named =
    missing
      .slice(0, 5)
      .map((name) => `"${name}"`)
      .join(', ') + (missing.length > 5 ? ` and ${missing.length - 5} more` : '');
  return new StudioError({
    code: 'no-labels',
    what:
      missing.length === 1
        ? `The class ${named} has no labeled picture.`
        : `${missing.length} classes have no labeled picture: ${named}.`,
    why,
    action: 'Label at least one picture of each class, or remove the class.',
  });
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
function* fitAll(set: LabeledSet, selection: Selection): Cooperative<LinearClassifier> {
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
function assemble(
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

/** Share of labeled images that their class names alone recognise, in [0, 1]. */
function zeroShotAccuracyOf({ features, d, labels, classCount, textFeatures }: LabelInferenceInput): number {
  const rows = labeledRows(labels);
  const logits = new Float64Array(rows.length * classCount);
  multiplyRows({ features, d, rows, weights: Float64Array.from(textFeatures as Float32Array), m: classCount }, logits);
  return accuracyOf(
    logits,
    rows.map((i) => labels[i] as number),
    classCount,
  );
}
