/**
 * Which clusters samples show, by CLIP features (docs/method.md, section 8, dropped modes). A cluster's centre is the
 * mean feature of the reals, weighted by their conditions; reals and samples are assigned alike, to the nearest centre.
 * Samples are drawn class by class, so what is expected of them follows from the reals of each class: every class
 * counts by the samples drawn of it, not by its own frequency.
 */
import type { SparseRows } from '../partition/sparseRows';

/** Mass of reals that a centre must rest on. */
const leastMass = 2;

export interface CoverageInput {
  d: number;
  slotCount: number;
  /** Unit features of reals, [n, d]; their image indices and classes (-1: not known). */
  reals: { features: Float32Array; images: ArrayLike<number>; classes: ArrayLike<number> };
  /** u of all images, [N, S]. */
  conditions: SparseRows;
  /** Unit features of samples, [m, d], and the class that each was drawn of. */
  samples: { features: Float32Array; classes: ArrayLike<number> };
}

/** Samples found in each slot, and samples that the reals make expect there; both [S]. */
export function clusterCoverage({ d, slotCount, reals, conditions, samples }: CoverageInput): {
  observed: Float64Array;
  expected: Float64Array;
} {
  const centres = slotCentres(d, slotCount, reals, conditions);
  const shares = new Map<number, Float64Array>();
  const counts = new Map<number, number>();
  for (let i = 0; i < reals.classes.length; i += 1) {
    const c = reals.classes[i] as number;
    const slot = c < 0 ? -1 : nearest(centres, reals.features, i, d);
    if (slot < 0) continue;
    const own = shares.get(c) ?? new Float64Array(slotCount);
    own[slot] = (own[slot] as number) + 1;
    shares.set(c, own);
    counts.set(c, (counts.get(c) ?? 0) + 1);
  }
  const observed = new Float64Array(slotCount);
  const expected = new Float64Array(slotCount);
  for (let i = 0; i < samples.classes.length; i += 1) {
    const c = samples.classes[i] as number;
    const own = shares.get(c);
    const slot = own ? nearest(centres, samples.features, i, d) : -1;
    // A class of which no real has been looked at expects nothing.
    if (!own || slot < 0) continue;
    observed[slot] = (observed[slot] as number) + 1;
    own.forEach((count, s) => {
      expected[s] = (expected[s] as number) + count / (counts.get(c) ?? 1);
    });
  }
  return { observed, expected };
}

/** Unit centres, [S, d]; a slot with too little mass has none (zeros). */
function slotCentres(
  d: number,
  slotCount: number,
  { features, images, classes }: CoverageInput['reals'],
  conditions: SparseRows,
): Float64Array {
  const centres = new Float64Array(slotCount * d);
  const mass = new Float64Array(slotCount);
  for (let i = 0; i < images.length; i += 1) {
    if ((classes[i] as number) < 0) continue;
    conditions.forRow(images[i] as number, (slot, weight) => {
      mass[slot] = (mass[slot] as number) + weight;
      for (let j = 0; j < d; j += 1)
        centres[slot * d + j] = (centres[slot * d + j] as number) + weight * (features[i * d + j] as number);
    });
  }
  mass.forEach((total, slot) => {
    const row = centres.subarray(slot * d, (slot + 1) * d);
    const norm = Math.hypot(...row);
    row.forEach((value, j) => {
      row[j] = total >= leastMass && norm > 0 ? value / norm : 0;
    });
  });
  return centres;
}

/** Slot of the largest cosine; -1 where no slot has a centre. */
function nearest(centres: Float64Array, features: Float32Array, row: number, d: number): number {
  let best = -1;
  let most = -Infinity;
  for (let slot = 0; slot < centres.length / d; slot += 1) {
    let dot = 0;
    let norm = 0;
    for (let j = 0; j < d; j += 1) {
      const centre = centres[slot * d + j] as number;
      dot += centre * (features[row * d + j] as number);
      norm += centre * centre;
    }
    if (norm > 0 && dot > most) [best, most] = [slot, dot];
  }
  return best;
}
