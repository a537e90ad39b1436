/** What prompts of clusters say of classes. */
import { logSumExp } from '../labels/softmaxRegression';

/**
 * log sum_k exp over each class's slots, [C]: softmax over these is p(c|x) = sum_k p(c,k|x).
 * @param slotLogits s0 <f, m_s> of one picture, [S]
 */
export function classLogits(slotLogits: ArrayLike<number>, slotsOfClass: readonly (readonly number[])[]): number[] {
  return slotsOfClass.map((slots) => logSumExp(slots.map((s) => slotLogits[s] as number)));
}
