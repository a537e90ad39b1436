/**
 * Where a twin and onnxruntime part: both compute the same inner values by the names that the file gives them, and the
 * first node is searched whose inputs agree and whose result does not. For messages; costs a second session and a dozen
 * runs.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { parseModelProto, type OnnxNode } from '../../formats/onnx';
import { tensorInfo } from '../../formats/onnxBuild';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
} from '../../formats/onnx_pb';
import { openOrtSession, type OrtInput } from '../ortSession';
import { transformerBlocks } from './blocks';
import { madeBy, type Value } from './graph';

/** A tower, opened up: its nodes, and the twin's values by the names of the file. */
export interface TowerInspection {
  readonly nodes: readonly OnnxNode[];
  readonly values: ReadonlyMap<string, Value>;
  /** Name of the embedding. */
  readonly output: string;
  /** What onnxruntime is fed to compute the same. */
  readonly feeds: Readonly<Record<string, OrtInput>>;
  evaluate(value: Value): Promise<Float32Array>;
}

export interface Difference {
  node: OnnxNode;
  /** Such as 'block 2 of 12'. */
  place: string;
  /** The two numbers that differ most. */
  expected: number;
  actual: number;
}

/** Operators whose results are other numbers here (floats) than there (integers). */
const integerResults = new Set(['QuantizeLinear', 'DynamicQuantizeLinear', 'MatMulInteger', 'ConvInteger', 'IsNaN']);

interface Candidate {
  node: OnnxNode;
  name: string;
  value: Value;
}

function candidatesOf({ nodes, values }: TowerInspection): Candidate[] {
  const candidates: Candidate[] = [];
  for (const node of nodes) {
    const [name = ''] = node.outputs;
    const value = values.get(name);
    const unscaled = madeBy(value, 'linear')?.op.quantized === true;
    if (value && !value.constant && !unscaled && !integerResults.has(node.op)) candidates.push({ node, name, value });
  }
  return candidates;
}

/** The model with every candidate among its outputs, as float32 under the name `probe/...`. */
function exposed(model: Uint8Array, names: readonly string[]): Uint8Array {
  const parsed = parseModelProto(model);
  const attribute = [create(AttributeProtoSchema, { name: 'to', type: AttributeType.INT, i: 1n })];
  const casts = names.map((name) =>
    create(NodeProtoSchema, {
      opType: 'Cast',
      name: `probe/${name}`,
      input: [name],
      output: [`probe/${name}`],
      attribute,
    }),
  );
  const outputs = names.map((name) => tensorInfo(`probe/${name}`, null));
  const { graph } = parsed;
  const opened = create(GraphProtoSchema, {
    name: graph.name,
    node: [...graph.node, ...casts],
    initializer: graph.initializer,
    input: graph.input,
    output: [...graph.output, ...outputs],
  });
  return toBinary(ModelProtoSchema, { ...parsed, graph: opened });
}

/** Length of the difference over the length of what is expected. */
function distance(expected: Float32Array, actual: Float32Array): number {
  if (expected.length !== actual.length) return Infinity;
  let [apart, length] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    apart += ((actual[i] as number) - (expected[i] as number)) ** 2;
    length += (expected[i] as number) ** 2;
  }
  return Number.isFinite(apart) ? Math.sqrt(apart / Math.max(length, 1e-30)) : Infinity;
}

function furthest(expected: Float32Array, actual: Float32Array): { expected: number; actual: number } {
  let at = 0;
  const apart = (i: number): number => Math.abs((actual[i] ?? Infinity) - (expected[i] as number)) || 0;
  for (let i = 1; i < expected.length; i++) if (apart(i) > apart(at)) at = i;
  return { expected: expected[at] ?? NaN, actual: actual[at] ?? NaN };
}

/** Which block the nodes from one block's result to the next belong to. */
function placeOf(inspection: TowerInspection, candidates: readonly Candidate[], found: Candidate): string {
  const embedding = inspection.values.get(inspection.output);
  const results = new Set(embedding ? transformerBlocks(embedding) : []);
  const ends = candidates.flatMap(({ value }, i) =>
    results.has(value) || results.has(madeBy(value, 'transpose')?.x as Value) ? [i] : [],
  );
  const at = candidates.indexOf(found);
  const before = ends.filter((end) => end < at).length;
  if (ends.length === 0) return 'its only part';
  return before === ends.length ? 'what comes after the last block' : `block ${before + 1} of ${ends.length}`;
}

/**
 * @param model the ONNX bytes that onnxruntime runs
 * @param tolerance largest distance that still counts as equal
 * @returns null where every inner value that can be compared agrees
 */
export async function firstDifference(
  model: Uint8Array,
  inspection: TowerInspection,
  tolerance: number,
): Promise<Difference | null> {
  const candidates = candidatesOf(inspection);
  const session = await openOrtSession(
    exposed(
      model,
      candidates.map(({ name }) => name),
    ),
  );
  const known = new Map<Candidate, { expected: Float32Array; actual: Float32Array }>();
  const both = async (candidate: Candidate): Promise<{ expected: Float32Array; actual: Float32Array }> => {
    let pair = known.get(candidate);
    if (!pair) {
      pair = {
        expected: (await session.run(inspection.feeds, `probe/${candidate.name}`)).data,
        actual: await inspection.evaluate(candidate.value),
      };
      known.set(candidate, pair);
    }
    return pair;
  };
  const differs = async (candidate: Candidate): Promise<boolean> => {
    const { expected, actual } = await both(candidate);
    return !(distance(expected, actual) <= tolerance);
  };
  try {
    let found = await searched(candidates, differs);
    // Nodes of several branches lie mixed: go up to one whose own inputs agree.
    for (let higher: Candidate | undefined = found ?? undefined; higher;) {
      found = higher;
      higher = undefined;
      for (const input of found.node.inputs) {
        const source = candidates.find(({ name }) => name === input);
        if (source && (await differs(source))) higher = source;
      }
    }
    return (
      found && {
        node: found.node,
        place: placeOf(inspection, candidates, found),
        ...furthest((await both(found)).expected, (await both(found)).actual),
      }
    );
  } finally {
    await session.close();
  }
}

/** A candidate that differs, right behind one that does not; null where the last one agrees. */
async function searched(
  candidates: readonly Candidate[],
  differs: (candidate: Candidate) => Promise<boolean>,
): Promise<Candidate | null> {
  const last = candidates.at(-1);
  if (!last || !(await differs(last))) return null;
  let [agrees, parts] = [-1, candidates.length - 1];
  while (parts - agrees > 1) {
    const middle = (agrees + parts) >> 1;
    if (await differs(candidates[middle] as Candidate)) parts = middle;
    else agrees = middle;
  }
  return candidates[parts] ?? null;
}
