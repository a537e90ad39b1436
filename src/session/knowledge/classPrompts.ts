/**
 * Prompts of classes in place of prompts of clusters (docs/method.md, section 9): one prompt a class is learnt, and all
 * clusters of the class share it.
 */
import type { PromptTargetSource } from '../../lcp/prompts/promptLoss';
import { SparseRows } from '../../lcp/partition/sparseRows';
import type { Slot } from '../../shared/domain';
import type { PromptView } from './clusterCards';

/** The same pictures with one cluster a class. @param classCount C */
export function classSource({ classIndex, trust }: PromptTargetSource, classCount: number): PromptTargetSource {
  const memberships = SparseRows.build(classIndex.length, classCount, (image, add) =>
    add(classIndex[image] as number, 1),
  );
  const slots = Array.from({ length: classCount }, (_, c): Slot => ({ slot: c, classIndex: c, cluster: 0 }));
  return { classIndex, trust, memberships, slots };
}

/**
 * What was learnt for classes, given to each of their clusters: context [C, M, w] -> [S, M, w], features [C, d] -> [S,
 * d].
 */
export function overClusters<T extends Pick<PromptView, 'context' | 'features'>>(
  learnt: T,
  slots: readonly Slot[],
  classCount: number,
): T {
  const rowsOf = (values: Float32Array): Float32Array => {
    const size = values.length / classCount;
    const rows = new Float32Array(slots.length * size);
    slots.forEach(({ classIndex }, s) =>
      rows.set(values.subarray(classIndex * size, (classIndex + 1) * size), s * size),
    );
    return rows;
  };
  return { ...learnt, context: rowsOf(learnt.context), features: rowsOf(learnt.features) };
}

/**
 * The rows of each class's first cluster, [S, d] -> [C, d]: all that there is of a class where its clusters share a
 * prompt.
 */
export function classRows(
  features: Float32Array,
  slotsOfClass: readonly (readonly number[])[],
  d: number,
): Float32Array {
  const rows = new Float32Array(slotsOfClass.length * d);
  slotsOfClass.forEach(([first = 0], c) => rows.set(features.subarray(first * d, (first + 1) * d), c * d));
  return rows;
}
