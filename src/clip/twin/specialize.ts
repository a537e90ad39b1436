/**
 * An ONNX graph made ready for the twin. `TowerGraph` cuts the model down to one output and computes once what depends
 * on weights alone; `specialize` then fixes the inputs' shapes (and the values of integer inputs), so that every shape,
 * mask and position becomes a constant, and builds the twin's graph of what is left.
 */
import { decodeTensor, type HostTensor, type OnnxModel, type OnnxNode } from '../../formats/onnx';
import { ancestorsOf } from '../../formats/onnxPrune';
import { StudioError } from '../../shared/errors';
import { DerivedConstants } from './derived';
import { Value } from './graph';
import { hostOps } from './hostOps';
import { unsupportedNode } from './node';
import { translations } from './translate';

/**
 * EmbedLayerNormalization looks words up itself: the look-up becomes a node of its own, at which the graph can be cut.
 */
function lookUpFirst(nodes: readonly OnnxNode[]): readonly OnnxNode[] {
  return nodes.flatMap((node) => {
    if (node.op !== 'com.microsoft.EmbedLayerNormalization') return [node];
    const [ids = '', segments = '', words = '', ...rest] = node.inputs;
    const found = `${node.outputs[0] ?? ''}/words`;
    return [
      { op: 'Gather', name: `${node.name}/words`, inputs: [words, ids], outputs: [found], attributes: new Map() },
      { ...node, inputs: [found, segments, '', ...rest] },
    ];
  });
}

function readTwice(nodes: readonly OnnxNode[]): Set<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()];
  for (const { op, inputs } of nodes) {
    if (op === 'Shape' || op === 'Size') continue;
    for (const name of new Set(inputs)) (once.has(name) ? twice : once).add(name);
  }
  return twice;
}

export class TowerGraph {
  readonly output: string;
  readonly derived = new DerivedConstants();
  readonly #nodes: readonly OnnxNode[];
  readonly #constants = new Map<string, HostTensor>();
  readonly #opset: number;
  /** Names that several nodes read (not just for their shape). */
  readonly #shared: ReadonlySet<string>;

  /** Throws 'clip-unsupported' where a weight is stored in a form that is not read. */
  constructor(model: OnnxModel, output: string) {
    this.output = output;
    this.#opset = model.opset;
    const needed = ancestorsOf(model.nodes, [output]);
    this.#nodes = lookUpFirst(model.nodes.filter((node) => node.outputs.some((name) => needed.has(name))));
    this.#shared = readTwice(this.#nodes);
    for (const [name, tensor] of model.initializers)
      if (needed.has(name)) this.#constants.set(name, decodeTensor(tensor));
    for (const node of this.#nodes) {
      const results = fold(node, this.#constants);
      for (const [i, name] of node.outputs.entries()) if (results?.[i]) this.#constants.set(name, results[i]);
    }
  }

  /** Constants known without any input: weights and what follows from them. */
  constant(name: string): HostTensor | undefined {
    return this.#constants.get(name);
  }

  get nodes(): readonly OnnxNode[] {
    return this.#nodes;
  }

  /**
   * Builds the twin's graph of the tower's output.
   * @param given values by name: integer inputs as constants, the differentiable input as a value; what they feed is
   * replaced, what
   *   would compute them is left out
   */
  specialize(given: ReadonlyMap<string, Value>): Value {
    const output = this.trace(given).get(this.output);
    if (!output || output.constant) {
      throw new StudioError({
        code: 'clip-unsupported',
        what: 'This CLIP cannot be followed from its input to its embedding.',
        why: `Its output ${this.output} does not depend on the picture or text it is given.`,
        action: 'Use a plain export of the model, or choose another CLIP from the list.',
      });
    }
    return output;
  }

  /** All values that can be computed, by the names that the file gives them. */
  trace(given: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
    const values = new Map<string, Value>(given);
    const valueOf = (name: string): Value | undefined => {
      const known = values.get(name);
      if (known || name === '') return known;
      const constant = this.#constants.get(name);
      if (!constant) return undefined;
      const value = Value.constant(constant);
      values.set(name, value);
      return value;
    };
    for (const node of this.#nodes) {
      if (node.outputs.every((name) => name === '' || values.has(name) || this.#constants.has(name))) continue;
      const inputs = node.inputs.map((name) => valueOf(name));
      // What lies before a value that was given has no inputs of its own any more, and is not needed.
      if (node.inputs.some((name, i) => name !== '' && !inputs[i])) continue;
      for (const [i, value] of translate(node, inputs, this.#opset, this.derived).entries()) {
        const name = node.outputs[i];
        if (!name || !value || values.has(name)) continue;
        if (this.#shared.has(name)) value.share();
        values.set(name, value);
      }
    }
    valueOf(this.output);
    return values;
  }
}

/** Results of a node whose inputs are all in `constants`, else null. Nodes without inputs make constants. */
function fold(node: OnnxNode, constants: ReadonlyMap<string, HostTensor>): HostTensor[] | null {
  const op = hostOps[node.op];
  const inputs = node.inputs.map((name) => (name === '' ? undefined : constants.get(name)));
  if (!op || node.inputs.some((name, i) => name !== '' && !inputs[i])) return null;
  return runHostOp(node, inputs);
}

function runHostOp(node: OnnxNode, inputs: readonly (HostTensor | undefined)[]): HostTensor[] {
  const op = hostOps[node.op];
  if (!op) throw unsupportedNode(node, 'It is not among the operators known here.');
  try {
    return op(inputs, node);
  } catch (cause) {
    throw cause instanceof StudioError
      ? cause
      : unsupportedNode(node, cause instanceof Error ? cause.message : '', cause);
  }
}

function translate(
  node: OnnxNode,
  inputs: readonly (Value | undefined)[],
  opset: number,
  derived: DerivedConstants,
): readonly (Value | undefined)[] {
  const constants = inputs.map((value) => value?.constant ?? undefined);
  if (inputs.every((value) => value === undefined || value.constant !== null))
    return runHostOp(node, constants).map((tensor) => Value.constant(tensor));
  const first = inputs[0];
  // Shapes are known even where contents are not.
  if (node.op === 'Shape' && first)
    return runHostOp(node, [{ kind: 'float', dims: first.shape, data: new Float32Array(0) }]).map((tensor) =>
      Value.constant(tensor),
    );
  if (node.op === 'Size' && first)
    return runHostOp(node, [{ kind: 'float', dims: first.shape, data: new Float32Array(0) }]).map((tensor) =>
      Value.constant(tensor),
    );
  const rule = translations[node.op];
  if (!rule || !first) throw unsupportedNode(node, 'It is not among the operators known here.');
  try {
    const result = rule({ node, inputs, opset, derived }, first);
    return result instanceof Value ? [result] : result;
  } catch (cause) {
    throw cause instanceof StudioError
      ? cause
      : unsupportedNode(node, cause instanceof Error ? cause.message : '', cause);
  }
}
