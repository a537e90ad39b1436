import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/errors';
import { CounterRandom } from '../../shared/rng';
import { entropyBand } from './clusterBalance';
import { labelSome, makeFeatures, oneHotRows } from './features.testing';
import {
  clusterCount,
  partitionClasses,
  partitionClassesInSlices,
  type Partition,
  type PartitionInput,
} from './softPartition';

const d = 16;
const made = makeFeatures({ d, counts: [[40, 30, 20], [25, 35], [12]], clusterSpread: 0.8, noise: 0.5 });
const classCount = 3;

function inputOf(
  features: Float32Array,
  classes: Int32Array,
  count: number,
  more: Partial<PartitionInput> = {},
): PartitionInput {
  return {
    features,
    d,
    classCount: count,
    probabilities: oneHotRows(classes, count),
    trust: new Float32Array(classes.length).fill(1),
    labels: classes,
    imagesPerCluster: 30,
    maxClusters: 8,
    seed: 1,
    ...more,
  };
}
const base = inputOf(made.features, made.classes, classCount);

/** Memberships are finite, and the slots of each class in consideration sum to 1. */
function checkMemberships({ memberships, slots, slotsOfClass }: Partition, images: number): void {
  expect([memberships.count, memberships.columns]).toEqual([images, slots.length]);
  expect(slotsOfClass.flat()).toEqual(slots.map(({ slot }) => slot));
  for (let i = 0; i < images; i += 1) {
    const masses = slotsOfClass.map((own) => own.reduce((sum, s) => sum + memberships.at(i, s), 0));
    masses.forEach((mass) => expect(Math.min(Math.abs(mass), Math.abs(mass - 1))).toBeLessThan(1e-5));
    expect(Math.max(...masses)).toBeCloseTo(1, 5);
  }
}

function strongest({ memberships }: Partition, image: number): number {
  const row = memberships.denseRow(image);
  return row.indexOf(Math.max(...row));
}

describe('K_c', () => {
  const rule = { imagesPerCluster: 40, maxClusters: 8 };
  it.each([
    [0, 1],
    [1, 1],
    [3, 1],
    [59, 1],
    [60, 2],
    [140, 4],
    [10_000, 8],
  ])('is clamp(round(%i / 40), 1, 8) = %i', (images, k) => expect(clusterCount(rule, images, 0)).toBe(k));

  it('is what the user sets, as far as there are images', () => {
    expect(clusterCount({ ...rule, clustersPerClass: 5 }, 12, 0)).toBe(5);
    expect(clusterCount({ ...rule, clustersPerClass: [2, 12] }, 1000, 1)).toBe(12);
    expect(clusterCount({ ...rule, clustersPerClass: 5 }, 3, 0)).toBe(3);
    expect(clusterCount({ ...rule, clustersPerClass: 5 }, 0, 0)).toBe(1);
  });
});

