/**
 * Soft partition of classes into clusters (docs/method.md, section 2; that the partition is soft is the paper's, the
 * method is our own choice). Per class over its trusted images I_c: g = unit(f - mean_c), K_c = clamp(round(|I_c| /
 * imagesPerCluster), 1, maxClusters) unless set by the user, spherical k-means, then Sinkhorn with column shares r =
 * half uniform, half those of k-means. One eps for the data set, moved from 0.15 only if the mean row entropy leaves
 * 0.2-0.4 log K. Column scalings are kept, so that an image that took no part can be assigned. Cluster ids follow an
 * earlier partition where one is given; else they go by falling share.
 */
import { UNLABELED, type Slot } from '../../shared/domain';
import { StudioError } from '../../shared/errors';
import { CounterRandom } from '../../shared/rng';
import { balance } from './clusterBalance';
import { consideredClasses } from './conditions';
import { part, runInSlices, runNow, type Cooperative, type SliceOptions } from '../../shared/cooperative';
import { assignMinimumCost } from './hungarian';
import { allRows, meanOfRows, multiplyRows } from '../../shared/linearAlgebra';
import { assignWithScalings } from './sinkhorn';
import { SparseRows } from './sparseRows';
import { sphericalKMeans, type KMeans } from './sphericalKMeans';
import { streams } from '../training/streams';

export interface PartitionInput {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  d: number;
  classCount: number;
  /** p(c|x), [N, C]. */
  probabilities: Float32Array;
  /** w, [N]. */
  trust: Float32Array;
  /** Class of each image, or -1. */
  labels: Int32Array;
  imagesPerCluster: number;
  maxClusters: number;
  /** Clusters a class, for all classes or one by one; never more than a class has trusted images. */
  clustersPerClass?: number | readonly number[];
  seed: number;
  /** An earlier partition of the same classes and CLIP, whose cluster ids are kept. */
  previous?: Partition | null;
  /** Slots of `previous` whose centroid stays where it is. */
  held?: ReadonlySet<number>;
  /** Classes whose clusters begin as `previous` has them, and in no other way. */
  steered?: ReadonlySet<number>;
}

export interface Partition {
  slots: Slot[];
  /** Slots of each class, in cluster order. */
  slotsOfClass: number[][];
  d: number;
  /** mean_c, [C, d]. */
  classMeans: Float32Array;
  /** mu, [S, d]: unit centroids of centred features. Zero where a class has a single image or none. */
  centroids: Float32Array;
  /** v, [S]: products of Sinkhorn's column scalings, geometric mean 1 within a class. */
  columnScalings: Float32Array;
  /** The eps of Sinkhorn. */
  epsilon: number;
  /** Mean over trusted images of row entropy / log K (classes of one cluster left out); null if no class has two. */
  entropyRatio: number | null;
  /** q, [N, S]: for each image the slots of each class in consideration sum to 1, all others have no entry. */
  memberships: SparseRows;
  /** For each slot the slot of `previous` that it continues, or -1; null without `previous`. */
  continued: Int32Array | null;
}

export function partitionClasses(input: PartitionInput): Partition {
  return runNow(softPartition(input));
}

export function partitionClassesInSlices(input: PartitionInput, options?: SliceOptions): Promise<Partition> {
  return runInSlices(softPartition(input), options);
}

/** One class before slots are numbered. */
interface ClassClusters {
  rows: Int32Array;
  mean: Float64Array;
  /** [K, d] */
  centroids: Float64Array;
  /** k-means shares, [K]. */
  shares: Float64Array;
  /** Cosines of centred features and centroids, [|I_c|, K]. */
  similarities: Float64Array;
  /** Cluster of `previous` that each cluster continues, or -1. */
  continued: number[];
}

export function* softPartition(input: PartitionInput): Cooperative<Partition> {
  checkInput(input);
  const members = trustedMembers(input);
  const counts = members.map((rows, c) => clusterCount(input, rows.length, c));
  const overall = meanOfRows(input.features, input.d, allRows(input.labels.length));
  const classes: ClassClusters[] = [];
  for (const [c, rows] of members.entries()) {
    const clusters: ClassClusters = yield* part(
      clusterClass(input, rows, counts[c] as number, c, overall),
      (0.8 * c) / members.length,
      (0.8 * (c + 1)) / members.length,
    );
    classes.push(clusters);
  }
  const { epsilon, entropyRatio, scalings } = balance(classes);
  const partition = assemble(input, classes, scalings, epsilon, entropyRatio);
  partition.memberships = yield* part(
    membershipsWithin(partition, input.features, (image) =>
      consideredClasses(input.probabilities, input.labels[image] as number, image, input.classCount),
    ),
    0.8,
    1,
  );
  return partition;
}

