/** What a bench is: `main.ts` runs one by its name, and each file of this folder that exports `run` is one. */
import type { Base } from '../src/shared/config';

export interface BenchOptions {
  /** Allow more than 50 seconds. */
  long: boolean;
  /** Run at sizes that say nothing, to see that it works. */
  toy: boolean;
  /** The base model whose step is run. */
  base: Base;
}

/** Runs a bench; returns its figures, `adapter` among them. */
export type Bench = (options: BenchOptions) => Promise<Record<string, unknown>>;
