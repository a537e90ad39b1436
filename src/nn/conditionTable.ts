/**
 * Conditions as a network sees them. A condition u in simplex(S) picks e(u) = sum_s u_s (E_class[c(s)] + E_cluster[s])
 * from a two-level table (docs/method.md, section 4). With the class masses u M appended in front of u, M the
 * slot-to-class incidence matrix, that is one matrix product with one table whose first C rows are E_class and whose
 * last S rows are E_cluster; `classAndSlot` makes those rows [uM, u].
 */
import type { Slot } from '../shared/domain';

/** Sizes that a conditional network is built for. */
export interface ConditionShape {
  classCount: number;
  slotCount: number;
}

/** Rows of a two-level embedding table: classes first, then slots. */
export function tableRows({ classCount, slotCount }: ConditionShape): number {
  return classCount + slotCount;
}

/**
 * @param u conditions, row-major [n, S]
 * @returns [n, C + S]: class masses, then u itself
 */
export function classAndSlot(u: Float32Array, slots: readonly Slot[], classCount: number): Float32Array {
  const slotCount = slots.length;
  const width = classCount + slotCount;
  const count = u.length / slotCount;
  const rows = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    for (const { slot, classIndex } of slots) {
      const mass = u[i * slotCount + slot] ?? 0;
      rows[i * width + classIndex] = (rows[i * width + classIndex] ?? 0) + mass;
      rows[i * width + classCount + slot] = mass;
    }
  }
  return rows;
}