function checkInput({ features, d, labels, classCount, probabilities, trust }: PartitionInput): void {
  if (labels.length === 0) {
    throw new StudioError({
      code: 'too-few-images',
      what: 'There are no pictures to divide into clusters.',
      why: '',
      action: 'Add pictures, then start again.',
    });
  }
  const n = labels.length;
  if (features.length !== n * d || probabilities.length !== n * classCount || trust.length !== n)
    throw new RangeError('features, probabilities, trust and labels differ in length');
}

/** I_c: images with trust > 0, by their label or most likely class. */
function trustedMembers({ labels, trust, probabilities, classCount }: PartitionInput): Int32Array[] {
  const members: number[][] = Array.from({ length: classCount }, () => []);
  labels.forEach((label, image) => {
    if ((trust[image] as number) <= 0) return;
    const own = label === UNLABELED ? consideredClasses(probabilities, label, image, classCount)[0] : label;
    members[own as number]?.push(image);
  });
  return members.map((rows) => Int32Array.from(rows));
}

/** K_c; at least 1, and never more than there are images to fill clusters with. */
export function clusterCount(
  {
    imagesPerCluster,
    maxClusters,
    clustersPerClass,
  }: Pick<PartitionInput, 'imagesPerCluster' | 'maxClusters' | 'clustersPerClass'>,
  images: number,
  classIndex: number,
): number {
  const set = typeof clustersPerClass === 'number' ? clustersPerClass : clustersPerClass?.[classIndex];
  const wanted = set ?? Math.min(maxClusters, Math.round(images / imagesPerCluster));
  return Math.max(1, Math.min(wanted, images));
}

function* clusterClass(
  input: PartitionInput,
  rows: Int32Array,
  k: number,
  c: number,
  overall: Float64Array,
): Cooperative<ClassClusters> {
  const { features, d, seed, previous } = input;
  // A class without trusted images has no place of its own: the mean of all images stands in.
  const mean = rows.length > 0 ? meanOfRows(features, d, rows) : overall;
  if (rows.length === 0)
    return {
      rows,
      mean,
      centroids: new Float64Array(d),
      shares: Float64Array.of(1),
      similarities: new Float64Array(0),
      continued: [continuedByOne(previous, c)],
    };
  const points = centred(features, d, rows, mean);
  const earlier = earlierCentroids(previous, c);
  const initial = earlier && earlier.length === k * d ? earlier : null;
  const fixed = (previous?.slotsOfClass[c] ?? []).flatMap((slot, cluster) => (input.held?.has(slot) ? [cluster] : []));
  const found: KMeans = yield* sphericalKMeans({
    points,
    d,
    k,
    random: new CounterRandom(seed, streams.clusterStarts, c),
    initial,
    fixed: initial ? fixed : [],
    ...(initial && k > 1 && (fixed.length > 0 || input.steered?.has(c)) ? { restarts: 0 } : {}),
  });
  const shares = new Float64Array(k);
  for (const cluster of found.assignment) shares[cluster] = (shares[cluster] as number) + 1 / rows.length;
  const order = clusterOrder(found.centroids, shares, earlier, d);
  const centroids = new Float64Array(k * d);
  order.forEach(({ cluster }, to) => centroids.set(found.centroids.subarray(cluster * d, (cluster + 1) * d), to * d));
  const similarities = new Float64Array(rows.length * k);
  multiplyRows({ features: points, d, rows: allRows(rows.length), weights: centroids, m: k }, similarities);
  return {
    rows,
    mean,
    centroids,
    shares: Float64Array.from(order, ({ cluster }) => shares[cluster] as number),
    similarities,
    continued: order.map(({ from }) => from),
  };
}

function continuedByOne(previous: Partition | null | undefined, c: number): number {
  return (previous?.slotsOfClass[c]?.length ?? 0) > 0 ? 0 : -1;
}

function earlierCentroids(previous: Partition | null | undefined, c: number): Float32Array | null {
  const slots = previous?.slotsOfClass[c];
  if (!previous || !slots || slots.length === 0) return null;
  const { d, centroids } = previous;
  const rows = new Float32Array(slots.length * d);
  slots.forEach((slot, k) => rows.set(centroids.subarray(slot * d, (slot + 1) * d), k * d));
  return rows;
}

/**
 * Order in which clusters are numbered. With earlier centroids [K', d], matched clusters keep their number as far as it
 * exists (closed up if there are fewer clusters now) and new ones follow; else by falling share. `from` is the earlier
 * number or -1.
 */
function clusterOrder(
  centroids: Float64Array,
  shares: Float64Array,
  earlier: Float32Array | null,
  d: number,
): { cluster: number; from: number }[] {
  const byShare = [...shares.keys()].toSorted((a, b) => (shares[b] as number) - (shares[a] as number) || a - b);
  if (!earlier) return byShare.map((cluster) => ({ cluster, from: -1 }));
  const earlierCount = earlier.length / d;
  const cost = [...shares.keys()].map((k) =>
    Array.from({ length: earlierCount }, (_, e) => -cosine(centroids, k * d, earlier, e * d, d)),
  );
  const match = assignMinimumCost(cost);
  const kept = byShare
    .filter((k) => (match[k] as number) >= 0)
    .toSorted((a, b) => (match[a] as number) - (match[b] as number));
  const added = byShare.filter((k) => (match[k] as number) < 0);
  return [...kept, ...added].map((cluster) => ({ cluster, from: match[cluster] as number }));
}

