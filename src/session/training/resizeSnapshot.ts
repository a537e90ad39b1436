/** Brings what training goes on from to other clusters: rows of the condition tables follow theirs. */
import { withConditions, type Conditioned } from '../../lcp/training/warmStart';
import type { TrainingMemory } from './trainingMemory';

/**
 * The newest state under other slots; older ones are given up, since they can no longer be gone back to.
 * @param from classes and slots of the state as it is
 * @param origins for each new slot the slots that it comes of
 */
export function resizeSnapshot({ snapshots }: TrainingMemory, from: Conditioned, origins: number[][]): void {
  const { newest } = snapshots;
  if (!newest) throw new Error('there is no state to resize');
  const { classes, slots } = from;
  const rows = { classes: classes.map((_, c) => [c]), slots: origins };
  const shape = { classCount: classes.length, slotCount: slots.length };
  const tensors = withConditions(newest.trainer.tensors, shape, rows);
  snapshots.restart({ ...newest, trainer: { ...newest.trainer, tensors } });
}