describe('partitionClasses', () => {
  const partition = partitionClasses(base);

  it('numbers slots in class order', () => {
    expect(partition.slotsOfClass.map((slots) => slots.length)).toEqual([3, 2, 1]);
    expect(partition.slots[3]).toEqual({ slot: 3, classIndex: 1, cluster: 0 });
    checkMemberships(partition, made.classes.length);
  });

  it('finds the clusters that are there, the largest first', () => {
    for (let i = 0; i < made.classes.length; i += 1) {
      const { classIndex } = partition.slots[strongest(partition, i)] as { classIndex: number };
      expect(classIndex).toBe(made.classes[i]);
    }
    const pairs = new Map<string, Set<number>>();
    made.classes.forEach((c, i) => {
      const key = `${c}/${made.clusters[i]}`;
      pairs.set(key, (pairs.get(key) ?? new Set()).add(strongest(partition, i)));
    });
    expect([...pairs.values()].filter((slots) => slots.size === 1).length).toBeGreaterThanOrEqual(4);
  });

  it('is q = normalize(exp(g.mu / eps) v) of features centred on the class', () => {
    const { centroids, classMeans, columnScalings, epsilon, slotsOfClass, memberships } = partition;
    for (const image of [0, 50, 95, 140]) {
      const c = made.classes[image] as number;
      const members = [...made.classes.keys()].filter((i) => made.classes[i] === c);
      const mean = Array.from(
        { length: d },
        (_, j) => members.reduce((sum, i) => sum + (made.features[i * d + j] as number), 0) / members.length,
      );
      mean.forEach((value, j) => expect(classMeans[c * d + j]).toBeCloseTo(value, 6));
      const g = mean.map((value, j) => (made.features[image * d + j] as number) - value);
      const length = Math.hypot(...g);
      const weights = (slotsOfClass[c] as number[]).map((s) => {
        const cosine = g.reduce((sum, value, j) => sum + (value / length) * (centroids[s * d + j] as number), 0);
        return Math.exp(cosine / epsilon) * (columnScalings[s] as number);
      });
      const total = weights.reduce((sum, value) => sum + value, 0);
      (slotsOfClass[c] as number[]).forEach((s, k) =>
        expect(memberships.at(image, s)).toBeCloseTo((weights[k] as number) / total, 4),
      );
    }
  });

  it('has its row entropy in the band', () => {
    expect(partition.entropyRatio).toBeGreaterThanOrEqual(entropyBand[0]);
    expect(partition.entropyRatio).toBeLessThanOrEqual(entropyBand[1]);
    let sum = 0;
    let images = 0;
    made.classes.forEach((c, i) => {
      const own = partition.slotsOfClass[c] as number[];
      if (own.length === 1) return;
      images += 1;
      for (const s of own) {
        const q = partition.memberships.at(i, s);
        if (q > 0) sum -= (q * Math.log(q)) / Math.log(own.length);
      }
    });
    expect(sum / images).toBeCloseTo(partition.entropyRatio as number, 3);
  });

  it('learns from trusted images only, and places the others in their two most likely classes', () => {
    const probabilities = base.probabilities.slice();
    const labels = labelSome(made.classes, 15);
    const trust = Float32Array.from(labels, (label) => (label === -1 ? 0 : 1));
    probabilities.set([0.1, 0.5, 0.4], 20 * classCount);
    const few = partitionClasses({ ...base, probabilities, labels, trust, imagesPerCluster: 5 });
    expect(few.slotsOfClass.map((slots) => slots.length)).toEqual([3, 3, 2]);
    expect(labels[20]).toBe(-1);
    const row = few.memberships.denseRow(20);
    const mass = few.slotsOfClass.map((own) => own.reduce((sum, s) => sum + (row[s] as number), 0));
    expect(mass.map((value) => Math.round(value * 1e5) / 1e5)).toEqual([0, 1, 1]);
  });

  it('gives the same bits in slices, and again', async () => {
    expect(await partitionClassesInSlices(base, { sliceMs: 0 })).toEqual(partition);
    expect(partitionClasses(base)).toEqual(partition);
  });
});

/** The same pictures seen a little differently. */
function shaken(): Float32Array {
  const random = new CounterRandom(7, 909);
  const features = Float32Array.from(made.features, (value) => value + 0.01 * random.normal());
  for (let o = 0; o < features.length; o += d) {
    const length = Math.hypot(...features.subarray(o, o + d));
    for (let j = o; j < o + d; j += 1) features[j] = (features[j] as number) / length;
  }
  return features;
}

