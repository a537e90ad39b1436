/**
 * Labels from learnt prompts (docs/method.md, end of section 1): p(c|x) = sum_k p(c,k|x) with p over all slots =
 * softmax(s0 <f, m_s> / T). It replaces the first inference once, after the prompts are learnt.
 */
import { UNLABELED, type LabelInferenceSummary } from '../../shared/domain';
import { runInSlices, runNow, type Cooperative, type SliceOptions } from '../../shared/cooperative';
import { spread } from '../labels/labelCrossValidation';
import type { LabelInference } from '../labels/labelInference';
import { labeledRows, settle, softmaxBlocks } from '../labels/labelPosterior';
import { argMax, multiplyRows } from '../../shared/linearAlgebra';
import { groupedSoftmaxConfidence, honestTemperature, temperatureRange } from '../labels/temperature';

/** Held-back labels from which T and accuracy are taken. */
const enoughHeldBack = 20;

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
  const slotCount = promptFeatures.length / d;
  const classCount = slotsOfClass.length;
  const unseen = Int32Array.from(heldBack).filter((image) => labels[image] !== UNLABELED);
  const onHeldBack = unseen.length >= enoughHeldBack;
  const known = onHeldBack ? unseen : labeledRows(labels);
  const rows = spread(known, 10_000);
  const logits = new Float64Array(rows.length * slotCount);
  multiplyRows(
    { features, d, rows, weights: Float64Array.from(promptFeatures, (value) => logitScale * value), m: slotCount },
    logits,
  );
  const targets = rows.map((i) => labels[i] as number);
  const temperature = honestTemperature(
    (t) => groupedSoftmaxConfidence(logits, targets, slotsOfClass, t),
    rows.length,
    onHeldBack ? temperatureRange : [1, temperatureRange[1]],
  );
  const weights = Float64Array.from(promptFeatures, (value) => (logitScale / temperature) * value);
  const probabilities = new Float32Array(labels.length * classCount);
  yield* softmaxBlocks(features, d, weights, slotCount, labels.length, (image, ofSlots) => {
    slotsOfClass.forEach((slots, c) => {
      probabilities[image * classCount + c] = slots.reduce((sum, s) => sum + (ofSlots[s] as number), 0);
    });
  });
  const right = known.filter((image) => argMax(probabilities, image * classCount, classCount) === labels[image]).length;
  const { trust, counts } = settle(probabilities, labels, classCount);
  return {
    probabilities,
    trust,
    labeledAccuracy: right / known.length,
    onHeldBack,
    summary: { ...summary, temperature, ...counts },
  };
}
