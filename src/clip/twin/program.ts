/**
 * Runs the twin's graph: one call is the tower's forward pass on our GPU operators, recorded on the gradient tape if there is one.
 */
import { tidy, type Tensor } from '../../gpu/tensor';
import { execute } from './execute';
import { topological, type Value } from './graph';
import type { GpuWeights } from './weights';

export interface TwinProgram {
  /** @param input as the graph's input was declared @returns the tower's embedding */
  run(input: Tensor): Tensor;
  /** Number of operators by kind, for tests and benches. */
  readonly operators: Readonly<Record<string, number>>;
}

/** Plans the order of work for a graph with one input. Constants go to the GPU now, so that no upload happens inside a captured step. */
export function compileProgram(output: Value, weights: GpuWeights): TwinProgram {
  const order = topological(output);
  const constants = new Map<Value, Tensor>();
  const operators: Record<string, number> = {};
  const steps: { value: Value; run: (inputs: readonly Tensor[]) => Tensor; inputs: readonly Value[] }[] = [];
  let source: Value | null = null;
  for (const value of order) {
    if (value.constant) constants.set(value, weights.get(value.constant));
    if (!value.producer) continue;
    const { op, inputs } = value.producer;
    if (op.kind === 'input') source = value;
    else steps.push({ value, inputs, run: (tensors) => execute(op, tensors, value.shape) });
    operators[op.kind] = (operators[op.kind] ?? 0) + 1;
  }
  return {
    operators,
    run: (input) =>
      tidy(() => {
        const results = new Map<Value, Tensor>(constants);
        if (source) results.set(source, input);
        for (const { value, inputs, run } of steps) results.set(value, run(inputs.map((operand) => results.get(operand) as Tensor)));
        return results.get(output) as Tensor;
      }),
  };
}