describe('a refreshed partition', () => {
  const first = partitionClasses({ ...base, clustersPerClass: 3 });

  it('keeps cluster ids', () => {
    const next = partitionClasses({ ...base, features: shaken(), clustersPerClass: 3, seed: 99, previous: first });
    expect([...(next.continued as Int32Array)]).toEqual(first.slots.map(({ slot }) => slot));
    const same = [...made.classes.keys()].filter((i) => strongest(first, i) === strongest(next, i)).length;
    expect(same / made.classes.length).toBeGreaterThan(0.9);
  });

  it('matches shuffled clusters back', () => {
    const order = [2, 0, 1, 4, 5, 3, 7, 6, 8];
    const mixed: Partition = {
      ...first,
      centroids: Float32Array.from(order.flatMap((s) => [...first.centroids.subarray(s * d, (s + 1) * d)])),
    };
    const next = partitionClasses({ ...base, clustersPerClass: 3, previous: mixed });
    next.slots.forEach(({ slot }) => {
      const from = (next.continued as Int32Array)[slot] as number;
      expect(from).toBe(slot);
      const cosine = [...Array(d).keys()].reduce(
        (sum, j) => sum + (next.centroids[slot * d + j] as number) * (mixed.centroids[from * d + j] as number),
        0,
      );
      expect(cosine).toBeGreaterThan(0.8);
    });
  });

  it('numbers new clusters after the old ones, and closes up where clusters went', () => {
    const more = partitionClasses({ ...base, clustersPerClass: 4, previous: first });
    expect([...(more.continued as Int32Array)]).toEqual([0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1]);
    const fewer = partitionClasses({ ...base, clustersPerClass: 2, previous: first });
    const continued = [...(fewer.continued as Int32Array)];
    expect(continued).toHaveLength(6);
    expect(continued.every((from, slot) => first.slots[from]?.classIndex === fewer.slots[slot]?.classIndex)).toBe(true);
    expect(continued.slice(0, 2)).toEqual(continued.slice(0, 2).toSorted((a, b) => a - b));
  });
});

describe('edges of partitionClasses', () => {
  const cases: [string, number[][], Partial<PartitionInput>][] = [
    ['one image', [[1]], {}],
    ['one class', [[70]], {}],
    ['classes of 1, 2 and 3 images, one cluster an image', [[1], [2], [3]], { clustersPerClass: 8 }],
    ['clusters of 1, 2 and 3 images', [[1, 2, 3]], { clustersPerClass: 3 }],
    ['200 classes', Array.from({ length: 200 }, () => [4]), {}],
    ['a class without images', [[20], [], [20]], {}],
  ];
  it.each(cases)('works with %s', (_name, counts, more) => {
    const { features, classes } = makeFeatures({ d, counts });
    const partition = partitionClasses(inputOf(features, classes, counts.length, more));
    checkMemberships(partition, classes.length);
    for (const values of [partition.classMeans, partition.centroids, partition.columnScalings])
      expect(values.every(Number.isFinite)).toBe(true);
    expect(partition.slotsOfClass.every((slots) => slots.length >= 1)).toBe(true);
  });

  it('works with copies of one image', () => {
    const features = new Float32Array(30 * d).fill(1 / Math.sqrt(d));
    const partition = partitionClasses(inputOf(features, new Int32Array(30), 1, { clustersPerClass: 4 }));
    checkMemberships(partition, 30);
  });

  it('works where no image is trusted', () => {
    const labels = new Int32Array(made.classes.length).fill(-1);
    checkMemberships(partitionClasses({ ...base, labels, trust: new Float32Array(labels.length) }), labels.length);
  });

  it('holds the clusters of two classes an image, however many there are', () => {
    const n = 1600;
    const { features } = makeFeatures({ d: 4, counts: [[n]] });
    const labels = Int32Array.from({ length: n }, (_, i) => (i < 800 ? i % 200 : -1));
    const probabilities = oneHotRows(
      Int32Array.from({ length: n }, (_, i) => i % 200),
      200,
    );
    const many = partitionClasses({
      ...inputOf(features, labels, 200),
      d: 4,
      probabilities,
      trust: new Float32Array(n).fill(1),
      clustersPerClass: 8,
    });
    expect(many.slots).toHaveLength(1600);
    // 8 clusters of the own class if labeled, of two classes if not: 19,200 entries where a dense matrix has 2,560,000.
    expect(many.memberships.values.length).toBe(800 * 8 + 800 * 16);
    checkMemberships(many, n);
  });

  it('says when there is nothing', () => {
    expect(() => partitionClasses(inputOf(new Float32Array(0), new Int32Array(0), 1))).toThrow(StudioError);
    expect(() => partitionClasses({ ...base, trust: base.trust.slice(1) })).toThrow(RangeError);
  });
});
