import { expect, it } from 'vitest';
import { UNLABELED } from '../../shared/domain';
import { inferAmong, withoutIgnored } from './ignoredPictures';
import { inferLabels } from './labelInference';
import type { LabelInferenceInput } from './labelInput';

const angles = [0, 0.1, 0.2, 1.4, 1.5, 1.6, 0.75];
const input: LabelInferenceInput = {
  features: Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
  d: 2,
  labels: Int32Array.of(0, 0, UNLABELED, 1, 1, UNLABELED, UNLABELED),
  classCount: 2,
  textFeatures: null,
  logitScale: 10,
  seed: 1,
};
const ignored = Uint8Array.of(0, 0, 0, 0, 0, 0, 1);

it('what is left out neither teaches nor is taught, and the rows stay in their places', async () => {
  const found = await inferAmong(input, ignored, async (each) => inferLabels(each));
  const kept = inferLabels({ ...input, features: input.features.slice(0, 12), labels: input.labels.slice(0, 6) });
  expect(found.probabilities.slice(0, 12)).toEqual(kept.probabilities);
  expect(found.probabilities.slice(12)).toEqual(Float32Array.of(0.5, 0.5));
  expect([found.trust[6], found.trust[2]]).toEqual([0, kept.trust[2]]);
  expect(found.summary).toEqual(kept.summary);
});

it('an inference over all loses its trust in what is left out, and its counts', () => {
  const all = inferLabels({ ...input, labels: input.labels.with(6, 0).with(6, UNLABELED) });
  const trusted = { ...all, trust: all.trust.map((w, image) => (image === 6 ? 0.5 : w)) };
  const counted = withoutIgnored(trusted, ignored);
  expect(counted.trust[6]).toBe(0);
  expect(counted.summary.trusted).toBe(all.summary.trusted - 1);
  expect(withoutIgnored(all, null)).toBe(all);
});
