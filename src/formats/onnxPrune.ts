/**
 * Cuts an ONNX model down to what some of its outputs need: nodes, weights and inputs. Used to take one tower out of a
 * file that holds two. Weights are not decoded; the result is a valid model of the same version.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import type { OnnxModel } from './onnx';
import { parseModelProto } from './onnx';
import { GraphProtoSchema, ModelProtoSchema } from './onnx_pb';

/** Names of every value that `outputs` depend on, themselves included. */
export function ancestorsOf(
  nodes: readonly { readonly inputs: readonly string[]; readonly outputs: readonly string[] }[],
  outputs: readonly string[],
): Set<string> {
  const needed = new Set(outputs);
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    for (const name of [...node.inputs, ...node.outputs]) if (name !== '') needed.add(name);
  }
  return needed;
}

/** Graph inputs (without initializers) that `output` depends on. */
export function inputsOf(model: OnnxModel, output: string): string[] {
  const needed = ancestorsOf(model.nodes, [output]);
  return model.inputs.filter((input) => needed.has(input.name)).map((input) => input.name);
}

/** The model with `outputs` as its only outputs; throws 'format' where `bytes` are no ONNX model. */
export function pruneOnnx(bytes: Uint8Array, outputs: readonly string[]): Uint8Array {
  const model = parseModelProto(bytes);
  const { graph } = model;
  const needed = ancestorsOf(
    graph.node.map((node) => ({ inputs: node.input, outputs: node.output })),
    outputs,
  );
  const pruned = create(GraphProtoSchema, {
    name: graph.name,
    node: graph.node.filter((node) => node.output.some((name) => needed.has(name))),
    initializer: graph.initializer.filter((tensor) => needed.has(tensor.name)),
    input: graph.input.filter((input) => needed.has(input.name)),
    output: graph.output.filter((output) => outputs.includes(output.name)),
  });
  return toBinary(ModelProtoSchema, { ...model, graph: pruned });
}
