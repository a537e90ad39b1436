/**
 * Stratified cross-validation of label inference (docs/method.md, section 1; grid and search are our own choice): which
 * weight alpha the zero-shot logits get, which weight decay the linear part, and which temperature makes the answers
 * honest. Folds are even in size and spread every class over as many of them as it has labels; the only label of a
 * class is never held out. Small label sets are divided several times over, since one division of a hundred labels says
 * little; large ones are thinned for this search, class by class, as the penalty is a prior precision whose best value
 * does not grow with the number of labels.
 */
import { CounterRandom } from '../../shared/rng';
import { part, type Cooperative } from '../../shared/cooperative';
import { argMax, covarianceOfRows } from '../../shared/linearAlgebra';
import { curvatureFactor, fitSoftmaxRegression, linearLogits, type LinearClassifier } from './softmaxRegression';
import { streams } from '../training/streams';
import { honestTemperature, likeliestLoss, softmaxLoss, type KnownAnswers } from './temperature';

export const foldCount = 5;
export const alphaGrid = [0, 0.1, 0.25, 0.5, 1] as const;
/** Prior precision of W on features of unit mean square norm, strongest first. */
export const decayGrid = [10, 2, 0.4, 0.08, 0.016] as const;
/** Where no label can be held back: the decay beside names of full weight, or without names. */
export const defaultDecay = 0.4;
/**
 * Likewise the prior precision on b. One label a class says nothing of how frequent classes are, but a free b takes it
 * as a claim that they all are alike: on 17 classes of 1 to 103 pictures that cost ten points of accuracy, while it
 * evens out a CLIP's leanings where classes are alike (+12 on CIFAR-10). This keeps most of either.
 */
export const fewLabelsBiasDecay = 0.3;
/** Held-out answers that the divisions of a small label set should come to together, and the most divisions. */
const wantedAnswers = 400;
const mostDivisions = 4;
/** Multiply-adds that one pass over the thinned labels may cost. */
const passBudget = 5_000_000;
/** Nats an example that a fit may still be away from its optimum: settings differ by a hundredth and more. */
const searchTolerance = 3e-3;
const finalTolerance = 1e-4;
/**
 * Share of the answers in which two good classifiers of the same features commonly differ: sets the noise that a gain
 * has to stand out of.
 */
const disagreement = 0.04;
/** Standard errors that make a gain clear. */
const clearGain = 3;
/**
 * Rows that the curvature of a fit is estimated from: it only has to be near, as it sets the pace and not the result.
 */
export const covarianceRows = 1500;

export interface LabeledSet {
  features: Float32Array;
  d: number;
  /** Labeled rows, n of them. */
  rows: Int32Array;
  /** Class of each, in [0, classCount), each class present at least once. */
  targets: Int32Array;
  classCount: number;
  centre: Float64Array;
  scale: number;
  /** s0 <f, t_c>, [n, classCount]; null without text features. */
  zeroShot: Float64Array | null;
}

export interface Selection {
  alpha: number;
  decay: number;
  /** Prior precision on b. */
  biasDecay: number;
  /** The honest one (`temperature.ts`). */
  temperature: number;
  /** Accuracy on held-out labels, in [0, 1]; null where none could be held out. */
  accuracy: number | null;
}

/** What the search compares settings by. */
interface Judged {
  alpha: number;
  decay: number;
  /** Accuracy on held-out labels, in [0, 1]. */
  accuracy: number;
  /** Mean NLL on held-out labels at their likeliest temperature, nats. */
  loss: number;
}

/** Standard error of the difference in accuracy between two good classifiers of the same features on n answers. */
function noiseOfGain(n: number): number {
  return Math.sqrt(disagreement / n);
}

/** Whether one choice has clearly more of n held-out answers right than another; not where none were held out. */
export function isClearGain(better: Selection, other: Selection, n: number): boolean {
  if (better.accuracy === null || other.accuracy === null) return false;
  return better.accuracy - other.accuracy >= clearGain * noiseOfGain(n);
}

/** Fold of each labeled row, in [0, foldCount), or -1 for the only label of a class. Deterministic by seed. */
export function stratifiedFolds(targets: Int32Array, classCount: number, seed: number): Int32Array {
  const order = new CounterRandom(seed, streams.labelFolds).permutation(targets.length);
  const byClass: number[][] = Array.from({ length: classCount }, () => []);
  for (const i of order) byClass[targets[i] as number]?.push(i);
  const folds = new Int32Array(targets.length).fill(-1);
  let next = 0;
  for (const members of byClass) {
    if (members.length < 2) continue;
    for (const i of members) {
      folds[i] = next % foldCount;
      next += 1;
    }
  }
  return folds;
}

