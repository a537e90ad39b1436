/** The state of a trainer as plain data: what checkpoints, snapshots and resumed runs are made of. */
import type { NamedArray } from '../../gpu/parameter';
import type { Stored } from '../../nn/networks';

/** Everything a run needs to go on: all sets' values, by `set/name`. */
export interface TrainerState {
  /** Iterations done. */
  iteration: number;
  /**
   * Iterations that random numbers have been drawn for; default `iteration`. More after a rollback, which never draws
   * the same numbers again.
   */
  draws?: number;
  /** Factor on the configured learning rates; default 1. */
  rateScale?: number;
  tensors: Map<string, NamedArray>;
}

/** @param sets by name, in the order in which they are to stand */
export async function valuesOf(sets: Readonly<Record<string, Stored>>): Promise<TrainerState['tensors']> {
  const tensors = new Map<string, NamedArray>();
  for (const [set, stored] of Object.entries(sets))
    for (const [name, array] of await stored.toArrays()) tensors.set(`${set}/${name}`, array);
  return tensors;
}

/** The inverse of `valuesOf`; values of other sets are passed over. @throws RangeError when they do not fit */
export function loadValues(sets: Readonly<Record<string, Stored>>, tensors: TrainerState['tensors']): void {
  for (const [set, stored] of Object.entries(sets)) {
    const prefix = `${set}/`;
    const own = [...tensors].filter(([name]) => name.startsWith(prefix));
    stored.load(new Map(own.map(([name, array]) => [name.slice(prefix.length), array])));
  }
}
