/**
 * Made-up CLIP features for tests: unit vectors in a narrow cone, as CLIP's are (a large common direction), with
 * classes as offsets from it and clusters as smaller offsets inside a class.
 */
import { CounterRandom } from '../../shared/rng';

export interface MadeFeatures {
  /** Unit rows, [N, d]. */
  features: Float32Array;
  /** Class and cluster of each row. */
  classes: Int32Array;
  clusters: Int32Array;
  /** Unit class centres, [C, d]: what names that mean something would give. */
  textFeatures: Float32Array;
}

export interface MadeShape {
  d: number;
  /** Images of each cluster of each class: counts[c][k]. */
  counts: readonly (readonly number[])[];
  classSpread?: number;
  clusterSpread?: number;
  noise?: number;
  seed?: number;
}

export function makeFeatures({
  d,
  counts,
  classSpread = 0.5,
  clusterSpread = 0.5,
  noise = 0.3,
  seed = 1,
}: MadeShape): MadeFeatures {
  const random = new CounterRandom(seed, 900);
  const common = direction(d, random);
  const n = counts.flat().reduce((sum, count) => sum + count, 0);
  const features = new Float32Array(n * d);
  const classes = new Int32Array(n);
  const clusters = new Int32Array(n);
  const textFeatures = new Float32Array(counts.length * d);
  let image = 0;
  counts.forEach((ofClass, c) => {
    const classOffset = direction(d, random);
    textFeatures.set(unit(common.map((value, j) => value + classSpread * (classOffset[j] as number))), c * d);
    ofClass.forEach((count, k) => {
      const clusterOffset = direction(d, random);
      for (let i = 0; i < count; i += 1) {
        const own = direction(d, random);
        const f = common.map(
          (value, j) =>
            value +
            classSpread * (classOffset[j] as number) +
            clusterSpread * (clusterOffset[j] as number) +
            noise * (own[j] as number),
        );
        features.set(unit(f), image * d);
        classes[image] = c;
        clusters[image] = k;
        image += 1;
      }
    });
  });
  return { features, classes, clusters, textFeatures };
}

/** Labels of the first `perClass` images of each class, -1 for the rest. */
export function labelSome(classes: Int32Array, perClass: number): Int32Array {
  const seen = new Map<number, number>();
  return classes.map((c) => {
    const count = seen.get(c) ?? 0;
    seen.set(c, count + 1);
    return count < perClass ? c : -1;
  });
}

export function oneHotRows(classes: Int32Array, classCount: number): Float32Array {
  const rows = new Float32Array(classes.length * classCount);
  classes.forEach((c, i) => {
    rows[i * classCount + c] = 1;
  });
  return rows;
}

function direction(d: number, random: CounterRandom): number[] {
  return unit(Array.from({ length: d }, () => random.normal()));
}

function unit(vector: number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
