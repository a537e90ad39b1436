/**
 * What a person wants of the clusters, applied when labels, clusters and prompts are next gone through: some merged,
 * some split, some left where they are, so and so many in a class. `editedPartition` makes of a partition the one that
 * k-means is to begin with; `origins` says for each of its slots which old ones it comes of, so that networks and
 * prompts can follow.
 */
import { normalize } from '../../shared/linearAlgebra';
import type { Slot } from '../../shared/domain';
import type { Partition } from './softPartition';

export interface ClusterEdits {
  names: { slot: number; name: string }[];
  /** Slots whose centre stays where it is. */
  locked: number[];
  /** Pairs of slots of one class. */
  merges: [number, number][];
  splits: number[];
  /** Clusters wanted of a class; the closest are merged, or the largest split, until there are so many. */
  counts: { classIndex: number; clusters: number }[];
}

export const noEdits: ClusterEdits = { names: [], locked: [], merges: [], splits: [], counts: [] };

/** Whether the number or the meaning of clusters changes, so that networks have to follow. */
export function reshapes({ merges, splits, counts }: ClusterEdits): boolean {
  return merges.length > 0 || splits.length > 0 || counts.length > 0;
}

interface Group {
  classIndex: number;
  /** Old slots. */
  origins: number[];
  /** Unit, or zero. */
  centroid: Float32Array;
  /** Mass of its pictures. */
  mass: number;
  locked: boolean;
}

export interface EditedPartition {
  /** What k-means begins with; its memberships mean nothing. */
  previous: Partition;
  /** Old slots of each of its slots. */
  origins: number[][];
  /** Its slots that stay where they are. */
  held: Set<number>;
  /** Classes that begin as they stand here and nowhere else. */
  steered: Set<number>;
}

/** Directions and lengths: half way to the edge of a cluster. */
const apart = 0.5;
const sweeps = 12;

function centred(partition: Partition, features: Float32Array, image: number, classIndex: number): Float32Array {
  const { d, classMeans } = partition;
  const row = Float32Array.from(
    { length: d },
    (_, j) => (features[image * d + j] ?? 0) - (classMeans[classIndex * d + j] ?? 0),
  );
  normalize(row);
  return row;
}

/** Two centroids on either side of a cluster's own, along the direction in which its pictures spread most. */
function halves(partition: Partition, features: Float32Array, group: Group): [Float32Array, Float32Array] {
  const { d, memberships } = partition;
  const own = new Set(group.origins);
  const rows: Float32Array[] = [];
  for (let image = 0; image < memberships.count; image += 1) {
    let mass = 0;
    memberships.forRow(image, (slot, value) => (mass += own.has(slot) ? value : 0));
    if (mass > 0.5) rows.push(centred(partition, features, image, group.classIndex));
  }
  const deviations = rows.map((row) => row.map((value, j) => value - (group.centroid[j] ?? 0)));
  // Begins with the picture furthest from the centre, so that the same pictures give the same halves.
  const length = (row: Float32Array): number => row.reduce((sum, value) => sum + value * value, 0);
  let axis = deviations.reduce((far, row) => (length(row) > length(far) ? row : far), new Float32Array(d));
  for (let turn = 0; turn < sweeps; turn += 1) {
    const next = new Float32Array(d);
    for (const row of deviations) {
      const along = row.reduce((sum, value, j) => sum + value * (axis[j] ?? 0), 0);
      row.forEach((value, j) => (next[j] = (next[j] ?? 0) + along * value));
    }
    if (normalize(next) === 0) break;
    axis = next;
  }
  const side = (sign: number): Float32Array => {
    const centroid = group.centroid.map((value, j) => value + sign * apart * (axis[j] ?? 0));
    normalize(centroid);
    return centroid;
  };
  return [side(1), side(-1)];
}

function merged(a: Group, b: Group): Group {
  const centroid = a.centroid.map((value, j) => a.mass * value + b.mass * (b.centroid[j] ?? 0));
  normalize(centroid);
  const { classIndex } = a;
  return { classIndex, origins: [...a.origins, ...b.origins], centroid, mass: a.mass + b.mass, locked: false };
}

class Groups {
  private list: Group[];

