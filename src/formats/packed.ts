/**
 * Plain data with typed arrays in it as bytes, and back to the bit: a safetensors file whose tensors are the arrays'
 * bytes, and whose metadata say in JSON where they belong. The same data gives the same bytes.
 */
import { readSafetensors, writeSafetensors, type SafeTensor } from './safetensors';

const kinds = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array } as const;
type Kind = keyof typeof kinds;

/** Stands in the JSON for an array: its type, and the name of its tensor. */
interface Place {
  $array: string;
  kind: Kind;
}

const field = 'value';
const isPlace = (value: unknown): value is Place => typeof value === 'object' && value !== null && '$array' in value;

/**
 * @param value objects, arrays, strings, booleans, null, numbers and typed arrays; fields that are undefined are left out
 * @throws RangeError where JSON would not give a number back (not finite, or -0), or for another kind of array
 */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, SafeTensor>();
  const text = JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === 'number' && (!Number.isFinite(each) || Object.is(each, -0)))
      throw new RangeError(`JSON does not hold the number ${each}`);
    if (!ArrayBuffer.isView(each)) return each;
    const kind = each.constructor.name;
    if (!Object.hasOwn(kinds, kind)) throw new RangeError(`a ${kind} cannot be packed`);
    const name = String(tensors.size);
    const { buffer, byteOffset, byteLength } = each;
    tensors.set(name, { dtype: 'U8', shape: [byteLength], data: new Uint8Array(buffer, byteOffset, byteLength) });
    return { $array: name, kind } as Place;
  });
  return writeSafetensors(tensors, new Map([[field, text]]));
}

/** @throws StudioError format, or SyntaxError or RangeError, where the bytes are not what `pack` gave */
export function unpack(bytes: Uint8Array): unknown {
  const { tensors, metadata } = readSafetensors(bytes);
  return JSON.parse(metadata.get(field) ?? '', (_key, each: unknown) => {
    if (!isPlace(each)) return each;
    const data = tensors.get(each.$array)?.data;
    if (!data || !Object.hasOwn(kinds, each.kind)) throw new RangeError('an array is missing');
    return new kinds[each.kind](data.buffer as ArrayBuffer);
  });
}
