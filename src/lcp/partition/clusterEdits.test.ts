import { describe, expect, it } from 'vitest';
import { editedPartition, editsAfter, noEdits, reshapes } from './clusterEdits';
import { makeFeatures } from './features.testing';
import { partitionClasses, type Partition, type PartitionInput } from './softPartition';

const made = makeFeatures({
  d: 16,
  counts: [
    [40, 40, 40],
    [40, 40],
  ],
});
const count = made.classes.length;
const input: PartitionInput = {
  features: made.features,
  d: 16,
  classCount: 2,
  probabilities: Float32Array.from({ length: count * 2 }, (_, i) => Number(made.classes[i >> 1] === i % 2)),
  trust: new Float32Array(count).fill(1),
  labels: made.classes,
  imagesPerCluster: 30,
  maxClusters: 8,
  clustersPerClass: [3, 2],
  seed: 1,
};
const present = partitionClasses(input);

/** The partition that follows from edits. */
function followed(edits: Partial<typeof noEdits>): { partition: Partition; origins: number[][] } {
  const { previous, origins, held, steered } = editedPartition(present, { ...noEdits, ...edits }, made.features);
  const clustersPerClass = previous.slotsOfClass.map((slots) => slots.length);
  const partition = partitionClasses({ ...input, clustersPerClass, previous, held, steered });
  return { partition, origins: partition.slots.map(({ slot }) => origins[partition.continued?.[slot] ?? -1] ?? []) };
}

const centroid = ({ centroids, d }: Partition, slot: number): number[] => [
  ...centroids.subarray(slot * d, (slot + 1) * d),
];

describe('edits of clusters', () => {
  it('that merge two leave one in their place, and the others as they were', () => {
    const { partition, origins } = followed({ merges: [[0, 2]] });
    expect(partition.slotsOfClass.map((slots) => slots.length)).toEqual([2, 2]);
    expect(origins).toEqual([[0, 2], [1], [3], [4]]);
  });

  it('that split one give two that both come of it', () => {
    const { partition, origins } = followed({ splits: [3] });
    expect(partition.slotsOfClass.map((slots) => slots.length)).toEqual([3, 3]);
    expect(origins.slice(0, 3)).toEqual([[0], [1], [2]]);
    expect(origins.slice(3).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual([[3], [3], [4]]);
  });

  it('bring a class to the number that is wanted, either way', () => {
    const counts = [
      { classIndex: 0, clusters: 5 },
      { classIndex: 1, clusters: 1 },
    ];
    const { partition, origins } = followed({ counts });
    expect(partition.slotsOfClass.map((slots) => slots.length)).toEqual([5, 1]);
    expect(new Set(origins.slice(0, 5).flat())).toEqual(new Set([0, 1, 2]));
    expect(origins[5]).toEqual([3, 4]);
  });

  it('that lock one keep its centre where it is, while the others may move', () => {
    const moved = { ...present, centroids: present.centroids.map((value, i) => value + (i % 3 === 0 ? 0.1 : 0)) };
    const { previous, held, steered } = editedPartition(moved, { ...noEdits, locked: [1] }, made.features);
    const partition = partitionClasses({ ...input, previous, held, steered });
    const slot = partition.continued?.indexOf(1) ?? -1;
    expect(centroid(partition, slot)).toEqual(centroid(moved, 1));
    const other = partition.continued?.indexOf(0) ?? -1;
    expect(centroid(partition, other)).not.toEqual(centroid(moved, 0));
  });

  it('across classes are passed over', () => {
    expect(followed({ merges: [[0, 3]] }).partition.slots).toHaveLength(5);
  });

  it('leave names and locks with the clusters that come of theirs', () => {
    const edits = { ...noEdits, names: [{ slot: 1, name: 'round' }], locked: [2], splits: [1] };
    expect(reshapes(edits)).toBe(true);
    expect(editsAfter(edits, [[0], [1], [1], [2]])).toEqual({
      ...noEdits,
      names: [{ slot: 1, name: 'round' }],
      locked: [3],
    });
  });
});