  constructor(
    private readonly partition: Partition,
    private readonly features: Float32Array,
    locked: readonly number[],
  ) {
    const { d, slots, centroids, memberships } = partition;
    const mass = new Float64Array(slots.length);
    for (const slot of memberships.indices.keys())
      mass[memberships.indices[slot] ?? 0] =
        (mass[memberships.indices[slot] ?? 0] ?? 0) + (memberships.values[slot] ?? 0);
    this.list = slots.map(({ slot, classIndex }) => ({
      classIndex,
      origins: [slot],
      centroid: centroids.slice(slot * d, (slot + 1) * d),
      mass: mass[slot] ?? 0,
      locked: locked.includes(slot),
    }));
  }

  ofClass(classIndex: number): Group[] {
    return this.list.filter((group) => group.classIndex === classIndex);
  }

  holding(slot: number): Group | undefined {
    return this.list.find(({ origins }) => origins.includes(slot));
  }

  merge(a: Group, b: Group): void {
    this.list = this.list.flatMap((group) => (group === b ? [] : group === a ? [merged(a, b)] : [group]));
  }

  split(group: Group): void {
    const [one, other] = halves(this.partition, this.features, group);
    const half = { ...group, mass: group.mass / 2, locked: false };
    const pair = [
      { ...half, centroid: one },
      { ...half, centroid: other },
    ];
    this.list = this.list.flatMap((each) => (each === group ? pair : [each]));
  }

  /** Merges the closest or splits the largest until a class has so many; locked ones last. */
  bring(classIndex: number, wanted: number): void {
    for (let own = this.ofClass(classIndex); own.length !== wanted; own = this.ofClass(classIndex)) {
      const free = own.filter(({ locked }) => !locked);
      if (own.length < wanted) {
        const [largest] = (free.length > 0 ? free : own).toSorted((a, b) => b.mass - a.mass);
        if (!largest) return;
        this.split(largest);
      } else {
        const [a, b] = closest(free.length > 1 ? free : own);
        this.merge(a, b);
      }
    }
  }
}

function closest(groups: readonly Group[]): [Group, Group] {
  const pairs = groups.flatMap((a, i) => groups.slice(i + 1).map((b): [Group, Group] => [a, b]));
  const cosine = ([a, b]: [Group, Group]): number =>
    a.centroid.reduce((sum, value, j) => sum + value * (b.centroid[j] ?? 0), 0);
  return pairs.reduce((best, pair) => (cosine(pair) > cosine(best) ? pair : best));
}

/** @param features of the pictures, unit rows, [N, d] */
export function editedPartition(partition: Partition, edits: ClusterEdits, features: Float32Array): EditedPartition {
  const groups = new Groups(partition, features, edits.locked);
  const steered = new Set(edits.counts.map(({ classIndex }) => classIndex));
  for (const [one, other] of edits.merges) {
    const [a, b] = [groups.holding(one), groups.holding(other)];
    if (!a || !b || a === b || a.classIndex !== b.classIndex) continue;
    groups.merge(a, b);
    steered.add(a.classIndex);
  }
  for (const slot of edits.splits) {
    const group = groups.holding(slot);
    if (!group) continue;
    groups.split(group);
    steered.add(group.classIndex);
  }
  for (const { classIndex, clusters } of edits.counts) groups.bring(classIndex, Math.max(1, clusters));

  const slots: Slot[] = [];
  const ordered: Group[] = [];
  const slotsOfClass = partition.slotsOfClass.map((_, classIndex) =>
    groups.ofClass(classIndex).map((group, cluster) => {
      slots.push({ slot: slots.length, classIndex, cluster });
      ordered.push(group);
      return slots.length - 1;
    }),
  );
  const centroids = new Float32Array(slots.length * partition.d);
  ordered.forEach(({ centroid }, slot) => centroids.set(centroid, slot * partition.d));
  return {
    previous: { ...partition, slots, slotsOfClass, centroids, columnScalings: new Float32Array(slots.length).fill(1) },
    origins: ordered.map(({ origins }) => origins),
    held: new Set(ordered.flatMap(({ locked }, slot) => (locked ? [slot] : []))),
    steered,
  };
}

/** What is left to want once it was done: names and locks go on with the clusters that come of theirs. */
export function editsAfter({ names, locked }: ClusterEdits, origins: readonly (readonly number[])[]): ClusterEdits {
  const named = new Set<number>();
  return {
    ...noEdits,
    names: origins.flatMap((own, slot) => {
      const found = names.find((each) => own.includes(each.slot) && !named.has(each.slot));
      if (!found) return [];
      named.add(found.slot);
      return [{ slot, name: found.name }];
    }),
    locked: origins.flatMap((own, slot) => (own.length === 1 && locked.includes(own[0] ?? -1) ? [slot] : [])),
  };
}
