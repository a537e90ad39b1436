import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/errors';
import { meanOfRows } from '../../shared/linearAlgebra';
import { CounterRandom } from '../../shared/rng';
import { labelSome, makeFeatures } from '../partition/features.testing';
import { foldCount, isClearGain, stratifiedFolds, thinLabels, type Selection } from './labelCrossValidation';
import { inferLabels, inferLabelsInSlices, type InferredLabels } from './labelInference';
import type { LabelInferenceInput } from './labelInput';
import { centredRows } from './mixture';
import { nearestNeighbours, neighbourLikeness } from './neighbours';
import { trustOf } from './temperature';

const d = 24;

function accuracy({ probabilities }: InferredLabels, input: LabelInferenceInput, truth: Int32Array): number {
  let right = 0;
  let count = 0;
  truth.forEach((c, i) => {
    if (input.labels[i] !== -1) return;
    const row = probabilities.subarray(i * input.classCount, (i + 1) * input.classCount);
    count += 1;
    if (row.indexOf(Math.max(...row)) === c) right += 1;
  });
  return right / count;
}

function checkRows(
  { probabilities, trust, summary }: InferredLabels,
  { labels, classCount }: LabelInferenceInput,
): void {
  expect(probabilities.length).toBe(labels.length * classCount);
  const counts = { labeled: 0, trusted: 0, untrusted: 0 };
  labels.forEach((label, i) => {
    const row = probabilities.subarray(i * classCount, (i + 1) * classCount);
    const top = Math.max(...row);
    expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    expect(row.every((p) => p >= 0 && p <= 1)).toBe(true);
    if (label !== -1) {
      expect(row[label]).toBe(1);
      expect(trust[i]).toBe(1);
      counts.labeled += 1;
    } else {
      expect(trust[i]).toBeCloseTo(trustOf(top, classCount), 6);
      counts[(trust[i] as number) > 0 ? 'trusted' : 'untrusted'] += 1;
    }
  });
  expect(summary).toMatchObject(counts);
  expect(summary.inferredPerClass.reduce((sum, count) => sum + count, 0)).toBe(counts.trusted);
}

