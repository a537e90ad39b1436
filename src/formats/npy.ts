/**
 * NumPy's file format, version 1.0, writing only: a magic number, a header that is a Python literal padded to 64 bytes,
 * and the values, row-major, little-endian.
 */

/** @throws RangeError when the values do not fill the shape */
export function writeNpy(values: Uint8Array | Int32Array, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  if (values.length !== shape.reduce((product, side) => product * side, 1))
    throw new RangeError(`${values.length} values for [${shape.join()}]`);
  const type = values instanceof Uint8Array ? '|u1' : '<i4';
  const sides = shape.map((side) => `${side},`).join(' ');
  const literal = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }`;
  const prefix = 10;
  const header = literal.padEnd(64 * Math.ceil((prefix + literal.length + 1) / 64) - prefix - 1) + '\n';
  const bytes = new Uint8Array(prefix + header.length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), prefix);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), prefix + header.length);
  return bytes;
}
