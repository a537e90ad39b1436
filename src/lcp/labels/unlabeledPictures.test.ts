import { describe, expect, it } from 'vitest';
import { runNow } from '../../shared/cooperative';
import { CounterRandom } from '../../shared/rng';
import { labelSome } from '../partition/features.testing';
import { inferLabels } from './labelInference';
import type { LabelInferenceInput } from './labelInput';
import { learnFromUnlabeled } from './unlabeledPictures';

/**
 * Four classes that differ in four directions, and pictures that differ far more in six others, which say nothing of the
 * class: a few labels cannot tell which is which, all pictures together can.
 */
const d = 12;
const random = new CounterRandom(9, 1);
const classes = Int32Array.from({ length: 400 }, (_, i) => i % 4);
const features = Float32Array.from(
  [...classes].flatMap((c) => {
    const row = Array.from({ length: d }, (_, j) =>
      j === 11 ? 6 : (j === c ? 1 : 0) + random.normal() * (j < 4 ? 0.3 : j < 10 ? 1 : 0.1),
    );
    return row.map((value) => value / Math.hypot(...row));
  }),
);
const made = { features, classes };
const input: LabelInferenceInput = {
  features: made.features,
  d,
  labels: labelSome(made.classes, 5),
  classCount: 4,
  textFeatures: null,
  logitScale: 20,
  seed: 2,
};

/** Of the pictures without a label. */
function accuracy(probabilities: Float32Array): number {
  const unlabeled = [...input.labels.keys()].filter((i) => input.labels[i] === -1);
  const right = unlabeled.filter((i) => {
    const row = probabilities.subarray(4 * i, 4 * i + 4);
    return row.indexOf(Math.max(...row)) === made.classes[i];
  });
  return right.length / unlabeled.length;
}

describe('learnFromUnlabeled', () => {
  const alone = inferLabels({ ...input, useUnlabeled: false });
  const both = inferLabels(input);

  it('gets more pictures right than the labels alone do', () => {
    expect(accuracy(both.probabilities)).toBeGreaterThan(accuracy(alone.probabilities) + 0.02);
    for (let i = 0; i < input.labels.length; i++) {
      const row = both.probabilities.subarray(4 * i, 4 * i + 4);
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    }
  });

  it('repeats itself', () => {
    expect(inferLabels(input)).toEqual(both);
  });

  const shared = { features: made.features, d, labels: input.labels, classCount: 4, seed: 2 };
  function* answer(probabilities: Float32Array, rows: Int32Array): Generator<number, Float32Array> {
    yield 0;
    return Float32Array.from([...rows].flatMap((row) => [...probabilities.subarray(4 * row, 4 * row + 4)]));
  }

  it('keeps out where the mixture would move many pictures', () => {
    // Nearly undecided answers: the mixture decides, and against many of them.
    const vague = Float32Array.from({ length: 4 * made.classes.length }, (_, i) => {
      const wrong = ((made.classes[Math.floor(i / 4)] as number) + Math.floor(i / 4)) % 4;
      return i % 4 === wrong ? 0.2503 : 0.2499;
    });
    expect(
      runNow(learnFromUnlabeled({ ...shared, probabilities: vague, classify: (_, rows) => answer(vague, rows) })),
    ).toBeNull();
  });

  it('says how many held-back labels come out right, and has nothing to do where all is labeled', () => {
    const sure = Float32Array.from({ length: 4 * made.classes.length }, (_, i) =>
      i % 4 === made.classes[Math.floor(i / 4)] ? 0.97 : 0.01,
    );
    const helped = runNow(
      learnFromUnlabeled({ ...shared, probabilities: sure, classify: (_, rows) => answer(sure, rows) }),
    );
    expect(helped?.accuracy).toBe(1);
    expect(
      runNow(
        learnFromUnlabeled({
          ...shared,
          labels: made.classes,
          probabilities: sure,
          classify: (_, rows) => answer(sure, rows),
        }),
      ),
    ).toBeNull();
  });
});
