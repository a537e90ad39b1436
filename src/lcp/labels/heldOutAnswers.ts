/**
 * What label inference says of pictures that have a label, when it has not seen that label: each fifth of the labels is
 * answered by a classifier of the other four, with settings that are chosen once (they are three numbers, and no single
 * label moves them).
 */
import { part, type Cooperative } from '../../shared/cooperative';
import { crossValidate, foldCount, stratifiedFolds, type Selection } from './labelCrossValidation';
import { classifierOf, labeledSet } from './labelClassifier';
import { checkInput, type LabelInferenceInput } from './labelInput';
import { UNLABELED } from '../../shared/domain';

export interface HeldOutAnswers {
  /** Labeled pictures that were held out once: all but the only one of a class. */
  rows: Int32Array<ArrayBuffer>;
  /** p(c|x), [rows, C] */
  probabilities: Float32Array;
}

/** Throws what label inference throws. */
export function* heldOutAnswers(input: LabelInferenceInput): Cooperative<HeldOutAnswers> {
  const seen = checkInput(input);
  const set = labeledSet(input, seen);
  const selection: Selection = yield* part(crossValidate(set, input.seed, seen.length < input.classCount), 0, 0.4);
  const folds = stratifiedFolds(set.targets, set.classCount, input.seed);
  const held: number[] = [];
  const answers: Float32Array[] = [];
  for (let fold = 0; fold < foldCount; fold += 1) {
    const rows = set.rows.filter((_, i) => folds[i] === fold);
    if (rows.length === 0) continue;
    const labels = Int32Array.from(input.labels);
    for (const row of rows) labels[row] = UNLABELED;
    const answer: Float32Array = yield* part(
      classifierOf({ ...input, labels }, seen, selection, rows),
      0.4 + (0.6 * fold) / foldCount,
      0.4 + (0.6 * (fold + 1)) / foldCount,
    );
    held.push(...rows);
    answers.push(answer);
  }
  const probabilities = new Float32Array(held.length * input.classCount);
  let at = 0;
  for (const answer of answers) {
    probabilities.set(answer, at);
    at += answer.length;
  }
  return { rows: Int32Array.from(held), probabilities };
}
