/**
 * Whether class names mean anything where few labels, or none, can be held back to try it (docs/method.md, section 1;
 * our own choice). Names and a probe without names both put every picture, labeled or not, into a class. Names are taken
 * in where one of these holds.
 *
 * Their classes fit the pictures as well as the probe's: a picture's nearest neighbours have its class at least as often,
 * beyond chance (share of neighbours in the same class, less the sum of squared class shares, over what is left), but
 * for half a standard error. That works for any number of classes.
 *
 * Or they fit them worse by less than two standard errors, and agree with the probe's far beyond what the same names in
 * another order would: Cohen's kappa lies 3.5 standard deviations above its mean over 300 shuffles of the names, none of
 * which reaches it. Two or three classes have too few orders for that. There the labeled pictures speak, which names
 * never saw: names may fit worse by up to four standard errors where so many of them are named right by guessing once in
 * twenty times at most.
 *
 * Or they are right where the probe is not: more labeled pictures are named rightly, by two standard errors, than names
 * and probe agree on (mean over the names' classes). Where both are right they agree, so the difference is pictures that
 * only the names know. With many classes this speaks though the probe's classes, made of the features, fit neighbours
 * better.
 */
import { argMax } from './labelCrossValidation';
import { CounterRandom } from '../../shared/rng';
import { allRows, multiplyRows } from '../../shared/linearAlgebra';
import { streams } from '../training/streams';

const neighbourCount = 8;
const shuffles = 300;
const deviations = 3.5;
/** Standard errors by which names may fit the pictures worse than the probe: at all, and where they agree with it. */
const doubt = { alone: 0.5, agreeing: 2, bornOut: 4 } as const;
/** Classes whose names have too few orders to be shuffled. */
const fewNames = 3;
/** How likely guessing may be to name the labeled pictures as well. */
const leastChance = 0.05;
/** Standard errors by which right names must outnumber agreement. */
const surplus = 2;

export interface NamesQuestion {
  /** Unit rows of centred features, [n, d]. */
  vectors: Float32Array;
  d: number;
  classCount: number;
  /** Class of each picture by names alone and by the probe alone, [n]. */
  names: Int32Array;
  probe: Int32Array;
  /** Of the labeled pictures, those that names alone put into their class. */
  labeled: { right: number; count: number };
  seed: number;
}

export function namesHelp({ vectors, d, classCount, names, probe, labeled, seed }: NamesQuestion): boolean {
  // First what needs no search for neighbours.
  if (leastShare(labeled.right, labeled.count) > agreementByClass(names, probe, classCount)) return true;
  const neighbours = nearestNeighbours(vectors, d);
  const ofProbe = neighbourAgreement(neighbours, probe, classCount);
  const gains = neighbourAgreement(neighbours, names, classCount).map((value, i) => value - (ofProbe[i] as number));
  const gain = meanOf(gains);
  const error = Math.sqrt(meanOf(gains.map((value) => (value - gain) ** 2)) / gains.length);
  if (gain > -doubt.alone * error) return true;
  if (classCount <= fewNames)
    return gain > -doubt.bornOut * error && chanceOf(labeled.right, labeled.count, 1 / classCount) <= leastChance;
  return gain > -doubt.agreeing * error && agreeBeyondChance(names, probe, classCount, seed);
}

/** Probability that at least `right` of `count` guesses are right, each with probability p. */
export function chanceOf(right: number, count: number, p: number): number {
  let term = (1 - p) ** count;
  let below = 0;
  for (let k = 0; k < right; k += 1) {
    below += term;
    term *= ((count - k) / (k + 1)) * (p / (1 - p));
  }
  return 1 - below;
}

/** The least share that `right` of `count` leave likely: the lower end of Wilson's interval. 0 where count is 0. */
export function leastShare(right: number, count: number): number {
  if (count === 0) return 0;
  const [share, z2] = [right / count, surplus ** 2 / count];
  return (share + z2 / 2 - Math.sqrt(z2 * share * (1 - share) + (z2 / 2) ** 2)) / (1 + z2);
}

