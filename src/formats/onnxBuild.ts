/** What every ONNX model that is written here needs: its inputs and outputs described, and its graph wrapped up. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type ValueInfoProto,
} from './onnx_pb';

/** TensorProto.DataType.FLOAT. */
const float = 1;

/** A side by number, by a name (alike wherever the name stands), or open. */
export type Side = number | string | null;

function dimension(side: Side) {
  if (side === null) return {};
  if (typeof side === 'number') return { value: { case: 'dimValue' as const, value: BigInt(side) } };
  return { value: { case: 'dimParam' as const, value: side } };
}

/**
 * An input or output.
 * @param sides of its shape; null where all of it is open
 */
export function tensorInfo(name: string, sides: readonly Side[] | null, elemType = float): ValueInfoProto {
  const shape = sides && { shape: { dim: sides.map(dimension) } };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, ...shape } } },
  });
}

/** The model file of a graph. */
export function modelBytes(graph: GraphProto, opset = 17): Uint8Array<ArrayBuffer> {
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }));
}
