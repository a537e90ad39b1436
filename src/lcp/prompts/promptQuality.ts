/**
 * What learnt prompts are worth (docs/method.md, section 3): how many pictures they give the right class, and how many
 * the right cluster of their class, on pictures that took part in their training and on pictures that were held back
 * from it. Which are held back follows from the seed alone: a fifth of a class's labels where it has five or more, a
 * tenth of its trusted inferred ones, at most twenty of each kind (numbers are our own choice).
 */
import { UNLABELED, type PromptQuality, type Slot } from '../../shared/domain';
import { rowCosine } from '../../shared/linearAlgebra';
import { CounterRandom } from '../../shared/rng';
import type { SparseRows } from '../partition/sparseRows';
import { streams } from '../training/streams';
import { classLogits } from './classLogits';

export const heldBackOfPrompts = { labeledShare: 0.2, inferredShare: 0.1, most: 20 } as const;

export interface PromptJudgement {
  /** f, unit rows, [N, d]. */
  features: Float32Array;
  d: number;
  /** m, unit rows, [S, d]. */
  prompts: Float32Array;
  slots: readonly Slot[];
  slotsOfClass: readonly (readonly number[])[];
  /** y, the labeled or inferred class. [N] */
  classIndex: ArrayLike<number>;
  /** Class of each picture, or -1. */
  labels: Int32Array;
  /** w, [N]. */
  trust: Float32Array;
  /** q, [N, S]. */
  memberships: SparseRows;
  logitScale: number;
  /** From `chooseHeldBack`. */
  heldBack: Uint32Array;
  /** Accuracy of the first label inference on held-out labels; null where it is not known. */
  probe: number | null;
}

/** Trusted pictures that prompts do not train on, ascending. */
export function chooseHeldBack(
  { labels, trust, classIndex }: Pick<PromptJudgement, 'labels' | 'trust' | 'classIndex'>,
  seed: number,
): Uint32Array {
  const { labeledShare, inferredShare, most } = heldBackOfPrompts;
  const groups = new Map<string, number[]>();
  for (const image of new CounterRandom(seed, streams.promptHeldBack).permutation(labels.length)) {
    if (!((trust[image] as number) > 0)) continue;
    const key = `${labels[image] === UNLABELED ? 'inferred' : 'labeled'} ${classIndex[image]}`;
    const group = groups.get(key);
    if (group) group.push(image);
    else groups.set(key, [image]);
  }
  const chosen = [...groups].flatMap(([key, images]) =>
    images.slice(
      0,
      Math.min(most, Math.floor((key.startsWith('labeled') ? labeledShare : inferredShare) * images.length)),
    ),
  );
  return Uint32Array.from(chosen).toSorted();
}

/** Null in a field: no picture to judge by. */
export function judgePrompts(judgement: PromptJudgement): PromptQuality {
  const { labels, heldBack, probe, prompts, d, slots } = judgement;
  const held = new Set(heldBack);
  const labeled = [...labels.keys()].filter((image) => labels[image] !== UNLABELED);
  return {
    trained: classAccuracy(
      judgement,
      labeled.filter((image) => !held.has(image)),
    ),
    heldBack: classAccuracy(
      judgement,
      labeled.filter((image) => held.has(image)),
    ),
    probe,
    withinClass: clusterAccuracy(judgement, heldBack),
    siblings: siblingCosine(prompts, d, slots),
  };
}

/** By p(c|x) = sum_k softmax over all slots. */
function classAccuracy(judgement: PromptJudgement, images: readonly number[]): PromptQuality['trained'] {
  if (images.length === 0) return null;
  const right = images.filter((image) => classOf(judgement, image) === judgement.labels[image]);
  return { right: right.length, count: images.length };
}

function classOf({ features, d, prompts, slotsOfClass, logitScale }: PromptJudgement, image: number): number {
  const slotLogits = rowCosinesOf(features, image, prompts, d).map((cosine) => logitScale * cosine);
  const logits = classLogits(slotLogits, slotsOfClass);
  return logits.indexOf(Math.max(...logits));
}

/**
 * How often the prompts of a picture's class put its strongest cluster first. Chance: what naming the most frequent
 * cluster of each class would give on the same pictures.
 */
function clusterAccuracy(judgement: PromptJudgement, images: ArrayLike<number>): PromptQuality['withinClass'] {
  const { features, d, prompts, slotsOfClass, classIndex, memberships } = judgement;
  const counts = new Map<number, number>();
  let right = 0;
  let count = 0;
  for (const image of Array.from(images)) {
    const own = slotsOfClass[classIndex[image] as number] ?? [];
    if (own.length < 2) continue;
    const strongest = best(own, (slot) => memberships.at(image, slot));
    const cosines = rowCosinesOf(features, image, prompts, d);
    if (best(own, (slot) => cosines[slot] as number) === strongest) right += 1;
    counts.set(strongest, (counts.get(strongest) ?? 0) + 1);
    count += 1;
  }
  if (count === 0) return null;
  const guessed = slotsOfClass.reduce((sum, own) => sum + Math.max(0, ...own.map((slot) => counts.get(slot) ?? 0)), 0);
  return { right, count, chance: guessed / count };
}

/** <f, m_s> of one picture, [S]. */
function rowCosinesOf(features: Float32Array, image: number, prompts: Float32Array, d: number): number[] {
  return Array.from({ length: prompts.length / d }, (_, slot) => {
    let sum = 0;
    for (let k = 0; k < d; k += 1) sum += (features[image * d + k] as number) * (prompts[slot * d + k] as number);
    return sum;
  });
}

function best(slots: readonly number[], score: (slot: number) => number): number {
  return slots.reduce((top, slot) => (score(slot) > score(top) ? slot : top));
}

/** Mean cosine of two prompts of one class; null where no class has two. */
function siblingCosine(prompts: Float32Array, d: number, slots: readonly Slot[]): number | null {
  let sum = 0;
  let pairs = 0;
  for (const a of slots) {
    for (const b of slots) {
      if (b.slot <= a.slot || a.classIndex !== b.classIndex) continue;
      sum += rowCosine(prompts.subarray(a.slot * d), prompts.subarray(b.slot * d), d, 0);
      pairs += 1;
    }
  }
  return pairs > 0 ? sum / pairs : null;
}
