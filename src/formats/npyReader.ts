/**
 * NumPy's file format, reading: the header of versions 1 to 3, and values as numbers. Only plain numbers and texts:
 * arrays of Python objects are pickles, and are refused.
 */
export interface NpyHeader {
  /** Letter and bytes of an item: 'u1', 'f4', 'U12'. */
  kind: string;
  bytesEach: number;
  little: boolean;
  fortran: boolean;
  shape: number[];
  /** Where the values begin. */
  offset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

export const isNpy = (head: Uint8Array): boolean => MAGIC.every((byte, at) => head[at] === byte);

/** @param head the first bytes of a file, 64 KiB of them or all. @throws RangeError where it is none */
export function readNpyHeader(head: Uint8Array): NpyHeader {
  if (!isNpy(head) || head.length < 12) throw new RangeError('It is no NumPy file.');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const long = (head[6] ?? 1) > 1;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const offset = (long ? 12 : 10) + length;
  if (offset > head.length) throw new RangeError('Its header is cut off.');
  const literal = new TextDecoder().decode(head.subarray(long ? 12 : 10, offset));
  const descr = /'descr':\s*'([<>|=])([a-zA-Z])(\d+)'/.exec(literal);
  const shape = /'shape':\s*\(([\d\s,L]*)\)/.exec(literal)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(literal)?.[1];
  if (!descr || shape === undefined || fortran === undefined)
    throw new RangeError('It holds other things than numbers.');
  const letter = descr[2] ?? '';
  const size = Number(descr[3]);
  if (!'biufUS'.includes(letter)) throw new RangeError('It holds Python objects, which are not opened.');
  return {
    kind: `${letter}${size}`,
    bytesEach: letter === 'U' ? size * 4 : size,
    little: descr[1] !== '>',
    fortran: fortran === 'True',
    shape: (shape.match(/\d+/g) ?? []).map(Number),
    offset,
  };
}

/** Reads item `index` of the bytes behind the header. */
export function npyNumber({ kind, bytesEach, little }: NpyHeader, view: DataView, index: number): number {
  const at = index * bytesEach;
  switch (kind) {
    case 'u1':
    case 'b1':
      return view.getUint8(at);
    case 'i1':
      return view.getInt8(at);
    case 'u2':
      return view.getUint16(at, little);
    case 'i2':
      return view.getInt16(at, little);
    case 'u4':
      return view.getUint32(at, little);
    case 'i4':
      return view.getInt32(at, little);
    case 'u8':
      return Number(view.getBigUint64(at, little));
    case 'i8':
      return Number(view.getBigInt64(at, little));
    case 'f4':
      return view.getFloat32(at, little);
    case 'f8':
      return view.getFloat64(at, little);
    default:
      throw new RangeError(`Its values are of a kind that is not read here (${kind}).`);
  }
}

/** Item `index` of an array of texts. */
export function npyText({ kind, bytesEach, little }: NpyHeader, view: DataView, index: number): string {
  let text = '';
  const wide = kind.startsWith('U');
  for (let at = index * bytesEach; at < (index + 1) * bytesEach; at += wide ? 4 : 1) {
    const code = wide ? view.getUint32(at, little) : view.getUint8(at);
    if (code === 0) break;
    text += String.fromCodePoint(Math.min(code, 0x10ffff));
  }
  return text;
}
