/** Arrays one after the other, in one. */

/** Bytes of all parts in a new array; parts may be plain lists of bytes. */
export function joinedBytes(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  return fill(new Uint8Array(total(parts)), parts);
}

/** Numbers of all parts in a new array. */
export function joinedFloats(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  return fill(new Float32Array(total(parts)), parts);
}

const total = (parts: readonly ArrayLike<number>[]): number => parts.reduce((sum, { length }) => sum + length, 0);

function fill<T extends Uint8Array | Float32Array>(whole: T, parts: readonly ArrayLike<number>[]): T {
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
