/**
 * What the words of clusters are worth, outside of a run: classes are divided as a run divides them, and their clusters
 * described by their pictures alone. Of each cluster it is known which kind of picture it is mostly of, where folders
 * (kinds) were merged into wider classes that know nothing of them. Random clusters of the same sizes tell how often
 * words are found where there is nothing to say.
 */
import { buildConditions } from '../lcp/partition/conditions';
import { clusterWords, pictureWords } from '../lcp/partition/clusterWords';
import { partitionClasses, type Partition } from '../lcp/partition/softPartition';
import type { SparseRows } from '../lcp/partition/sparseRows';
import type { WordFeatures } from '../lcp/partition/wordDirections';
import { presets } from '../shared/config';
import type { ClusterWord } from '../shared/domain';
import { CounterRandom } from '../shared/rng';
import { StudioError } from '../shared/errors';

/** Stream of the random clusters; apart from every stream of a run, which shares the seed. */
const STREAM = 0x776f7264;

export interface WordTrial {
  /** Unit image features, [N, d]. */
  features: Float32Array;
  d: number;
  /** True kind of each picture, [N]. */
  kinds: Int32Array;
  /** Wider class of each kind. */
  classOfKind: Int32Array;
  classNames: readonly string[];
  vocabulary: WordFeatures;
  seed: number;
}

export interface Division extends Pick<Partition, 'slots' | 'slotsOfClass'> {
  /** [N, S] */
  u: SparseRows;
}

export interface DescribedCluster {
  className: string;
  /** Pictures that it stands for: the sum of their memberships. */
  pictures: number;
  /** Kind of most of them, and its share, in (0, 1]. */
  kind: number;
  share: number;
  words: ClusterWord[];
}

/** Each cluster, described by its pictures. */
export function describeClusters(trial: WordTrial, { u, slotsOfClass, slots }: Division): DescribedCluster[] {
  const said = wordsOf(trial, u, slotsOfClass, trial.features);
  const kindCount = trial.classOfKind.length;
  const masses = slots.map(() => new Float64Array(kindCount));
  for (let image = 0; image < u.count; image += 1) {
    const kind = trial.kinds[image] as number;
    u.forRow(image, (slot, share) => {
      const mass = masses[slot] as Float64Array;
      mass[kind] = (mass[kind] as number) + share;
    });
  }
  return slots.map(({ slot, classIndex }) => {
    const mass = masses[slot] as Float64Array;
    const pictures = mass.reduce((sum, each) => sum + each, 0);
    const most = Math.max(...mass);
    return {
      className: trial.classNames[classIndex] ?? '',
      pictures,
      kind: mass.indexOf(most),
      share: most / pictures,
      words: said[slot] ?? [],
    };
  });
}

/** Of `times` random divisions into clusters of the same sizes: how many clusters there were, and how many say a word. */
export function randomClusters(
  trial: WordTrial,
  { u, slotsOfClass, slots }: Division,
  times: number,
): { clusters: number; speak: number } {
  let speak = 0;
  for (let time = 0; time < times; time += 1) {
    const said = wordsOf(trial, u, slotsOfClass, shuffledWithinClasses(trial, time));
    speak += said.filter((words) => words.length > 0).length;
  }
  return { clusters: times * slots.length, speak };
}

/** The classes, divided as a run divides them. */
export function divideClasses({ features, d, kinds, classOfKind, classNames, seed }: WordTrial): Division {
  const labels = kinds.map((kind) => classOfKind[kind] as number);
  const classCount = classNames.length;
  const probabilities = new Float32Array(labels.length * classCount);
  labels.forEach((label, image) => (probabilities[image * classCount + label] = 1));
  const trust = new Float32Array(labels.length).fill(1);
  const { imagesPerCluster, maxClusters } = presets.tiny.partition;
  const known = { features, d, labels, classCount, probabilities, trust };
  const partition = partitionClasses({ ...known, imagesPerCluster, maxClusters, seed });
  const { u } = buildConditions(partition, probabilities, labels, trust);
  return { u, slots: partition.slots, slotsOfClass: partition.slotsOfClass };
}

function wordsOf(
  { d, vocabulary, classNames }: WordTrial,
  u: SparseRows,
  slotsOfClass: number[][],
  features: Float32Array,
): ClusterWord[][] {
  const trust = new Float32Array(u.count).fill(1);
  const pictures = pictureWords({ features, d, slotsOfClass, u, trust, vocabulary, classNames });
  return clusterWords(pictures, { d, slotsOfClass, vocabulary }, null).map(({ words }) => words);
}

/** The features in another order: each picture's row is that of some picture of its class. */
function shuffledWithinClasses(
  { features, d, kinds, classOfKind, classNames, seed }: WordTrial,
  time: number,
): Float32Array {
  const result = new Float32Array(features.length);
  for (let c = 0; c < classNames.length; c += 1) {
    const members = [...kinds.keys()].filter((image) => classOfKind[kinds[image] as number] === c);
    const order = new CounterRandom(seed, STREAM, time * classNames.length + c).permutation(members.length);
    members.forEach((image, i) => {
      const from = members[order[i] as number] as number;
      result.set(features.subarray(from * d, (from + 1) * d), image * d);
    });
  }
  return result;
}

export interface WiderClasses {
  classNames: string[];
  /** Class of each kind, [kinds]. */
  classOfKind: Int32Array;
}

/**
 * Folders merged into wider classes. Those that no class names stay together as "all others"; without any, all are one
 * class, "pictures".
 * @param merges "animals=cat,dog"
 * @throws StudioError `config-invalid` where one is written otherwise, or names an unknown folder or one twice
 */
export function widerClasses(kinds: readonly string[], merges: readonly string[]): WiderClasses {
  const classOfKind = new Int32Array(kinds.length).fill(-1);
  const classNames: string[] = [];
  for (const merge of merges) {
    const [, name, list] = /^([^=]+)=(.+)$/u.exec(merge) ?? [];
    if (name === undefined || list === undefined)
      throw refused(`--merge ${merge} is not "class=folder,folder".`, 'Write it like --merge animals=cat,dog.');
    for (const folder of list.split(',')) {
      const kind = kinds.indexOf(folder);
      if (kind < 0)
        throw refused(`--merge ${name}: there is no folder "${folder}".`, `There are: ${kinds.join(', ')}.`);
      if ((classOfKind[kind] as number) >= 0)
        throw refused(`--merge names the folder "${folder}" twice.`, 'Give each folder to one class.');
      classOfKind[kind] = classNames.length;
    }
    classNames.push(name);
  }
  if (classOfKind.includes(-1)) {
    classOfKind.forEach((c, kind) => (classOfKind[kind] = c < 0 ? classNames.length : c));
    classNames.push(merges.length > 0 ? 'all others' : 'pictures');
  }
  return { classNames, classOfKind };
}

function refused(what: string, action: string): StudioError {
  return new StudioError({ code: 'config-invalid', what, why: '', action });
}
