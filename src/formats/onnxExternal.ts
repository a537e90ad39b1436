/**
 * ONNX models whose weights lie in files of their own ("external data": `model.onnx` with `model.onnx_data` beside it).
 * `inlineExternal` puts the weights back into the model, so that everything behind it (onnxruntime, the twin) meets one
 * self-contained file. Every range is checked against the size of its file and against the tensor's shape before it is
 * used. Format: ONNX's ExternalData.md; `external_data` of onnx.proto's TensorProto.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { StudioError } from '../shared/errors';
import { parseModelProto } from './onnx';
import {
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type ModelProto,
  type TensorProto,
} from './onnx_pb';

/** Protocol buffers end here, and so does what a browser's wasm memory can take besides everything else. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Bytes of one number by ONNX element type; 4-bit types pack two into a byte. */
const elementBytes = new Map<number, number>([
  [1, 4],
  [2, 1],
  [3, 1],
  [4, 2],
  [5, 2],
  [6, 4],
  [7, 8],
  [9, 1],
  [10, 2],
  [11, 8],
  [12, 4],
  [13, 8],
  [16, 2],
  [17, 1],
  [18, 1],
  [19, 1],
  [20, 1],
  [21, 0.5],
  [22, 0.5],
]);

interface Range {
  location: string;
  offset: number;
  length: number;
}

const damaged = (why: string): StudioError =>
  new StudioError({
    code: 'clip-damaged',
    what: 'The weights of this ONNX model cannot be read.',
    why,
    action: 'Download the model and its data file again, both from the same place.',
  });

/** What a person is told of a model that is too large, before it is read. */
export function tooLarge(bytes: number): StudioError {
  return new StudioError({
    code: 'clip-unsupported',
    what: 'This CLIP is larger than 2 GB.',
    why: `It has ${(bytes / 1e9).toFixed(1)} GB. Its file format ends at 2 GB, and a browser tab could not hold it beside what it is computed with.`,
    action: 'Use its f16 or 8-bit version, or a smaller CLIP (ViT-B/32 has 0.6 GB).',
  });
}

export function missingData(location: string): StudioError {
  return new StudioError({
    code: 'clip-missing',
    what: `The file ${location} is missing.`,
    why: 'The model keeps its weights there, apart from the .onnx file.',
    action: 'Choose the .onnx file and this file together; it must keep its name.',
  });
}

function tensorsOf({ graph }: ModelProto): TensorProto[] {
  const attributes = (graph?.node ?? []).flatMap((node) =>
    node.attribute.flatMap(({ t, tensors }) => (t ? [t, ...tensors] : tensors)),
  );
  return [...(graph?.initializer ?? []), ...attributes];
}

const isExternal = (tensor: TensorProto): boolean => tensor.dataLocation === TensorProto_DataLocation.EXTERNAL;

function rangeOf(tensor: TensorProto): Range {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  if (location === '') throw damaged(`Tensor ${tensor.name} does not say in which file it lies.`);
  const perElement = elementBytes.get(tensor.dataType);
  if (perElement === undefined)
    throw damaged(`Tensor ${tensor.name} has an element type (${tensor.dataType}) that cannot lie in another file.`);
  const needed = Math.ceil(tensor.dims.reduce((product, dim) => product * Number(dim), 1) * perElement);
  const offset = wholeNumber(entries.get('offset') ?? '0');
  const length = wholeNumber(entries.get('length') ?? String(needed));
  if (offset === null || length === null) throw damaged(`Tensor ${tensor.name} has no valid place in ${location}.`);
  if (length !== needed)
    throw damaged(`Tensor ${tensor.name} takes ${needed} bytes, and ${location} is said to hold ${length} for it.`);
  return { location, offset, length };
}

function wholeNumber(text: string): number | null {
  const value = Number(text);
  return /^\d{1,15}$/.test(text) && Number.isSafeInteger(value) ? value : null;
}

/** The last part of a path: data files lie beside the model and are given by name. */
export const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/**
 * Names of the files in which weights lie, with how much of each is needed; empty for a model of one piece. Throws
 * 'format', 'clip-damaged'.
 */
export function externalFiles(bytes: Uint8Array): Map<string, number> {
  const ends = new Map<string, number>();
  for (const tensor of tensorsOf(parseModelProto(bytes))) {
    if (!isExternal(tensor)) continue;
    const { location, offset, length } = rangeOf(tensor);
    const name = baseName(location);
    ends.set(name, Math.max(ends.get(name) ?? 0, offset + length));
  }
  return ends;
}

/**
 * The model in one piece.
 * @param files contents of the data files by name Throws 'clip-missing' naming a file that is not there, 'clip-damaged'
 * where a range lies outside of its file, 'clip-unsupported' above 2 GB.
 */
export function inlineExternal(bytes: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const model = parseModelProto(bytes);
  const external = tensorsOf(model).filter(isExternal);
  if (external.length === 0) return bytes;
  const ranges = external.map(rangeOf);
  const total = ranges.reduce((sum, { length }) => sum + length, bytes.length);
  if (total > MAX_MODEL_BYTES) throw tooLarge(total);
  external.forEach((tensor, i) => {
    const { location, offset, length } = ranges[i] as Range;
    const file = files.get(baseName(location));
    if (!file) throw missingData(baseName(location));
    if (offset + length > file.length) {
      throw damaged(
        `${baseName(location)} has ${file.length} bytes, and tensor ${tensor.name} should lie up to byte ${offset + length}: the file is cut off, or belongs to another model.`,
      );
    }
    Object.assign(
      tensor,
      create(TensorProtoSchema, {
        ...tensor,
        rawData: file.subarray(offset, offset + length),
        externalData: [],
        dataLocation: TensorProto_DataLocation.DEFAULT,
      }),
    );
  });
  return toBinary(ModelProtoSchema, model);
}
