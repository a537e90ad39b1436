/** IEEE 754 binary16 ("half") to and from binary32. */

let table: Float32Array | undefined;

/** Exact. */
export function halvesToFloats(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, bits) => {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction
            ? NaN
            : Infinity
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return bits & 32768 ? -size : size;
  });
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i] as number] as number;
  return floats;
}

/** Rounded to the nearest half, ties to even; beyond 65,504 (plus half a step) infinite. */
export function floatsToHalves(floats: Float32Array): Uint16Array {
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < floats.length; i++) {
    const value = Math.abs(floats[i] as number);
    const sign = ((words[i] as number) >>> 16) & 0x8000;
    halves[i] =
      sign |
      (Number.isNaN(value)
        ? 0x7e00
        : value >= 65520
          ? 0x7c00
          : magnitude(value, (((words[i] as number) >>> 23) & 255) - 127));
  }
  return halves;
}

/** Bits of a value in [0, 65520) with the given binary exponent. */
function magnitude(value: number, exponent: number): number {
  const scale = Math.max(exponent, -14);
  // In units of the last place: 1024 .. 2048 for normal numbers, below for subnormal ones. A carry into 2048 is the
  // next exponent's 1024.
  const units = value * 2 ** (10 - scale);
  const below = Math.floor(units);
  const rest = units - below;
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
  return (scale + 14) * 1024 + rounded;
}