/** Positions of at most about `limit` labels, each class thinned alike but never below `foldCount`. */
export function thinLabels(targets: Int32Array, classCount: number, limit: number, seed: number): Int32Array {
  const n = targets.length;
  if (n <= limit) return Int32Array.from({ length: n }, (_, i) => i);
  const counts = new Int32Array(classCount);
  for (const c of targets) counts[c] = (counts[c] as number) + 1;
  const quota = Array.from(counts, (count) => Math.max(Math.min(count, foldCount), Math.round((count * limit) / n)));
  const kept: number[] = [];
  for (const i of new CounterRandom(seed, streams.labelThinning).permutation(n)) {
    const c = targets[i] as number;
    if ((quota[c] as number) > 0) {
      quota[c] = (quota[c] as number) - 1;
      kept.push(i);
    }
  }
  return Int32Array.from(kept).toSorted();
}

/**
 * Searches alpha, decay and temperature. Alpha and decay are chosen on the thinned labels, alpha by alpha, with the
 * decay followed from its best value so far; the temperature and the reported accuracy then come from folds over all
 * labels (up to ten times as many), as a classifier grows more certain with every label it sees.
 * @param namesNeeded some class has no label, so that only its name can tell it: names then get the weight that they
 * earn alone, if none beside the probe
 */
export function* crossValidate(all: LabeledSet, seed: number, namesNeeded = false): Cooperative<Selection> {
  const set = thinned(all, passBudget, seed);
  const folds = splitFolds(set, seed);
  if (all.classCount < 2 || heldOutCount(folds) < 2) return withoutCrossValidation(all);
  const search = new FoldedFit(set, folds, searchTolerance);
  const alphas = set.zeroShot ? alphaGrid : ([0] as const);
  let best: Judged | null = null;
  let enough = 0;
  for (const [a, alpha] of alphas.entries()) {
    const around = best?.decay ?? null;
    const found: Judged = yield* part(
      searchDecay(search, alpha, around),
      (0.8 * a) / alphas.length,
      (0.8 * (a + 1)) / alphas.length,
    );
    const { accuracy, loss } = found;
    // Names must gain more than the fits are exact to, so that names without meaning get no weight; and they must add
    // right answers to the linear probe's, by more than the standard error of the difference.
    if (!best) enough = accuracy + noiseOfGain(set.rows.length);
    if (!best || (loss < best.loss - searchTolerance && accuracy >= enough)) best = found;
  }
  const chosen = best as Judged;
  const most = thinned(all, 10 * passBudget, seed);
  const final = new FoldedFit(most, splitFolds(most, seed), finalTolerance);
  const alpha = chosen.alpha === 0 && namesNeeded ? alphaOfNamesAlone(all) : chosen.alpha;
  return yield* part(final.select(alpha, chosen.decay), 0.8, 1);
}

/**
 * Best decay for one alpha. The first time the whole grid is walked from strong to weak until the held-out loss has
 * risen twice in a row; later only the neighbours of `around` are tried.
 */
function* searchDecay(search: FoldedFit, alpha: number, around: number | null): Cooperative<Judged> {
  const centre = decayGrid.findIndex((decay) => decay === around);
  const grid = centre < 0 ? decayGrid : decayGrid.slice(Math.max(0, centre - 1), centre + 2);
  search.forget();
  let best: Judged | null = null;
  let worse = 0;
  for (const [j, decay] of grid.entries()) {
    const found: Judged = yield* part(search.judge(alpha, decay), j / grid.length, (j + 1) / grid.length);
    if (!best || found.loss < best.loss) {
      best = found;
      worse = 0;
    } else {
      worse += 1;
      if (worse === 2) break;
    }
  }
  return best as Judged;
}

interface Fold {
  train: LabeledSet;
  test: LabeledSet;
  warm: LinearClassifier | null;
}

/** Fits every fold for one setting and judges the pooled held-out answers. Successive fits start from the last ones. */
class FoldedFit {
  private readonly covariance: Float64Array;
  private readonly targets: Int32Array;

  constructor(
    private readonly set: LabeledSet,
    private readonly folds: Fold[],
    private readonly tolerance: number,
  ) {
    this.covariance = covarianceOfRows(set.features, set.d, spread(set.rows, covarianceRows), set.centre);
    this.targets = Int32Array.from(folds.flatMap((fold) => [...fold.test.targets]));
  }

  forget(): void {
    for (const fold of this.folds) fold.warm = null;
  }

  *judge(alpha: number, decay: number): Cooperative<Judged> {
    const answers: KnownAnswers = yield* this.answers(alpha, decay);
    return { alpha, decay, accuracy: accuracyOf(answers), loss: likeliestLoss(answers) };
  }

  /** The setting that was chosen, with its temperature. */
  *select(alpha: number, decay: number): Cooperative<Selection> {
    const answers: KnownAnswers = yield* this.answers(alpha, decay);
    return { alpha, decay, biasDecay: 0, temperature: honestTemperature(answers), accuracy: accuracyOf(answers) };
  }

