/**
 * Label inference that learns from pictures without a label too (docs/method.md, section 1; our own choice). The
 * mixture of `mixture.ts` starts from the classifier's answers P, and both speak together:
 *
 *   q = softmax_c( (3 log P_c + s_c) / (4 T) ).
 *
 * T is fitted on labels held back in five folds, each with a classifier and a mixture of its own. The mixture is used
 * only where it leaves at least 80% of the unlabeled pictures in their class (a mixture that moves more follows
 * something other than the classes), and where it does not get fewer held-back labels right, beyond chance.
 */
import { UNLABELED } from '../../shared/domain';
import { part, type Cooperative } from '../../shared/cooperative';
import { allRows, argMax, meanOfRows } from '../../shared/linearAlgebra';
import { foldCount, spread, stratifiedFolds } from './labelCrossValidation';
import { labeledRows } from './labelPosterior';
import { centredRows, fitMixture, mixtureScores, type FittedMixture, type Mixture } from './mixture';
import { strongest } from './namesHelp';
import { softmaxRow } from './softmaxRegression';
import { honestTemperature } from './temperature';

/** Share of unlabeled pictures that keep their class. */
export const leastAgreement = 0.8;
/** Pictures of either kind that the mixture is fitted to. */
export const mixtureRows = 3000;
/** Held-back answers from which T and the verdict mean anything. */
const leastAnswers = 8;
const least = 1e-6;

export interface UnlabeledInput {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  d: number;
  /** Class of each image, or -1; every class has a label. */
  labels: Int32Array;
  classCount: number;
  /** P, [N, C]. */
  probabilities: Float32Array;
  seed: number;
  /** P of some pictures by a classifier that is fitted to these labels alone, [rows, C]. */
  classify: (labels: Int32Array, rows: Int32Array) => Cooperative<Float32Array>;
}

export interface Refined {
  /** q, [N, C]. */
  probabilities: Float32Array;
  temperature: number;
  /** Accuracy on labels that were held back, in [0, 1]. */
  accuracy: number;
}

interface Sample {
  rows: Int32Array;
  /** g, [n, d]. */
  vectors: Float32Array;
  labels: Int32Array;
}

/** @returns null where the unlabeled pictures do not help, or nothing can be held back to see it */
export function* learnFromUnlabeled(input: UnlabeledInput): Cooperative<Refined | null> {
  const { features, d, labels, classCount, probabilities } = input;
  const unlabeled = allRows(labels.length).filter((i) => labels[i] === UNLABELED);
  if (classCount < 2 || unlabeled.length === 0) return null;
  const centre = meanOfRows(features, d, allRows(labels.length));
  const rows = Int32Array.of(...spread(labeledRows(labels), mixtureRows), ...spread(unlabeled, mixtureRows)).toSorted();
  const sample = {
    rows,
    vectors: centredRows(features, d, rows, centre),
    labels: rows.map((i) => labels[i] as number),
  };
  const prior = pick(probabilities, rows, classCount);
  const mixture: FittedMixture = yield* part(fitMixture({ ...sample, d, classCount, prior }), 0, 0.15);
  if (agreement(sample.labels, prior, mixture.posterior, classCount) < leastAgreement) return null;
  const held: HeldOutAnswers = yield* part(holdBack(input, sample), 0.15, 0.9);
  if (held.targets.length < leastAnswers || getsWorse(held, classCount)) return null;
  const temperature = honestTemperature({ logits: held.joint, targets: held.targets, classCount });
  const accuracy = rightOf(held.joint, held.targets, classCount) / held.targets.length;
  const refined: Float32Array = yield* part(everyPicture(input, mixture, centre, temperature), 0.9, 1);
  return { probabilities: refined, temperature, accuracy };
}

function pick(values: Float32Array, rows: Int32Array, m: number): Float32Array {
  const out = new Float32Array(rows.length * m);
  rows.forEach((row, i) => out.set(values.subarray(row * m, (row + 1) * m), i * m));
  return out;
}

