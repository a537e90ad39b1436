/**
 * Safetensors: named arrays and strings in one file that is safe to open. Layout: header length (u64, little endian),
 * header (JSON: name -> dtype, shape, data_offsets; `__metadata__` -> strings), then the arrays' bytes, little endian,
 * row-major, without gaps.
 *
 * Reading is strict: lengths and offsets must agree with the file to the byte, every byte belongs to exactly one
 * tensor, no name comes twice, and no more bytes are allocated for arrays than the file holds. Writing pads the header
 * so that every array starts at a multiple of its element size.
 */
import { StudioError } from '../shared/errors';
import { HeaderProblem, metadataKey, parseHeader, quoted, type Header, type HeaderEntry } from './safetensorsHeader';

/** Half floats come as their 16 bits. */
export type SafeTensor = { shape: readonly number[] } & (
  | { dtype: 'F32'; data: Float32Array }
  | { dtype: 'F16'; data: Uint16Array }
  | { dtype: 'I32'; data: Int32Array }
  | { dtype: 'I64'; data: BigInt64Array }
  | { dtype: 'U8'; data: Uint8Array }
);
export type SafeDtype = SafeTensor['dtype'];

export interface SafetensorsFile {
  tensors: Map<string, SafeTensor>;
  metadata: Map<string, string>;
}

const elementBytes: Record<SafeDtype, number> = { F32: 4, F16: 2, I32: 4, I64: 8, U8: 1 };
const lengthBytes = 8;
const alignment = 8;
/** The format's own limit. */
const maxHeaderBytes = 100_000_000;

function isDtype(name: string): name is SafeDtype {
  return Object.hasOwn(elementBytes, name);
}

/** Number of elements; NaN where it cannot be counted exactly. */
function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const side of shape) {
    count *= side;
    if (!Number.isSafeInteger(count)) return NaN;
  }
  return count;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/**
 * @param tensors written with the widest elements first and otherwise in this order
 * @throws RangeError when an array does not fill its shape, or has the reserved name `__metadata__`
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const order = [...tensors].toSorted(([, a], [, b]) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  let end = 0;
  const entries = order.map(([name, { dtype, shape, data }]) => {
    if (name === metadataKey) throw new RangeError(`a tensor cannot be named ${metadataKey}`);
    if (elementCount(shape) !== data.length)
      throw new RangeError(`${quoted(name)} is [${shape.join()}] and has ${data.length} values`);
    const begin = end;
    end += data.byteLength;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`;
  });
  if (metadata.size > 0) entries.unshift(`"${metadataKey}":${JSON.stringify(Object.fromEntries(metadata))}`);
  const header = new TextEncoder().encode(`{${entries.join(',')}}`);
  const dataStart = Math.ceil((lengthBytes + header.length) / alignment) * alignment;
  const file = new Uint8Array(dataStart + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - lengthBytes), true);
  file.fill(0x20, lengthBytes, dataStart);
  file.set(header, lengthBytes);
  let position = dataStart;
  for (const [, { data }] of order) {
    file.set(bytesOf(data), position);
    position += data.byteLength;
  }
  return file;
}

function readHeader(bytes: Uint8Array): { header: Header; data: Uint8Array } {
  if (bytes.length < lengthBytes) throw new HeaderProblem('it is too short');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, lengthBytes).getBigUint64(0, true));
  if (length > bytes.length - lengthBytes)
    throw new HeaderProblem('its header is longer than the file: it may have been cut off, or be another kind of file');
  if (length > maxHeaderBytes) throw new HeaderProblem('its header is longer than the format allows');
  const start = lengthBytes + length;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(lengthBytes, start));
  } catch {
    throw new HeaderProblem('its header is not UTF-8 text');
  }
  if (!text.startsWith('{')) throw new HeaderProblem('it does not start like a safetensors file');
  return { header: parseHeader(text), data: bytes.subarray(start) };
}

/** Every byte must belong to exactly one tensor. */
function checkPlaces(entries: ReadonlyMap<string, HeaderEntry>, dataBytes: number): void {
  let end = 0;
  const inOrder = [...entries].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, entry] of inOrder) {
    if (entry.begin !== end)
      throw new HeaderProblem(
        `tensor ${quoted(name)} ${entry.begin < end ? 'overlaps another' : 'leaves a gap before it'}`,
      );
    if (entry.end < entry.begin || entry.end > dataBytes)
      throw new HeaderProblem(`tensor ${quoted(name)} reaches beyond the file: it may have been cut off`);
    end = entry.end;
  }
  if (end !== dataBytes) throw new HeaderProblem('bytes at its end belong to no tensor');
}

function readTensor(name: string, { dtype, shape, begin, end }: HeaderEntry, data: Uint8Array): SafeTensor {
  if (!isDtype(dtype))
    throw new HeaderProblem(`tensor ${quoted(name)} has the type ${quoted(dtype)}, which the studio does not read`);
  if (elementCount(shape) * elementBytes[dtype] !== end - begin)
    throw new HeaderProblem(`tensor ${quoted(name)} does not have the size that its shape says`);
  // A copy in a buffer of its own. (Node's Buffer has a `slice` that does not copy.)
  const { buffer } = new Uint8Array(data.subarray(begin, end));
  switch (dtype) {
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer) };
    case 'F16':
      return { dtype, shape, data: new Uint16Array(buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(buffer) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(buffer) };
    case 'U8':
      return { dtype, shape, data: new Uint8Array(buffer) };
  }
}

/**
 * @returns copies of the arrays, in the header's order
 * @throws StudioError format
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  try {
    const { header, data } = readHeader(bytes);
    checkPlaces(header.entries, data.length);
    const tensors = new Map([...header.entries].map(([name, entry]) => [name, readTensor(name, entry, data)]));
    return { tensors, metadata: header.metadata };
  } catch (error) {
    if (!(error instanceof HeaderProblem)) throw error;
    throw new StudioError(
      {
        code: 'format',
        what: 'This safetensors file cannot be read.',
        why: `Because ${error.message}.`,
        action: 'Use the file exactly as it was exported; if it was downloaded or copied, fetch it again.',
      },
      { cause: error },
    );
  }
}
