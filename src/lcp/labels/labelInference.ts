/**
 * Label inference (docs/method.md, section 1; that labels are inferred is the paper's, the method is our own choice):
 *
 *   P(c|x) = softmax_c( (alpha s0 <f, t_c> + W f + b) / T ),   w = 1 if labeled, else how far p_max lies from chance.
 *
 * by the classifier of `labelClassifier.ts`. alpha, the decay and T come from 5-fold stratified cross-validation, or,
 * where no label can be held back, alpha from `namesHelp.ts`. What the unlabeled images say is then joined to it
 * (`unlabeledPictures.ts`). A user's label is never overwritten: its row of p is one-hot and its trust 1. Classes
 * without any label are recognised by their name alone (W and b see only labeled classes). After the cluster prompts are
 * learnt, `promptRelabel.ts` replaces p once.
 */
import type { LabelInferenceSummary } from '../../shared/domain';
import { part, runInSlices, runNow, type Cooperative, type SliceOptions } from '../../shared/cooperative';
import { multiplyRows } from '../../shared/linearAlgebra';
import { assemble, classifierOf, classify, fitAll, labeledSet, type LabelModel } from './labelClassifier';
import { accuracyOf, crossValidate, isClearGain, type LabeledSet, type Selection } from './labelCrossValidation';
import { checkInput, checkUnlabeledClasses, type LabelInferenceInput } from './labelInput';
import { labeledRows, settle } from './labelPosterior';
import { namesHelp, strongest } from './namesHelp';
import { neighbourhoodOf, type Neighbourhood } from './neighbours';
import type { LinearClassifier } from './softmaxRegression';
import { temperatureRange } from './temperature';
import { learnFromUnlabeled, type Refined } from './unlabeledPictures';

/** Labels a class up to which names have to be borne out by the pictures too. */
const fewLabels = 10;

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
      right: Math.round(accuracyOf({ ...set, logits: named }) * set.rows.length),
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

/** Share of labeled images that their class names alone recognise, in [0, 1]. */
function zeroShotAccuracyOf({ features, d, labels, classCount, textFeatures }: LabelInferenceInput): number {
  const rows = labeledRows(labels);
  const logits = new Float64Array(rows.length * classCount);
  multiplyRows({ features, d, rows, weights: Float64Array.from(textFeatures as Float32Array), m: classCount }, logits);
  return accuracyOf({ logits, targets: rows.map((i) => labels[i] as number), classCount });
}
