/**
 * Temperature scaling and trust (docs/method.md, section 1). Two temperatures are fitted to the labels of held-out
 * images: the likeliest, by which settings are compared, and the honest one, at which a classifier claims as much as it
 * gets right. Answers are told at the honest one: likelihood is ruled by the labels that a classifier finds next to
 * impossible (of classes with two labels, say), for whose sake all answers would be doubted. A standard normal prior on
 * log T, worth about one image, keeps a handful of correct answers from claiming certainty (the prior is our own choice).
 */
import { argMax } from '../../shared/linearAlgebra';
import { logSumExp, softmaxRow } from './softmaxRegression';

export const temperatureRange = [0.05, 20] as const;

/** Answers to pictures of known class: softmax(logits / T). */
export interface KnownAnswers {
  /** [n, classCount] */
  logits: Float64Array;
  /** Class of each, [n]. */
  targets: Int32Array;
  classCount: number;
}

/** Of answers at some temperature, means in [0, 1]. */
export interface Confidence {
  /** Probability of the strongest class. */
  claimed: number;
  /** Share of answers whose strongest class is the target. */
  right: number;
}

/**
 * The temperature at which the mean probability of the strongest class is the share of right answers (expectation
 * consistency: Clarte, Loureiro, Krzakala, Zdeborova, UAI 2023), as far as n answers and the prior tell: it minimises
 * n (claimed - right)^2 / 2v + (log T)^2 / 2 over `range`, v the variance of one answer's being right.
 */
export function honestTemperature(answers: KnownAnswers, range: readonly [number, number] = temperatureRange): number {
  const count = answers.targets.length;
  return leastOver(range, (temperature) => {
    const { claimed, right } = softmaxConfidence(answers, temperature);
    // Of few answers all may be right by luck: one right and one wrong one are added.
    const share = (count * right + 1) / (count + 2);
    return (count * (claimed - right) ** 2) / (2 * share * (1 - share)) + Math.log(temperature) ** 2 / 2;
  });
}

/** Mean negative log-likelihood a row, nats, at the temperature that minimises sum NLL + (log T)^2 / 2. */
export function likeliestLoss(answers: KnownAnswers): number {
  const count = answers.targets.length;
  const likeliest = leastOver(temperatureRange, (t) => count * softmaxLoss(answers, t) + Math.log(t) ** 2 / 2);
  return softmaxLoss(answers, likeliest);
}

/** What the answers claim and get right. */
export function softmaxConfidence({ logits, targets, classCount }: KnownAnswers, temperature: number): Confidence {
  const row = new Float64Array(classCount);
  let claimed = 0;
  let right = 0;
  targets.forEach((target, i) => {
    temper(logits, i, temperature, row);
    softmaxRow(row, 0, classCount);
    const top = argMax(row, 0, classCount);
    claimed += row[top] as number;
    if (top === target) right += 1;
  });
  const count = Math.max(1, targets.length);
  return { claimed: claimed / count, right: right / count };
}

/** Mean negative log-likelihood of the targets, nats. */
export function softmaxLoss({ logits, targets, classCount }: KnownAnswers, temperature: number): number {
  const row = new Float64Array(classCount);
  let sum = 0;
  targets.forEach((target, i) => {
    temper(logits, i, temperature, row);
    sum += logSumExp(row) - (row[target] as number);
  });
  return sum / Math.max(1, targets.length);
}

/** Puts row i of logits / T into `row`. */
function temper(logits: Float64Array, i: number, temperature: number, row: Float64Array): void {
  for (let c = 0; c < row.length; c += 1) row[c] = (logits[i * row.length + c] as number) / temperature;
}

/** Trust below this is none: such a picture would more often than not lead astray. */
export const leastTrust = 0.5;

/**
 * Trust in an inferred label: how far the probability lies from chance to certainty, w = (p_max - 1/C) / (1 - 1/C), or
 * 0 where that is below 1/2. 1 where there is one class.
 */
export function trustOf(topProbability: number, classCount: number): number {
  if (classCount < 2) return 1;
  const trust = Math.min(1, (topProbability - 1 / classCount) / (1 - 1 / classCount));
  return trust >= leastTrust ? trust : 0;
}

/** The temperature of least `objective`: a grid over log T, then a golden section around its best point. */
function leastOver(range: readonly [number, number], objective: (temperature: number) => number): number {
  const ofLog = (logT: number): number => objective(Math.exp(logT));
  const low = Math.log(range[0]);
  const high = Math.log(range[1]);
  const steps = 16;
  const width = (high - low) / steps;
  const values = Array.from({ length: steps + 1 }, (_, i) => ofLog(low + width * i));
  const centre = low + width * values.indexOf(Math.min(...values));
  return Math.exp(goldenSection(ofLog, Math.max(low, centre - width), Math.min(high, centre + width)));
}

function goldenSection(objective: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = from;
  let high = to;
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let leftValue = objective(left);
  let rightValue = objective(right);
  while (high - low > 1e-3) {
    if (leftValue <= rightValue) {
      high = right;
      right = left;
      rightValue = leftValue;
      left = high - ratio * (high - low);
      leftValue = objective(left);
    } else {
      low = left;
      left = right;
      leftValue = rightValue;
      right = low + ratio * (high - low);
      rightValue = objective(right);
    }
  }
  return (low + high) / 2;
}
