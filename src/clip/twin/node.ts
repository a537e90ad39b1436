/** A node of the graph as operators see it: its name for messages, its attributes with defaults. */
import type { AttributeValue, HostTensor } from '../../formats/onnx';
import { StudioError } from '../../shared/errors';

export interface NodeLike {
  readonly op: string;
  readonly name: string;
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export function attributeNumber(node: NodeLike, name: string, otherwise: number): number {
  const value = node.attributes.get(name);
  return typeof value === 'number' ? value : otherwise;
}

export function attributeNumbers(node: NodeLike, name: string): readonly number[] | undefined {
  const value = node.attributes.get(name);
  return Array.isArray(value) && typeof value[0] !== 'string' ? (value as readonly number[]) : undefined;
}

/** The numbers that an operator takes as an input in newer operator sets and as an attribute in older ones. */
export function numbersOf(node: NodeLike, input: HostTensor | undefined, attribute: string): readonly number[] | undefined {
  return input ? Array.from(input.data) : attributeNumbers(node, attribute);
}

/** The error for a graph that the twin cannot follow. */
export function unsupportedNode(node: NodeLike, why: string, cause?: unknown): StudioError {
  return new StudioError(
    {
      code: 'clip-unsupported',
      what: `This CLIP uses the operator ${node.op} in a way that is not supported.`,
      why,
      action: 'Use a plain export of the model (f32 or f16, one file a tower), or choose another CLIP from the list.',
      detail: `operator ${node.op}, node ${node.name}`,
    },
    { cause },
  );
}
