/**
 * Pictures that a person left out, in label inference: they neither teach nor are taught. Whoever needs a row for every
 * picture finds theirs without a likely class and without trust.
 */
import type { LabelInference } from './labelInference';
import type { LabelInferenceInput } from './labelInput';

/**
 * `infer` over the pictures that are left in; the answer has rows for all, in their order.
 * @param ignored 1 for pictures that are left out, [N]; null where there is none
 */
export async function inferAmong(
  input: LabelInferenceInput,
  ignored: Uint8Array | null,
  infer: (input: LabelInferenceInput) => Promise<LabelInference>,
): Promise<LabelInference> {
  if (!ignored) return infer(input);
  const { features, d, labels, classCount } = input;
  const kept = Uint32Array.from(labels.keys()).filter((image) => ignored[image] === 0);
  const rows = new Float32Array(kept.length * d);
  kept.forEach((image, i) => rows.set(features.subarray(image * d, (image + 1) * d), i * d));
  const { probabilities, trust, summary } = await infer({
    ...input,
    features: rows,
    labels: Int32Array.from(kept, (image) => labels[image] as number),
  });
  const all = {
    probabilities: new Float32Array(labels.length * classCount).fill(1 / classCount),
    trust: new Float32Array(labels.length),
  };
  kept.forEach((image, i) => {
    all.probabilities.set(probabilities.subarray(i * classCount, (i + 1) * classCount), image * classCount);
    all.trust[image] = trust[i] as number;
  });
  return { ...all, summary };
}

/** An inference over all pictures with no trust in those that are left out, nor a place in its counts. */
export function withoutIgnored<T extends LabelInference>(inference: T, ignored: Uint8Array | null): T {
  if (!ignored) return inference;
  const { probabilities, summary } = inference;
  const classCount = summary.inferredPerClass.length;
  const trust = inference.trust.slice();
  const inferredPerClass = [...summary.inferredPerClass];
  let { trusted, untrusted } = summary;
  ignored.forEach((isIgnored, image) => {
    if (isIgnored === 0) return;
    if ((trust[image] as number) > 0) {
      trusted -= 1;
      const row = probabilities.subarray(image * classCount, (image + 1) * classCount);
      const top = row.indexOf(Math.max(...row));
      inferredPerClass[top] = (inferredPerClass[top] ?? 0) - 1;
    } else untrusted -= 1;
    trust[image] = 0;
  });
  return { ...inference, trust, summary: { ...summary, trusted, untrusted, inferredPerClass } };
}
