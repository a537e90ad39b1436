/** What label inference is given, and the errors of what does not suffice for it. */
import { UNLABELED } from '../../shared/domain';
import { StudioError } from '../../shared/errors';
import type { Selection } from './labelCrossValidation';

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
export function checkUnlabeledClasses(input: LabelInferenceInput, seen: Int32Array, selection: Selection): void {
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
