/**
 * Labels from learnt prompts (docs/method.md, end of section 1): p(c|x) = softmax_c(log sum_k p(c,k|x) / T) with p over
 * all slots = softmax(s0 <f, m_s>). It replaces the first inference once, after the prompts are learnt. T lies outside
 * the sum, so that it decides how sure an answer is and not which: inside, a high T would favour classes of many
 * clusters.
 */
import { UNLABELED, type LabelInferenceSummary } from '../../shared/domain';
import { runInSlices, runNow, type Cooperative, type SliceOptions } from '../../shared/cooperative';
import { accuracyOf, spread } from '../labels/labelCrossValidation';
import type { LabelInference } from '../labels/labelInference';
import { labeledRows, logitBlocks, settle } from '../labels/labelPosterior';
import { softmaxRow } from '../labels/softmaxRegression';
import { honestTemperature, temperatureRange } from '../labels/temperature';
import { classLogits } from './classLogits';

/** Held-back labels from which T and accuracy are taken, and labels that they are taken from at most. */
const enoughHeldBack = 20;
const mostLabels = 10_000;

export interface PromptRelabelInput {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  d: number;
  labels: Int32Array;
  /** m_s: unit text features of the learnt prompts, [S, d]. */
  promptFeatures: Float32Array;
  slotsOfClass: readonly number[][];
  /** s0 */
  logitScale: number;
  /** Pictures that the prompts did not train on (`chooseHeldBack`). */
  heldBack?: Uint32Array;
  /** Of the inference that is replaced; its figures on held-out labels stay. */
  summary: LabelInferenceSummary;
}

export interface PromptRelabeling extends LabelInference {
  /**
   * Share of labeled images that the prompts recognise, in [0, 1]: of those held back from them where there are at least
   * 20, else of all, on most of which they were trained.
   */
  labeledAccuracy: number;
  /** Whether that is of those held back. */
  onHeldBack: boolean;
}

/**
 * Labels, trust and counts anew. T is fitted on the labeled images that were held back from the prompts; where these are
 * too few, on all, and as the prompts were trained on most, it may only soften (T >= 1, our own choice). Labeled images
 * keep their label.
 */
export function relabelFromPrompts(input: PromptRelabelInput): PromptRelabeling {
  return runNow(promptRelabeling(input));
}

export function relabelFromPromptsInSlices(
  input: PromptRelabelInput,
  options?: SliceOptions,
): Promise<PromptRelabeling> {
  return runInSlices(promptRelabeling(input), options);
}

export function* promptRelabeling({
  features,
  d,
  labels,
  promptFeatures,
  slotsOfClass,
  logitScale,
  heldBack = new Uint32Array(),
  summary,
}: PromptRelabelInput): Cooperative<PromptRelabeling> {
  const classCount = slotsOfClass.length;
  const unseen = Int32Array.from(heldBack).filter((image) => labels[image] !== UNLABELED);
  const onHeldBack = unseen.length >= enoughHeldBack;
  const known = spread(onHeldBack ? unseen : labeledRows(labels), mostLabels);
  const weights = Float64Array.from(promptFeatures, (value) => logitScale * value);
  const probabilities = new Float32Array(labels.length * classCount);
  yield* logitBlocks({ features, d, weights, m: promptFeatures.length / d, n: labels.length }, (image, ofSlots) =>
    probabilities.set(classLogits(ofSlots, slotsOfClass), image * classCount),
  );
  const logits = new Float64Array(known.length * classCount);
  known.forEach((image, i) =>
    logits.set(probabilities.subarray(image * classCount, (image + 1) * classCount), i * classCount),
  );
  const answers = { logits, targets: known.map((image) => labels[image] as number), classCount };
  const temperature = honestTemperature(answers, onHeldBack ? temperatureRange : [1, temperatureRange[1]]);
  for (let i = 0; i < probabilities.length; i += 1) probabilities[i] = (probabilities[i] as number) / temperature;
  for (let o = 0; o < probabilities.length; o += classCount) softmaxRow(probabilities, o, classCount);
  const { trust, counts } = settle(probabilities, labels, classCount);
  return {
    probabilities,
    trust,
    labeledAccuracy: accuracyOf(answers),
    onHeldBack,
    summary: { ...summary, temperature, ...counts },
  };
}
