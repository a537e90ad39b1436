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
export function numbersOf(
  node: NodeLike,
  input: HostTensor | undefined,
  attribute: string,
): readonly number[] | undefined {
  return input ? Array.from(input.data) : attributeNumbers(node, attribute);
}

/** What to use in place of a file with this operator. */
function insteadOf(op: string): string {
  const name = op.replace(/^com\.microsoft\./, '');
  if (/^(Q[A-Z]|QLinear|QAttention|.*Integer|.*Quantize)/.test(name))
    return 'Use the f32 or f16 version of the model (usually model.onnx or model_fp16.onnx) in place of this quantised one';
  if (['If', 'Loop', 'Scan', 'NonZero', 'SequenceAt', 'TopK'].includes(name))
    return 'Export the model again in evaluation mode, without control flow (torch.onnx.export or optimum-cli export onnx)';
  if (op.includes('.')) return 'Use the file from before it was optimised for one runtime (usually model.onnx)';
  return 'Use a plain export of the model (f32 or f16, one file a tower, for example by optimum-cli export onnx)';
}

/** The error for a graph that the twin cannot follow. */
export function unsupportedNode(node: NodeLike, why: string, cause?: unknown): StudioError {
  return new StudioError(
    {
      code: 'clip-unsupported',
      what: `This CLIP uses the operator ${node.op} (node ${node.name || node.outputs[0] || 'without a name'}) in a way that is not supported.`,
      why,
      action: `${insteadOf(node.op)}, or choose another CLIP from the list.`,
      detail: `operator ${node.op}, node ${node.name}`,
    },
    { cause },
  );
}
