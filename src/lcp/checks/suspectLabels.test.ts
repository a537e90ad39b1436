import { expect, it } from 'vitest';
import { UNLABELED } from '../../shared/domain';
import { runNow } from '../../shared/cooperative';
import { CounterRandom } from '../../shared/rng';
import { heldOutAnswers } from '../labels/heldOutAnswers';
import { suspectLabels } from './suspectLabels';

const d = 8;
const each = 20;

/** Three classes around axes of their own; pictures 5 and 45 are labeled as another class, 10 has no label. */
function input() {
  const random = new CounterRandom(5, 1);
  const truth = Array.from({ length: 3 * each }, (_, i) => Math.floor(i / each));
  const features = new Float32Array(truth.length * d);
  truth.forEach((c, i) => {
    const row = Array.from({ length: d }, (_, j) => Number(j === c) + 0.3 * (random.uniform() - 0.5));
    const length = Math.hypot(...row);
    row.forEach((value, j) => (features[i * d + j] = value / length));
  });
  const labels = Int32Array.from(truth);
  labels[5] = 1;
  labels[45] = 0;
  labels[10] = UNLABELED;
  return { features, d, labels, classCount: 3, textFeatures: null, logitScale: 20, seed: 1, useUnlabeled: false };
}

it('answers every label by classifiers that have not seen it', () => {
  const { rows, probabilities } = runNow(heldOutAnswers(input()));
  expect(rows.toSorted()).toEqual(
    input()
      .labels.map((_, i) => i)
      .filter((i) => i !== 10),
  );
  const at = rows.indexOf(5);
  const row = [...probabilities.subarray(3 * at, 3 * at + 3)];
  expect(row.indexOf(Math.max(...row))).toBe(0);
  expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
});

it('names the labels that are wrong, what they should be, and no other', () => {
  const found = runNow(suspectLabels(input()));
  expect(found.map(({ image, label, guess }) => [image, label, guess]).toSorted()).toEqual([
    [45, 0, 2],
    [5, 1, 0],
  ]);
  for (const { confidence } of found) expect(confidence).toBeGreaterThan(0.75);
});
