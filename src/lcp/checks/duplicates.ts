/**
 * Pictures that are there more than once: the same file by its content hash, or nearly the same to CLIP (resized,
 * recompressed, cropped a little, or the next frame of a film).
 */
import type { Cooperative } from '../../shared/cooperative';
import { CounterRandom } from '../../shared/rng';
import { meanOfRows, normalize } from '../../shared/linearAlgebra';

/**
 * Cosine of unit features from which two pictures count as nearly the same, for a CLIP whose own was not measured:
 * cautious, so that it finds little rather than much that is wrong.
 */
export const nearlySame = 0.985;
/**
 * Where all pictures are of one kind, their features are alike throughout: what two have in common beyond that has to be
 * alike, too. So much less than of the features as they are is asked of features around their mean
 * (scripts/checkThresholds.ts): of 383 hands that show signs, 929 pairs are alike as they are.
 */
const centredLess = 0.05;
/** Of fewer pictures the mean says little: half of them may be copies of one. */
const fewestForMean = 50;
/** Up to so many pictures, every two are compared. Beyond, those that share a bucket of signs. */
const everyPairUpTo = 3000;
const tables = 16;
/** As many as leave about this many pictures in a bucket: the fewer, the surer two that are less alike share one. */
const bucketSize = 32;
const [fewestBits, mostBits] = [6, 14];
/** A bucket that is larger says nothing: only its neighbours in order are compared. */
const window = 64;

/** Groups of two or more with the same hash, each ascending. */
export function exactDuplicates(hashes: readonly string[]): number[][] {
  const byHash = new Map<string, number[]>();
  hashes.forEach((hash, image) => {
    const group = byHash.get(hash);
    if (group) group.push(image);
    else byHash.set(hash, [image]);
  });
  return [...byHash.values()].filter(({ length }) => length > 1);
}

/** Groups that hang together by pairs that are nearly the same; of pictures with one hash only the first takes part. */
export function* nearDuplicates(
  features: Float32Array,
  d: number,
  hashes: readonly string[],
  threshold = nearlySame,
): Cooperative<number[][]> {
  const first = new Map<string, number>();
  hashes.forEach((hash, image) => {
    if (!first.has(hash)) first.set(hash, image);
  });
  // A picture that could not be read has a feature of zeros.
  const images = [...first.values()].filter((image) => features[image * d] !== 0 || features[image * d + 1] !== 0);
  const groups = new Groups();
  const centre = meanOfRows(features, d, Int32Array.from(images));
  const compare = (a: number, b: number): void => {
    if (dot(features, a * d, features, b * d, d) < threshold) return;
    if (images.length < fewestForMean || cosineAround(centre, features, a * d, b * d, d) >= threshold - centredLess)
      groups.join(a, b);
  };
  if (images.length <= everyPairUpTo) {
    for (const [i, image] of images.entries()) {
      for (let k = i + 1; k < images.length; k += 1) compare(image, images[k] as number);
      yield i / images.length;
    }
  } else yield* compareBuckets(features, d, images, centre, compare);
  return groups.found();
}

type Row = Float32Array | Float64Array;

function dot(x: Row, at: number, y: Row, from: number, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j += 1) sum += (x[at + j] as number) * (y[from + j] as number);
  return sum;
}

/** Cosine of two rows, each less the centre. */
function cosineAround(centre: Float64Array, features: Float32Array, a: number, b: number, d: number): number {
  const both = dot(centre, 0, centre, 0, d);
  const [toA, toB] = [dot(features, a, centre, 0, d), dot(features, b, centre, 0, d)];
  const product = dot(features, a, features, b, d) - toA - toB + both;
  const lengths =
    (dot(features, a, features, a, d) - 2 * toA + both) * (dot(features, b, features, b, d) - 2 * toB + both);
  return product / Math.sqrt(Math.max(lengths, Number.EPSILON));
}

/** Random signs of centred features: two that are nearly the same share a bucket of some table nearly always. */
function* compareBuckets(
  features: Float32Array,
  d: number,
  images: readonly number[],
  centre: Float64Array,
  compare: (a: number, b: number) => void,
): Cooperative<void> {
  const bits = Math.min(mostBits, Math.max(fewestBits, Math.ceil(Math.log2(images.length / bucketSize))));
  for (let table = 0; table < tables; table += 1) {
    const random = new CounterRandom(table, 0);
    const planes = Float64Array.from({ length: bits * d }, () => random.uniform() - 0.5);
    for (let bit = 0; bit < bits; bit += 1) normalize(planes, bit * d, (bit + 1) * d);
    const buckets = new Map<number, number[]>();
    for (const [i, image] of images.entries()) {
      let code = 0;
      for (let bit = 0; bit < bits; bit += 1) {
        let side = 0;
        for (let j = 0; j < d; j += 1)
          side += ((features[image * d + j] as number) - (centre[j] as number)) * (planes[bit * d + j] as number);
        code = code * 2 + Number(side > 0);
      }
      const bucket = buckets.get(code);
      if (bucket) bucket.push(image);
      else buckets.set(code, [image]);
      if (i % 256 === 0) yield (table + (0.5 * i) / images.length) / tables;
    }
    for (const bucket of buckets.values()) {
      bucket.forEach((image, i) => {
        for (let k = i + 1; k < Math.min(bucket.length, i + window); k += 1) compare(image, bucket[k] as number);
      });
      yield (table + 0.75) / tables;
    }
  }
}

/** Sets that are joined pair by pair. */
class Groups {
  private readonly parents = new Map<number, number>();

  join(a: number, b: number): void {
    const [x, y] = [this.root(a), this.root(b)];
    if (x !== y) this.parents.set(Math.max(x, y), Math.min(x, y));
  }

  found(): number[][] {
    const members = new Map<number, number[]>();
    for (const image of this.parents.keys()) {
      const root = this.root(image);
      if (!members.has(root)) members.set(root, []);
      members.get(root)?.push(image);
    }
    return [...members.values()].map((group) => group.toSorted((a, b) => a - b)).filter(({ length }) => length > 1);
  }

  private root(image: number): number {
    if (!this.parents.has(image)) this.parents.set(image, image);
    let root = image;
    for (let next = this.parents.get(root); next !== undefined && next !== root; next = this.parents.get(root))
      root = next;
    this.parents.set(image, root);
    return root;
  }
}
