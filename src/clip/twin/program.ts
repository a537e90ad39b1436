/**
 * Runs the twin's graph: one call is the tower's forward pass on our GPU operators, recorded on the gradient tape if
 * there is one.
 */
import { addLayerNorm } from '../../gpu/layerNorm/addLayerNorm';
import { tidy, type Tensor } from '../../gpu/tensor';
import { execute } from './execute';
import { madeBy, madeByBinary, topological, type Value } from './graph';
import { sameShape } from './shape';
import type { GpuWeights } from './weights';

export interface TwinProgram {
  /** @param input as the graph's input was declared @returns the first output: the tower's embedding */
  run(input: Tensor): Tensor;
  /** All outputs, in the order given. */
  runAll(input: Tensor): Tensor[];
  /** Number of operators by kind, for tests and benches. */
  readonly operators: Readonly<Record<string, number>>;
}

interface Operation {
  results: readonly Value[];
  inputs: readonly Value[];
  run: (inputs: readonly Tensor[]) => readonly Tensor[];
}

/**
 * The layer norm with gain and bias that reads each residual sum which something else reads too: the two become one
 * operation.
 */
function normsOfSums(order: readonly Value[], outputs: readonly Value[]): Map<Value, Value> {
  const users = new Map<Value, Value[]>();
  for (const value of order)
    for (const input of value.producer?.inputs ?? []) users.set(input, [...(users.get(input) ?? []), value]);
  const norms = new Map<Value, Value>();
  for (const [sum, readers] of users) {
    const terms = madeByBinary(sum, 'add');
    const norm = readers.find((reader) => madeBy(reader, 'layerNorm')?.inputs.length === 3);
    const residual = terms && !terms.a.constant && !terms.b.constant && sameShape(terms.a.shape, terms.b.shape);
    if (residual && norm && (readers.length > 1 || outputs.includes(sum))) norms.set(sum, norm);
  }
  return norms;
}

function residualNorm(sum: Value, norm: Value): Operation | null {
  const terms = madeByBinary(sum, 'add');
  const node = madeBy(norm, 'layerNorm');
  const [, gamma, beta] = node?.inputs ?? [];
  if (!terms || !node || !gamma || !beta) return null;
  return {
    results: [sum, norm],
    inputs: [terms.a, terms.b, gamma, beta],
    run: (tensors) => {
      const { sum: total, normed } = addLayerNorm(...(tensors as [Tensor, Tensor, Tensor, Tensor]), node.op.epsilon);
      return [total, normed];
    },
  };
}

/**
 * Plans the order of work for a graph with one input and one output or more. Constants go to the GPU now, so that no
 * upload happens inside a captured step.
 */
export function compileProgram(outputs: readonly Value[], weights: GpuWeights): TwinProgram {
  const order = topological(outputs);
  const constants = new Map<Value, Tensor>();
  const operators: Record<string, number> = {};
  const steps: Operation[] = [];
  const norms = normsOfSums(order, outputs);
  const merged = new Set(norms.values());
  let source: Value | null = null;
  for (const value of order) {
    if (value.constant) constants.set(value, weights.get(value.constant));
    if (!value.producer) continue;
    const { op, inputs } = value.producer;
    if (op.kind === 'input') source = value;
    else if (!merged.has(value)) {
      const norm = norms.get(value);
      const both = norm ? residualNorm(value, norm) : null;
      steps.push(both ?? { results: [value], inputs, run: (tensors) => [execute(op, tensors, value.shape)] });
    }
    operators[op.kind] = (operators[op.kind] ?? 0) + 1;
  }
  const runAll = (input: Tensor): Tensor[] =>
    tidy(() => {
      const results = new Map<Value, Tensor>(constants);
      if (source) results.set(source, input);
      for (const { results: made, inputs, run } of steps) {
        const tensors = run(inputs.map((operand) => results.get(operand) as Tensor));
        made.forEach((value, i) => results.set(value, tensors[i] as Tensor));
      }
      return outputs.map((output) => results.get(output) as Tensor);
    });
  return { operators, runAll, run: (input) => tidy(() => runAll(input)[0] as Tensor) };
}

/** Numbers of one value, computed for this once. @param input makes the graph's input */
export async function evaluated(value: Value, weights: GpuWeights, input: () => Tensor): Promise<Float32Array> {
  const program = compileProgram([value], weights);
  const result = tidy(() => program.run(input()));
  const numbers = (await result.data()) as Float32Array;
  result.dispose();
  return numbers;
}