/** How often b says the same as a: mean over the classes that a names. */
function agreementByClass(a: Int32Array, b: Int32Array, classCount: number): number {
  const [equal, all] = [new Float64Array(classCount), new Float64Array(classCount)];
  for (const [i, c] of a.entries()) {
    all[c] = (all[c] as number) + 1;
    if (b[i] === c) equal[c] = (equal[c] as number) + 1;
  }
  const shares = equal.map((count, c) => count / (all[c] as number)).filter((share) => !Number.isNaN(share));
  return meanOf(shares);
}

/** Rows of the most similar others, [n, k] with k = 8 or all others where there are fewer. */
export function nearestNeighbours(vectors: Float32Array, d: number): Int32Array[] {
  const n = vectors.length / d;
  const wide = Float64Array.from(vectors);
  const similarities = new Float64Array(n);
  return Array.from({ length: n }, (_, row) => {
    multiplyRows({ features: vectors, d, rows: Int32Array.of(row), weights: wide, m: n }, similarities);
    similarities[row] = -Infinity;
    const found: number[] = [];
    for (let other = 0; other < n; other += 1) {
      if (other === row) continue;
      const last = found[neighbourCount - 1];
      if (last !== undefined && (similarities[other] as number) <= (similarities[last] as number)) continue;
      const at = found.findIndex((each) => (similarities[other] as number) > (similarities[each] as number));
      found.splice(at < 0 ? found.length : at, 0, other);
      found.length = Math.min(found.length, neighbourCount);
    }
    return Int32Array.from(found);
  });
}

/**
 * Of each picture the share of neighbours of the same class, beyond chance: 0 on average at chance, 1 where all agree; 0
 * where there is one class. [n]
 */
export function neighbourAgreement(
  neighbours: readonly Int32Array[],
  classes: Int32Array,
  classCount: number,
): Float64Array {
  const chance = sharesOf(classes, classCount).reduce((sum, share) => sum + share * share, 0);
  return Float64Array.from(neighbours, (others, row) => {
    const same = others.filter((other) => classes[other] === classes[row]).length;
    return chance < 1 && others.length > 0 ? (same / others.length - chance) / (1 - chance) : 0;
  });
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function agreeBeyondChance(names: Int32Array, probe: Int32Array, classCount: number, seed: number): boolean {
  const kappa = cohensKappa(names, probe, classCount);
  const shuffled = Array.from({ length: shuffles }, (_, i) => {
    const order = new CounterRandom(seed, streams.nameShuffles, i).permutation(classCount);
    return cohensKappa(
      names.map((c) => order[c] as number),
      probe,
      classCount,
    );
  });
  const mean = shuffled.reduce((sum, value) => sum + value, 0) / shuffles;
  const variance = shuffled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / shuffles;
  const rounding = 1e-9;
  return kappa >= Math.max(...shuffled) && kappa - mean >= Math.max(rounding, deviations * Math.sqrt(variance));
}

/** Agreement beyond chance of two ways to put the same pictures into classes; 0 where chance agrees always. */
export function cohensKappa(a: Int32Array, b: Int32Array, classCount: number): number {
  const equal = a.filter((c, i) => c === b[i]).length / a.length;
  const [sharesA, sharesB] = [sharesOf(a, classCount), sharesOf(b, classCount)];
  const chance = sharesA.reduce((sum, share, c) => sum + share * (sharesB[c] as number), 0);
  return chance < 1 ? (equal - chance) / (1 - chance) : 0;
}

function sharesOf(classes: Int32Array, classCount: number): Float64Array {
  const counts = new Float64Array(classCount);
  for (const c of classes) counts[c] = (counts[c] as number) + 1;
  return counts.map((count) => count / classes.length);
}

/** The strongest class of each row, [n]. */
export function strongest(scores: Float64Array | Float32Array, classCount: number): Int32Array {
  return allRows(scores.length / classCount).map((row) => argMax(scores, row * classCount, classCount));
}