function failure(run: () => unknown): StudioError {
  try {
    run();
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** <f, t_c> of every picture and class: what class names alone say. */
function inferNames(features: Float32Array, textFeatures: Float32Array, classCount: number): Float32Array {
  const scores = new Float32Array((features.length / d) * classCount);
  for (let i = 0; i < scores.length; i += 1) {
    const [image, c] = [Math.floor(i / classCount), i % classCount];
    for (let j = 0; j < d; j += 1)
      scores[i] = (scores[i] as number) + (features[image * d + j] as number) * (textFeatures[c * d + j] as number);
  }
  return scores;
}

const made = makeFeatures({ d, counts: [[60], [60], [60]], noise: 0.8 });
const base: LabelInferenceInput = {
  features: made.features,
  d,
  labels: labelSome(made.classes, 12),
  classCount: 3,
  textFeatures: made.textFeatures,
  logitScale: 20,
  seed: 4,
};

describe('inferLabels', () => {
  it('with one label a class stays near what telling names know, also where classes differ much in size', () => {
    const uneven = makeFeatures({ d, counts: [[90], [12], [6], [4], [3], [2], [2], [2]], noise: 1.6, seed: 7 });
    const input: LabelInferenceInput = {
      features: uneven.features,
      d,
      labels: labelSome(uneven.classes, 1),
      classCount: 8,
      textFeatures: uneven.textFeatures,
      logitScale: 20,
      seed: 1,
    };
    const names = inferNames(uneven.features, uneven.textFeatures, 8);
    const result = inferLabels(input);
    expect(result.summary.crossValidatedAccuracy).toBeNull();
    expect(accuracy(result, input, uneven.classes)).toBeGreaterThan(
      accuracy({ ...result, probabilities: names }, input, uneven.classes) - 0.05,
    );
  });

  it('with one label a class believes names as far as the labels bear them out, whatever scale their CLIP gives them', () => {
    const many = makeFeatures({ d: 48, counts: Array.from({ length: 16 }, () => [10]), noise: 1.2, seed: 3 });
    const input: LabelInferenceInput = {
      features: many.features,
      d: 48,
      labels: labelSome(many.classes, 1),
      classCount: 16,
      textFeatures: many.textFeatures,
      logitScale: 30,
      seed: 1,
    };
    const overconfidence = (result: InferredLabels): number => {
      let sum = 0;
      let count = 0;
      many.classes.forEach((_, i) => {
        if (input.labels[i] !== -1) return;
        sum += Math.max(...result.probabilities.subarray(i * 16, (i + 1) * 16));
        count += 1;
      });
      return sum / count - accuracy(result, input, many.classes);
    };
    for (const logitScale of [8, 30, 60]) {
      const result = inferLabels({ ...input, logitScale });
      expect(result.summary.alpha).toBeGreaterThan(0);
      expect(Math.abs(overconfidence(result))).toBeLessThan(0.15);
    }
  });

  it('with one label a class and no names, takes its temperature from how alike neighbours are', () => {
    const input = { ...base, labels: labelSome(made.classes, 1), textFeatures: null };
    const n = made.classes.length;
    const rows = Int32Array.from({ length: n }, (_, i) => i);
    const vectors = centredRows(made.features, d, rows, meanOfRows(made.features, d, rows));
    const likeness = neighbourLikeness(vectors, d, nearestNeighbours(vectors, d));
    expect(inferLabels(input).summary.temperature).toBeCloseTo(likeness / 2, 6);
    expect(likeness).toBeGreaterThan(0.2);
  });

  it('is softmax of the blended logits over the temperature, as the formula says', () => {
    const result = inferLabels({ ...base, useUnlabeled: false });
    checkRows(result, base);
    const { model, probabilities } = result;
    base.labels.forEach((label, i) => {
      if (label !== -1) return;
      const logits = [0, 1, 2].map((c) => {
        let z = model.bias[c] as number;
        for (let j = 0; j < d; j += 1) z += (base.features[i * d + j] as number) * (model.weights[c * d + j] as number);
        return Math.exp(z);
      });
      const total = logits.reduce((sum, z) => sum + z, 0);
      logits.forEach((z, c) => expect(probabilities[i * 3 + c]).toBeCloseTo(z / total, 5));
    });
  });

  it('is at least as good as names alone and as the probe alone', () => {
    const blended = inferLabels(base);
    const probe = accuracy(inferLabels({ ...base, textFeatures: null }), base, made.classes);
    const zeroShot = blended.summary.zeroShotAccuracy as number;
    expect(accuracy(blended, base, made.classes)).toBeGreaterThanOrEqual(Math.max(probe, zeroShot) - 0.02);
    expect(blended.summary.crossValidatedAccuracy).toBeGreaterThan(0.6);
  });

  it('gives names without meaning no weight', () => {
    const wrong = Float32Array.from(made.textFeatures);
    wrong.copyWithin(0, d);
    wrong.set(made.textFeatures.subarray(0, d), 2 * d);
    const result = inferLabels({ ...base, textFeatures: wrong });
    expect(result.summary.alpha).toBe(0);
    expect(accuracy(result, base, made.classes)).toBeCloseTo(
      accuracy(inferLabels({ ...base, textFeatures: null }), base, made.classes),
      2,
    );
  });

  it('leans on names where labels are few', () => {
    const many = makeFeatures({ d, counts: Array.from({ length: 20 }, () => [20]), noise: 1.2 });
    const input = {
      ...base,
      features: many.features,
      textFeatures: many.textFeatures,
      labels: labelSome(many.classes, 1),
      classCount: 20,
    };
    const result = inferLabels(input);
    expect(result.summary.alpha).toBeGreaterThan(0);
    expect(result.summary.crossValidatedAccuracy).toBeNull();
    const probe = inferLabels({ ...input, textFeatures: null });
    expect(accuracy(result, input, many.classes)).toBeGreaterThan(accuracy(probe, input, many.classes) + 0.1);
  });

  it('says how sure it is: mean confidence is near the accuracy', () => {
    const result = inferLabels(base);
    let confidence = 0;
    let count = 0;
    base.labels.forEach((label, i) => {
      if (label !== -1) return;
      confidence += Math.max(...result.probabilities.subarray(i * 3, i * 3 + 3));
      count += 1;
    });
    // 36 labels fix the temperature to about 15%, which moves the mean confidence by less than this.
    expect(Math.abs(confidence / count - accuracy(result, base, made.classes))).toBeLessThan(0.12);
  });

  it('never overwrites a label, be it ever so wrong', () => {
    const labels = base.labels.slice();
    labels[0] = 2;
    const result = inferLabels({ ...base, labels });
    expect([...result.probabilities.subarray(0, 3)]).toEqual([0, 0, 1]);
    expect(result.trust[0]).toBe(1);
  });

  it('gives the same bits in slices, and again, and other folds under another seed', async () => {
    const once = inferLabels(base);
    const sliced = await inferLabelsInSlices(base, { sliceMs: 0 });
    expect(sliced.probabilities).toEqual(once.probabilities);
    expect(sliced.summary).toEqual(once.summary);
    expect(inferLabels({ ...base, seed: 5 }).summary.temperature).not.toBe(once.summary.temperature);
  });
});

describe('edges of inferLabels', () => {
  const cases: [string, number[][], number, boolean][] = [
    ['one class', [[9]], 2, true],
    ['one class, one label', [[5]], 1, false],
    ['one image a class', [[1], [1], [1]], 1, true],
    ['classes of 1, 2 and 3 images', [[1], [2], [3]], 1, true],
    ['everything labeled', [[6], [7]], 99, true],
    ['labels on one image a class, no text', [[8], [8], [8]], 1, false],
    ['two labels a class, no text', [[8], [8], [8]], 2, false],
    ['200 classes', Array.from({ length: 200 }, () => [4]), 2, true],
  ];
  it.each(cases)('works with %s', (_name, counts, perClass, withText) => {
    const { features, classes, textFeatures } = makeFeatures({ d, counts, noise: 0.3 });
    const input: LabelInferenceInput = {
      features,
      d,
      labels: labelSome(classes, perClass),
      classCount: counts.length,
      textFeatures: withText ? textFeatures : null,
      logitScale: 30,
      seed: 1,
    };
    const result = inferLabels(input);
    checkRows(result, input);
    if (perClass < 99) expect(accuracy(result, input, classes) || 1).toBeGreaterThan(0.5);
  });

  it('works with equal images', () => {
    const features = new Float32Array(6 * d).fill(1 / Math.sqrt(d));
    const input: LabelInferenceInput = {
      features,
      d,
      labels: Int32Array.of(0, 0, 1, 1, -1, -1),
      classCount: 2,
      textFeatures: null,
      logitScale: 20,
      seed: 1,
    };
    const result = inferLabels(input);
    checkRows(result, input);
    expect(result.trust[4]).toBeLessThan(0.01);
  });

  it('recognises a class without labels by a name that means something', () => {
    const { features, classes, textFeatures } = makeFeatures({ d, counts: [[30], [30], [30]], classSpread: 0.8 });
    const labels = labelSome(classes, 8).map((label) => (label === 1 ? -1 : label));
    const input: LabelInferenceInput = { features, d, labels, classCount: 3, textFeatures, logitScale: 30, seed: 1 };
    const result = inferLabels(input);
    checkRows(result, input);
    expect(result.summary.alpha).toBeGreaterThan(0);
    expect(result.summary.inferredPerClass[1]).toBeGreaterThan(15);
  });

  it('says which class has neither labels nor a telling name', () => {
    const labels = base.labels.map((label) => (label === 1 ? -1 : label));
    const { info } = failure(() =>
      inferLabels({ ...base, labels, textFeatures: null, classNames: ['ant', 'bee', 'cat'] }),
    );
    expect(info).toMatchObject({ code: 'no-labels', what: 'The class "bee" has no labeled picture.' });
    expect(info.action).toContain('Label at least one picture');
  });

  it('says that there are no labels, and that features are damaged', () => {
    expect(failure(() => inferLabels({ ...base, labels: base.labels.slice().fill(-1) })).info.code).toBe('no-labels');
    const features = base.features.slice();
    features[7] = NaN;
    expect(failure(() => inferLabels({ ...base, features })).info.code).toBe('clip-damaged');
  });

  it('refuses lengths and labels that do not fit', () => {
    expect(() => inferLabels({ ...base, features: base.features.slice(1) })).toThrow(RangeError);
    expect(() => inferLabels({ ...base, labels: base.labels.slice().fill(3) })).toThrow(RangeError);
  });
});

describe('what answers claim', () => {
  it('is how many are right, also where classes with two labels are never found', () => {
    // Six rare classes that look like the first one: their labels all but contradict what is learnt.
    const alike = makeFeatures({ d, counts: [[260], [100], [100]], noise: 0.5 });
    const truth = alike.classes.map((c, i) => (c === 0 && i >= 200 ? 3 + ((i - 200) % 6) : c));
    const labels = truth.map((c, i) => (i % 5 === 0 ? c : -1));
    const input = { ...alike, d, labels, classCount: 9, textFeatures: null, logitScale: 25, seed: 1 };
    const inferred = inferLabels(input);
    const { probabilities } = inferred;
    expect(inferred.summary.crossValidatedAccuracy).not.toBeNull();
    const unlabeled = [...labels.keys()].filter((i) => labels[i] === -1);
    const claimed = unlabeled.map((i) => Math.max(...probabilities.subarray(i * 9, (i + 1) * 9)));
    const mean = claimed.reduce((sum, p) => sum + p, 0) / claimed.length;
    const right = accuracy(inferred, input, truth);
    // At the likeliest temperature they claim 0.067 less.
    expect(Math.abs(mean - right)).toBeLessThan(0.04);
  });
});

describe('a gain on held-out labels', () => {
  const found = (share: number | null): Selection => ({
    alpha: 0,
    decay: 0.4,
    biasDecay: 0,
    temperature: 1,
    accuracy: share,
  });

  it('is clear from three standard errors of sqrt(0.04 / n) on', () => {
    // Thirteen points of 402 answers; three of 30; and a hair about 0.06 of 100.
    expect(isClearGain(found(0.7), found(0.57), 402)).toBe(true);
    expect(isClearGain(found(0.79), found(0.76), 30)).toBe(false);
    expect([isClearGain(found(0.561), found(0.5), 100), isClearGain(found(0.559), found(0.5), 100)]).toEqual([
      true,
      false,
    ]);
  });

  it('is not clear where nothing was held out', () => {
    expect(isClearGain(found(null), found(null), 400)).toBe(false);
    expect(isClearGain(found(0.9), found(null), 400)).toBe(false);
  });
});

describe('folds', () => {
  const random = new CounterRandom(2, 904);
  const targets = Int32Array.from({ length: 103 }, () => random.integer(7));

  it('are even, spread each class, and never hold out the only label of a class', () => {
    const withLone = Int32Array.from([...targets, 7]);
    const folds = stratifiedFolds(withLone, 8, 3);
    expect(folds[103]).toBe(-1);
    const sizes = Array.from({ length: foldCount }, (_, f) => folds.filter((fold) => fold === f).length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    for (let c = 0; c < 7; c += 1) {
      const ofClass = sizes.map((_, f) => folds.filter((fold, i) => fold === f && withLone[i] === c).length);
      expect(Math.max(...ofClass) - Math.min(...ofClass)).toBeLessThanOrEqual(1);
    }
  });

  it('thins labels in proportion, keeping a few of every class', () => {
    const many = Int32Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : i < 997 ? 1 : 2));
    const kept = thinLabels(many, 3, 100, 1);
    const count = (c: number): number => kept.filter((i) => many[i] === c).length;
    expect([count(0), count(1), count(2)]).toEqual([90, 10, 3]);
    expect(new Set(kept).size).toBe(kept.length);
  });
});
