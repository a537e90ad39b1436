/**
 * Whether class names mean anything where few labels, or none, can be held back to try it (docs/method.md, section 1;
 * our own choice). Names and a probe without names both put every picture, labeled or not, into a class. Two witnesses
 * speak, in nats, and names are taken in where their sum is above 0:
 *
 * The labeled pictures, which names never saw: the log odds of as many right names if their share is unknown, anything
 * between chance and 1, over guessing. Meaningless names, and names of other classes, end here.
 *
 * All pictures: by how many standard errors a picture's nearest neighbours have its class more often, beyond chance, by
 * the names than by the probe; each counts two nats. That shuts out names that mean something, but clearly less than the
 * probe knows. Names of other classes can fit neighbours just as well, so that no more than three quarters of a standard
 * error speak for names: too little where none of four labeled pictures is named rightly.
 */
import { neighbourAgreement } from './neighbours';
import { allRows, argMax } from '../../shared/linearAlgebra';

/** Nats that a standard error of a better or worse fit counts, and standard errors that speak for names at most. */
const errorWeight = 2;
const mostErrors = 0.75;
/** Shares of right names that the odds are taken over. */
const shareSteps = 200;

export interface NamesQuestion {
  /** Of each picture its nearest neighbours (`neighbours.ts`), [n]. */
  neighbours: readonly Int32Array[];
  classCount: number;
  /** Class of each picture by names alone and by the probe alone, [n]. */
  names: Int32Array;
  probe: Int32Array;
  /** Of the labeled pictures, those that names alone put into their class. */
  labeled: { right: number; count: number };
}

export function namesHelp({ neighbours, classCount, names, probe, labeled }: NamesQuestion): boolean {
  const ofProbe = neighbourAgreement(neighbours, probe, classCount);
  const gains = neighbourAgreement(neighbours, names, classCount).map((value, i) => value - (ofProbe[i] as number));
  const gain = meanOf(gains);
  const error = Math.sqrt(meanOf(gains.map((value) => (value - gain) ** 2)) / gains.length);
  const fit = gain === 0 ? 0 : gain / error;
  return logOddsOfMeaning(labeled.right, labeled.count, classCount) + errorWeight * Math.min(mostErrors, fit) > 0;
}

/**
 * Log of how much likelier `right` of `count` pictures are named rightly where the share of right names lies anywhere
 * between chance and 1 than where names are guesses, nats.
 */
export function logOddsOfMeaning(right: number, count: number, classCount: number): number {
  const chance = 1 / classCount;
  const logs = Float64Array.from({ length: shareSteps }, (_, i) => {
    const share = chance + ((1 - chance) * (i + 0.5)) / shareSteps;
    return right * Math.log(share / chance) + (count - right) * Math.log((1 - share) / (1 - chance));
  });
  const top = Math.max(...logs);
  return top + Math.log(meanOf(logs.map((value) => Math.exp(value - top))));
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The strongest class of each row, [n]. */
export function strongest(scores: Float64Array | Float32Array, classCount: number): Int32Array {
  return allRows(scores.length / classCount).map((row) => argMax(scores, row * classCount, classCount));
}
