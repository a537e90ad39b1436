/** How many parts the sum over k is split into, so that a product with few results still keeps the device busy. */
import { tuning } from '../tuning';

/** Chunks of k are multiples of this: whole turns of every variant's loop. */
const chunkUnit = 32;

export interface Split {
  parts: number;
  /** k's a part; the last part may have fewer. */
  chunk: number;
}

/**
 * @param workgroups what the product uses without a split
 * @param k length of the sum
 * @param operations multiply-adds in all
 */
export function splitFor(workgroups: number, k: number, operations: number): Split {
  const { wantedWorkgroups, workgroupMemory } = tuning();
  const whole = { parts: 1, chunk: k };
  // The second dispatch must pay: on a GPU it costs some microseconds, as much as a few hundred turns of the loop over
  // k; on a CPU as much as some millions of operations.
  const smallest = 256;
  if (workgroups * 2 > wantedWorkgroups || k < 2 * smallest || (!workgroupMemory && operations < 2 ** 23)) return whole;
  const wanted = Math.min(Math.floor(wantedWorkgroups / workgroups), Math.floor(k / smallest), 64);
  const chunk = Math.ceil(k / wanted / chunkUnit) * chunkUnit;
  const parts = Math.ceil(k / chunk);
  return parts < 2 ? whole : { parts, chunk };
}
