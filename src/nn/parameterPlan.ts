/** The parameters of a network before it exists, as plain data that needs no engine. */

export interface ParameterPlan {
  name: string;
  shape: readonly number[];
  /**
   * 'spectral': orthogonal at first, and spectrally normalised. 'orthogonal'. `normal`: draws from N(0, normal^2). Else
   * a constant, or all values.
   */
  init: 'spectral' | 'orthogonal' | { normal: number } | number | Float32Array;
  /**
   * Equalised learning rate (Karras et al. 2018): the parameter is a bare one times this constant, and learns as the bare
   * one would. It is stored, and begins, as the product. Default 1. Not for 'spectral', where it would cancel.
   */
  gain?: number;
}

/** The parameters of a base model's networks. */
export interface NetworkPlans {
  generator: readonly ParameterPlan[];
  /** What sampling needs beside the generator's averaged weights; not trained. */
  statistics: readonly ParameterPlan[];
  discriminator: readonly ParameterPlan[];
}

/** Number of values of all parameters of a plan. */
export function countOf(plan: readonly ParameterPlan[]): number {
  return plan.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
}
