/** A picture's nearest neighbours among others: what label inference sees of the pictures without any label. */
import { allRows, meanOfRows, multiplyRows } from '../../shared/linearAlgebra';
import { spread } from './labelCrossValidation';
import { centredRows } from './mixture';

const neighbourCount = 8;
/** Pictures whose neighbours are looked at. */
const mostRows = 1200;

export interface Neighbourhood {
  /** Pictures that were looked at, [n]. */
  rows: Int32Array;
  /** Of each its nearest neighbours, as positions in `rows`. */
  neighbours: Int32Array[];
  /** Mean cosine of a picture and its neighbours. */
  likeness: number;
}

/** Neighbours of `count` pictures, or of as many of them as are looked at. @param features [count, d] */
export function neighbourhoodOf(features: Float32Array, d: number, count: number): Neighbourhood {
  const everything = allRows(count);
  const rows = spread(everything, mostRows);
  const vectors = centredRows(features, d, rows, meanOfRows(features, d, everything));
  const neighbours = nearestNeighbours(vectors, d);
  return { rows, neighbours, likeness: neighbourLikeness(vectors, d, neighbours) };
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

/** Mean cosine of a picture and its nearest neighbours; 0 where it has none. @param vectors unit rows, [n, d] */
export function neighbourLikeness(vectors: Float32Array, d: number, neighbours: readonly Int32Array[]): number {
  let [sum, count] = [0, 0];
  for (const [row, others] of neighbours.entries())
    for (const other of others) {
      for (let j = 0; j < d; j += 1) sum += (vectors[row * d + j] as number) * (vectors[other * d + j] as number);
      count += 1;
    }
  return sum / Math.max(1, count);
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

function sharesOf(classes: Int32Array, classCount: number): Float64Array {
  const counts = new Float64Array(classCount);
  for (const c of classes) counts[c] = (counts[c] as number) + 1;
  return counts.map((count) => count / classes.length);
}