/** Share of unlabeled pictures whose strongest class is the same. */
function agreement(labels: Int32Array, before: Float32Array, after: Float64Array, classCount: number): number {
  const [a, b] = [strongest(before, classCount), strongest(after, classCount)];
  const unlabeled = allRows(labels.length).filter((i) => labels[i] === UNLABELED);
  return unlabeled.filter((i) => a[i] === b[i]).length / unlabeled.length;
}

/** Logits of q at T = 1, row by row. */
function jointLogits(prior: Float32Array, scores: Float64Array): Float64Array {
  return scores.map((s, i) => (3 * Math.log(Math.max(least, prior[i] as number)) + s) / 4);
}

interface HeldOutAnswers {
  targets: Int32Array;
  /** Of the classifier alone, and of both; [answers, C]. */
  alone: Float64Array;
  joint: Float64Array;
}

function* holdBack(
  { d, classCount, classify, labels, seed }: UnlabeledInput,
  sample: Sample,
): Cooperative<HeldOutAnswers> {
  const known = sample.rows.filter((i) => labels[i] !== UNLABELED);
  const folds = stratifiedFolds(
    known.map((i) => labels[i] as number),
    classCount,
    seed,
  );
  const targets: number[] = [];
  const alone: number[] = [];
  const joint: number[] = [];
  for (let fold = 0; fold < foldCount; fold += 1) {
    const out = new Set(known.filter((_, k) => folds[k] === fold));
    if (out.size === 0) continue;
    const [from, to] = [fold / foldCount, (fold + 1) / foldCount];
    const kept = labels.map((label, i) => (out.has(i) ? UNLABELED : label));
    const prior: Float32Array = yield* part(classify(kept, sample.rows), from, (from + to) / 2);
    const problem = { ...sample, labels: sample.rows.map((i) => kept[i] as number), d, classCount, prior };
    const mixture: FittedMixture = yield* part(fitMixture(problem), (from + to) / 2, to);
    const logits = jointLogits(prior, mixtureScores(mixture, sample.vectors, d));
    sample.rows.forEach((image, row) => {
      if (!out.has(image)) return;
      targets.push(labels[image] as number);
      const [start, end] = [row * classCount, (row + 1) * classCount];
      alone.push(...prior.subarray(start, end));
      joint.push(...logits.subarray(start, end));
    });
  }
  return { targets: Int32Array.from(targets), alone: Float64Array.from(alone), joint: Float64Array.from(joint) };
}

function rightOf(scores: Float64Array, targets: Int32Array, classCount: number): number {
  return targets.filter((target, i) => argMax(scores, i * classCount, classCount) === target).length;
}

/** Fewer right answers, by more than one standard error of the difference. */
function getsWorse({ targets, alone, joint }: HeldOutAnswers, classCount: number): boolean {
  const [a, b] = [strongest(alone, classCount), strongest(joint, classCount)];
  const differing = targets.filter((_, i) => a[i] !== b[i]).length;
  return rightOf(alone, targets, classCount) - rightOf(joint, targets, classCount) > Math.sqrt(differing);
}

/** q of all pictures, in blocks. */
function* everyPicture(
  { features, d, labels, classCount, probabilities }: UnlabeledInput,
  mixture: Mixture,
  centre: Float64Array,
  temperature: number,
): Cooperative<Float32Array> {
  const out = new Float32Array(probabilities.length);
  const block = Math.max(1, Math.min(1024, Math.floor(4_000_000 / (d * classCount))));
  for (let from = 0; from < labels.length; from += block) {
    const rows = Int32Array.from({ length: Math.min(block, labels.length - from) }, (_, i) => from + i);
    const scores = mixtureScores(mixture, centredRows(features, d, rows, centre), d);
    const logits = jointLogits(pick(probabilities, rows, classCount), scores);
    for (let i = 0; i < logits.length; i += 1) logits[i] = (logits[i] as number) / temperature;
    rows.forEach((_, i) => softmaxRow(logits, i * classCount, classCount));
    out.set(logits, from * classCount);
    yield from / labels.length;
  }
  return out;
}
