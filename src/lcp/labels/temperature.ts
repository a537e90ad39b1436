/**
 * Temperature scaling and trust (docs/method.md, section 1). The temperature is the one that makes the labels of
 * held-out images most likely; a standard normal prior on its logarithm, worth about one image, keeps a handful of
 * correct answers from claiming certainty (the prior is our own choice).
 */
import { softmaxRow } from './softmaxRegression';

export const temperatureRange = [0.05, 20] as const;

export interface Temperature {
  temperature: number;
  /** Mean negative log-likelihood a row at that temperature, nats. */
  loss: number;
}

/** Minimises sum NLL + (log T)^2 / 2 over `range`. `lossAt(T)` is the mean NLL over `count` rows. */
export function fitTemperature(
  lossAt: (temperature: number) => number,
  count: number,
  range: readonly [number, number] = temperatureRange,
): Temperature {
  const objective = (logT: number) => count * lossAt(Math.exp(logT)) + (logT * logT) / 2;
  const low = Math.log(range[0]);
  const high = Math.log(range[1]);
  const steps = 16;
  let best = 0;
  let bestValue = Infinity;
  for (let i = 0; i <= steps; i += 1) {
    const value = objective(low + ((high - low) * i) / steps);
    if (value < bestValue) {
      bestValue = value;
      best = i;
    }
  }
  const width = (high - low) / steps;
  const centre = low + width * best;
  const logT = goldenSection(objective, Math.max(low, centre - width), Math.min(high, centre + width));
  const temperature = Math.exp(logT);
  return { temperature, loss: lossAt(temperature) };
}

/** Mean NLL of `targets` under softmax(logits / T), logits [n, classCount]. */
export function softmaxLoss(
  logits: Float64Array,
  targets: Int32Array,
  classCount: number,
  temperature: number,
): number {
  const row = new Float64Array(classCount);
  let sum = 0;
  for (let i = 0; i < targets.length; i += 1) {
    let top = -Infinity;
    for (let c = 0; c < classCount; c += 1) {
      const value = (logits[i * classCount + c] as number) / temperature;
      row[c] = value;
      if (value > top) top = value;
    }
    let total = 0;
    for (let c = 0; c < classCount; c += 1) total += Math.exp((row[c] as number) - top);
    sum += Math.log(total) + top - (row[targets[i] as number] as number);
  }
  return sum / Math.max(1, targets.length);
}

/** Mean NLL of the target classes where a class owns several slots: -log sum_k softmax_s(logits / T), logits [n, S]. */
export function groupedSoftmaxLoss(
  logits: Float64Array,
  targets: Int32Array,
  slotsOfClass: readonly number[][],
  slotCount: number,
  temperature: number,
): number {
  const row = new Float64Array(slotCount);
  let sum = 0;
  for (let i = 0; i < targets.length; i += 1) {
    for (let s = 0; s < slotCount; s += 1) row[s] = (logits[i * slotCount + s] as number) / temperature;
    softmaxRow(row, 0, slotCount);
    let own = 0;
    for (const slot of slotsOfClass[targets[i] as number] ?? []) own += row[slot] as number;
    sum -= Math.log(Math.max(own, 1e-300));
  }
  return sum / Math.max(1, targets.length);
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