function cosine(a: Float64Array, from: number, b: Float32Array, to: number, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j += 1) sum += (a[from + j] as number) * (b[to + j] as number);
  return sum;
}

/** g = unit(f - mean) of the chosen rows, [n, d]; zero for an image that coincides with the mean. */
function centred(features: Float32Array, d: number, rows: Int32Array, mean: ArrayLike<number>): Float32Array {
  const out = new Float32Array(rows.length * d);
  rows.forEach((row, i) => {
    let square = 0;
    for (let j = 0; j < d; j += 1) square += ((features[row * d + j] as number) - (mean[j] as number)) ** 2;
    // Features are float32: below this a difference is rounding, and its direction means nothing.
    const scale = square > 1e-12 ? 1 / Math.sqrt(square) : 0;
    for (let j = 0; j < d; j += 1) out[i * d + j] = scale * ((features[row * d + j] as number) - (mean[j] as number));
  });
  return out;
}

function assemble(
  input: PartitionInput,
  classes: ClassClusters[],
  scalings: Float64Array[],
  epsilon: number,
  entropyRatio: number | null,
): Partition {
  const { d, previous } = input;
  const slots: Slot[] = [];
  const slotsOfClass = classes.map(({ shares }, classIndex) =>
    Array.from(shares, (_, cluster) => {
      slots.push({ slot: slots.length, classIndex, cluster });
      return slots.length - 1;
    }),
  );
  const classMeans = new Float32Array(classes.length * d);
  const centroids = new Float32Array(slots.length * d);
  classes.forEach((clusters, c) => {
    classMeans.set(clusters.mean, c * d);
    centroids.set(clusters.centroids, (slotsOfClass[c]?.[0] ?? 0) * d);
  });
  const continued = previous
    ? Int32Array.from(
        classes.flatMap((clusters, c) =>
          clusters.continued.map((from) => (from < 0 ? -1 : (previous.slotsOfClass[c]?.[from] ?? -1))),
        ),
      )
    : null;
  const columnScalings = Float32Array.from(scalings.flatMap((values) => [...values]));
  return {
    slots,
    slotsOfClass,
    d,
    classMeans,
    centroids,
    columnScalings,
    epsilon,
    entropyRatio,
    memberships: SparseRows.fromDense([], slots.length),
    continued,
  };
}

/** q of all images inside the classes that `considered` names, by the stored scalings. */
function* membershipsWithin(
  partition: Partition,
  features: Float32Array,
  considered: (image: number) => number[],
): Cooperative<SparseRows> {
  const { d, slots, slotsOfClass } = partition;
  const n = features.length / d;
  const imagesOfClass: number[][] = slotsOfClass.map(() => []);
  const starts = new Uint32Array(n + 1);
  for (let image = 0; image < n; image += 1) {
    let entries = 0;
    for (const c of considered(image)) {
      imagesOfClass[c]?.push(image);
      entries += slotsOfClass[c]?.length ?? 0;
    }
    starts[image + 1] = (starts[image] as number) + entries;
  }
  const indices = new Uint32Array(starts[n] as number);
  const values = new Float32Array(starts[n] as number);
  const next = starts.slice(0, n);
  // Class by class, so that every row fills up by ascending slot.
  for (const [c, images] of imagesOfClass.entries()) {
    const own = slotsOfClass[c] as number[];
    for (let from = 0; from < images.length; from += 1024) {
      const block = images.slice(from, from + 1024);
      const q = membershipsOfBlock(partition, features, c, block);
      block.forEach((image, i) => {
        const at = next[image] as number;
        indices.set(own, at);
        values.set(q.subarray(i * own.length, (i + 1) * own.length), at);
        next[image] = at + own.length;
      });
      yield c / imagesOfClass.length;
    }
  }
  return new SparseRows(slots.length, starts, indices, values);
}

/** q of some images inside one class, [images, K]. */
function membershipsOfBlock(
  { d, slotsOfClass, classMeans, centroids, columnScalings, epsilon }: Partition,
  features: Float32Array,
  c: number,
  block: number[],
): Float64Array {
  const first = slotsOfClass[c]?.[0] ?? 0;
  const k = slotsOfClass[c]?.length ?? 0;
  const q = new Float64Array(block.length * k).fill(1);
  if (k < 2) return q;
  const points = centred(features, d, Int32Array.from(block), classMeans.subarray(c * d, (c + 1) * d));
  multiplyRows(
    {
      features: points,
      d,
      rows: allRows(block.length),
      weights: Float64Array.from(centroids.subarray(first * d, (first + k) * d)),
      m: k,
    },
    q,
  );
  assignWithScalings(q, Float64Array.from(columnScalings.subarray(first, first + k)), epsilon);
  return q;
}
