/** Adam in float64, one tensor, straight from algorithm 1 of the paper: the oracle of `adam.gpu.test.ts`. */

export interface AdamReference {
  parameters: Float64Array;
  first: Float64Array;
  second: Float64Array;
  t: number;
}

export function adamReference(initial: Float32Array): AdamReference {
  return {
    parameters: Float64Array.from(initial),
    first: new Float64Array(initial.length),
    second: new Float64Array(initial.length),
    t: 0,
  };
}

/** One step in place; gradient values that are not finite are passed over. */
export function adamStepReference(
  state: AdamReference,
  gradient: Float32Array,
  rate: number,
  { beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number },
): void {
  state.t += 1;
  gradient.forEach((g, i) => {
    if (!Number.isFinite(g)) return;
    const m = beta1 * (state.first[i] ?? 0) + (1 - beta1) * g;
    const v = beta2 * (state.second[i] ?? 0) + (1 - beta2) * g * g;
    state.first[i] = m;
    state.second[i] = v;
    const corrected = m / (1 - beta1 ** state.t);
    state.parameters[i] =
      (state.parameters[i] ?? 0) - (rate * corrected) / (Math.sqrt(v / (1 - beta2 ** state.t)) + epsilon);
  });
}
