import { describe, expect, it } from 'vitest';
import { labelSome, makeFeatures } from '../partition/features.testing';
import { strongest } from '../labels/namesHelp';
import { inferLabels } from '../labels/labelInference';
import { relabelFromPrompts, relabelFromPromptsInSlices } from './promptRelabel';
import { trustOf } from '../labels/temperature';

const d = 16;
const { features, classes, textFeatures } = makeFeatures({ d, counts: [[20], [15, 15], [9]], noise: 0.6 });
const labels = labelSome(classes, 5);
// Two prompts for class 1, around its name.
const promptFeatures = new Float32Array(4 * d);
promptFeatures.set(textFeatures.subarray(0, 2 * d));
promptFeatures.set(textFeatures.subarray(d, 3 * d), 2 * d);
promptFeatures[2 * d] = 0.5;
const slotsOfClass = [[0], [1, 2], [3]];
const { summary } = inferLabels({ features, d, labels, classCount: 3, textFeatures, logitScale: 25, seed: 1 });
const input = { features, d, labels, promptFeatures, slotsOfClass, logitScale: 25, summary };

describe('relabelFromPrompts', () => {
  const result = relabelFromPrompts(input);

  it('sums the softmax over all slots by class, and tempers the sums', () => {
    labels.forEach((label, i) => {
      const e = [0, 1, 2, 3].map((s) => {
        let z = 0;
        for (let j = 0; j < d; j += 1) z += (features[i * d + j] as number) * (promptFeatures[s * d + j] as number);
        return Math.exp(25 * z);
      });
      const sums = slotsOfClass.map(
        (slots) => slots.reduce((sum, s) => sum + (e[s] as number), 0) ** (1 / result.summary.temperature),
      );
      const total = sums.reduce((sum, value) => sum + value, 0);
      const expected = label === -1 ? sums.map((sum) => sum / total) : [0, 1, 2].map((c) => (c === label ? 1 : 0));
      expected.forEach((p, c) => expect(result.probabilities[i * 3 + c]).toBeCloseTo(p, 5));
      expect(result.trust[i]).toBeCloseTo(label === -1 ? trustOf(Math.max(...expected), 3) : 1, 4);
    });
  });

  it('fits the temperature on the labeled images, and only softens', () => {
    expect(result.summary.temperature).toBeGreaterThanOrEqual(1);
    const wrong = labels.map((label) => (label === -1 ? -1 : (label + 1) % 3));
    expect(relabelFromPrompts({ ...input, labels: wrong }).summary.temperature).toBeGreaterThan(5);
  });

  it('keeps what was measured on held-out labels and counts anew', () => {
    expect(result.summary).toMatchObject({
      alpha: summary.alpha,
      crossValidatedAccuracy: summary.crossValidatedAccuracy,
      labeled: 15,
    });
    expect(result.summary.trusted + result.summary.untrusted).toBe(labels.length - 15);
  });

  it('says how many of the labeled images the prompts recognise', () => {
    expect(result.labeledAccuracy).toBeGreaterThan(0.7);
    const rotated = labels.map((label) => (label === -1 ? -1 : (label + 1) % 3));
    const misled = relabelFromPrompts({ ...input, labels: rotated });
    expect(misled.labeledAccuracy).toBeLessThan(0.3);
    // T softens, and changes no answer: a high one favours no class of many clusters.
    expect(misled.summary.temperature).toBeGreaterThan(5);
    const answersOf = ({ probabilities }: { probabilities: Float32Array }): Int32Array => strongest(probabilities, 3);
    const [before, after] = [answersOf(result), answersOf(misled)];
    expect([...labels.keys()].filter((i) => labels[i] === -1 && before[i] !== after[i])).toEqual([]);
  });

  it('judges by labeled images that were held back, where there are enough of them', () => {
    const all = Uint32Array.from(labels.keys());
    expect(relabelFromPrompts({ ...input, heldBack: all }).onHeldBack).toBe(false);
    const many = labelSome(classes, 9);
    const wrongAtFirst = many.map((label, image) => (label !== -1 && image < 30 ? (label + 1) % 3 : label));
    const heldBack = Uint32Array.from([...many.keys()].filter((image) => many[image] !== -1).slice(0, 20));
    const judged = relabelFromPrompts({ ...input, labels: wrongAtFirst, heldBack });
    expect(judged.onHeldBack).toBe(true);
    const expected = [...heldBack].filter((image) => wrongAtFirst[image] === many[image]).length / 20;
    expect(Math.abs(judged.labeledAccuracy - expected)).toBeLessThan(0.2);
    expect(judged.labeledAccuracy).toBeLessThan(
      relabelFromPrompts({ ...input, labels: many, heldBack }).labeledAccuracy,
    );
  });

  it('gives the same in slices', async () => {
    expect((await relabelFromPromptsInSlices(input, { sliceMs: 0 })).probabilities).toEqual(result.probabilities);
  });
});
