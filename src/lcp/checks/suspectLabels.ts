/**
 * Labels that look wrong (our own choice): a classifier that did not see the label gives it little and another class
 * more, and the labeled pictures that CLIP finds most alike say that other class, too. One of the two alone is wrong too
 * often: the classifier where classes overlap, the neighbours where a class is small.
 */
import type { Cooperative } from '../../shared/cooperative';
import { part } from '../../shared/cooperative';
import { meanOfRows, multiplyRows, allRows } from '../../shared/linearAlgebra';
import { centredRows } from '../labels/mixture';
import { heldOutAnswers, type HeldOutAnswers } from '../labels/heldOutAnswers';
import type { LabelInferenceInput } from '../labels/labelInput';

/** A label is suspect where it is given less than this (scripts/checkThresholds.ts). */
const mostDoubtful = 0.05;
const neighbours = 5;
/** So many are looked at, the least likely first. */
const mostSuspects = 500;

export interface Suspect {
  image: number;
  label: number;
  /** The class that both say, and the classifier's p of it. */
  guess: number;
  confidence: number;
}

/** The surest first. Throws what label inference throws. */
export function* suspectLabels(input: LabelInferenceInput, threshold = mostDoubtful): Cooperative<Suspect[]> {
  const held: HeldOutAnswers = yield* part(heldOutAnswers(input), 0, 0.7);
  const { labels, classCount, features, d } = input;
  const doubtful: Suspect[] = [];
  held.rows.forEach((image, i) => {
    const row = held.probabilities.subarray(i * classCount, (i + 1) * classCount);
    const label = labels[image] as number;
    const guess = row.indexOf(Math.max(...row));
    if (guess !== label && (row[label] as number) < threshold)
      doubtful.push({ image, label, guess, confidence: row[guess] as number });
  });
  const chosen = doubtful.toSorted((a, b) => b.confidence - a.confidence || a.image - b.image).slice(0, mostSuspects);
  const centre = meanOfRows(features, d, allRows(labels.length));
  const labeled = Int32Array.from(labels.keys()).filter((image) => (labels[image] as number) >= 0);
  const vectors = Float32Array.from(centredRows(features, d, labeled, centre));
  const order = allRows(labeled.length);
  const found: Suspect[] = [];
  for (const [i, suspect] of chosen.entries()) {
    const own = labeled.indexOf(suspect.image);
    const likeness = new Float64Array(labeled.length);
    const weights = Float64Array.from(vectors.subarray(own * d, (own + 1) * d));
    multiplyRows({ features: vectors, d, rows: order, weights, m: 1 }, likeness);
    likeness[own] = Number.NEGATIVE_INFINITY;
    if (vote(likeness, labeled, labels) === suspect.guess) found.push(suspect);
    if (i % 8 === 0) yield 0.7 + (0.3 * i) / chosen.length;
  }
  return found;
}

/** The class of most of the nearest; of equal ones the nearest's. */
function vote(likeness: Float64Array, labeled: Int32Array, labels: Int32Array): number {
  const nearest = Int32Array.from(likeness.keys())
    .toSorted((a, b) => (likeness[b] as number) - (likeness[a] as number))
    .subarray(0, neighbours);
  const votes = new Map<number, number>();
  for (const at of nearest) {
    const label = labels[labeled[at] as number] as number;
    votes.set(label, (votes.get(label) ?? 0) + 1);
  }
  return [...votes].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [-1, 0])[0];
}