  /** To the held-out labels of all folds. */
  private *answers(alpha: number, decay: number): Cooperative<KnownAnswers> {
    const { folds, targets, tolerance, set } = this;
    const m = set.classCount;
    const factor = curvatureFactor(this.covariance, { ...set, decay }, set.rows.length);
    const logits = new Float64Array(targets.length * m);
    let offset = 0;
    for (const [k, fold] of folds.entries()) {
      const offsets = fold.train.zeroShot ? scaled(fold.train.zeroShot, alpha) : null;
      const fitting = fitSoftmaxRegression(
        { ...fold.train, offsets, decay },
        { factor, start: fold.warm, tolerance, maxIterations: 100 },
      );
      const fit: LinearClassifier = yield* part(fitting, k / folds.length, (k + 1) / folds.length);
      fold.warm = fit;
      const block = heldOutLogits(fold.test, fit, alpha);
      logits.set(block, offset);
      offset += block.length;
    }
    return { logits, targets, classCount: m };
  }
}

function heldOutLogits(test: LabeledSet, fit: LinearClassifier, alpha: number): Float64Array {
  const logits = new Float64Array(test.rows.length * test.classCount);
  linearLogits(fit, test, logits);
  if (test.zeroShot)
    for (let j = 0; j < logits.length; j += 1) logits[j] = (logits[j] as number) + alpha * (test.zeroShot[j] as number);
  return logits;
}

/**
 * With too few labels to hold one back, names get the weight that they earn alone, and beside names that speak softly
 * the linear part does too. The temperature is that of the names alone, on labels that they never saw; 1 without names,
 * where only the pictures can say it (`labelInference.ts`).
 */
function withoutCrossValidation(set: LabeledSet): Selection {
  const { zeroShot, targets, classCount } = set;
  const alpha = alphaOfNamesAlone(set);
  const named = zeroShot && alpha > 0 ? scaled(zeroShot, alpha) : null;
  return {
    alpha,
    decay: defaultDecay / (alpha || 1),
    biasDecay: fewLabelsBiasDecay,
    temperature: named ? honestTemperature({ logits: named, targets, classCount }) : 1,
    accuracy: null,
  };
}

/**
 * The alpha under which the names alone explain the labels best, which they never saw; 0 where they do no better than
 * guessing.
 */
function alphaOfNamesAlone({ zeroShot, targets, classCount }: LabeledSet): number {
  if (!zeroShot) return 0;
  const losses = alphaGrid.map((alpha) => softmaxLoss({ logits: scaled(zeroShot, alpha), targets, classCount }, 1));
  return alphaGrid[losses.indexOf(Math.min(...losses))] ?? 0;
}

function splitFolds(set: LabeledSet, seed: number): Fold[] {
  const divisions = Math.min(mostDivisions, Math.max(1, Math.round(wantedAnswers / set.rows.length)));
  return Array.from({ length: divisions }, (_, division) =>
    divide(set, stratifiedFolds(set.targets, set.classCount, seed + division)),
  ).flat();
}

function divide(set: LabeledSet, folds: Int32Array): Fold[] {
  const used = [...new Set(folds)].filter((fold) => fold >= 0).toSorted((a, b) => a - b);
  return used.map((fold) => ({
    train: subset(
      set,
      positions(folds, (value) => value !== fold),
    ),
    test: subset(
      set,
      positions(folds, (value) => value === fold),
    ),
    warm: null,
  }));
}

function heldOutCount(folds: Fold[]): number {
  return folds.reduce((sum, fold) => sum + fold.test.rows.length, 0);
}

/** The labeled set, thinned so that one pass over it costs about `budget` multiply-adds. */
function thinned(set: LabeledSet, budget: number, seed: number): LabeledSet {
  const limit = Math.max(foldCount * set.classCount, Math.floor(budget / (set.d * set.classCount)));
  return subset(set, thinLabels(set.targets, set.classCount, limit, seed));
}

/** At most `limit` of the rows, evenly spread. */
export function spread(rows: Int32Array, limit: number): Int32Array {
  const stride = Math.ceil(rows.length / limit);
  return stride > 1 ? rows.filter((_, i) => i % stride === 0) : rows;
}

function positions(folds: Int32Array, keep: (fold: number) => boolean): Int32Array {
  const kept: number[] = [];
  folds.forEach((fold, i) => {
    if (keep(fold)) kept.push(i);
  });
  return Int32Array.from(kept);
}

function subset(set: LabeledSet, at: Int32Array): LabeledSet {
  const m = set.classCount;
  const zeroShot = set.zeroShot ? new Float64Array(at.length * m) : null;
  at.forEach((from, to) => {
    zeroShot?.set((set.zeroShot as Float64Array).subarray(from * m, (from + 1) * m), to * m);
  });
  return {
    ...set,
    rows: at.map((i) => set.rows[i] as number),
    targets: at.map((i) => set.targets[i] as number),
    zeroShot,
  };
}

export function scaled(values: Float64Array, factor: number): Float64Array {
  return values.map((value) => factor * value);
}

/** Share of answers whose largest logit is the target's; ties go to the first class. */
export function accuracyOf({ logits, targets, classCount }: KnownAnswers): number {
  let right = 0;
  targets.forEach((target, i) => {
    if (argMax(logits, i * classCount, classCount) === target) right += 1;
  });
  return right / Math.max(1, targets.length);
}
