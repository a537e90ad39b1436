/** Float64 reference of `addNoise`. */
export function addNoiseRef(
  x: Float64Array,
  noise: Float64Array,
  strength: Float64Array,
  channels: number,
): Float64Array {
  return x.map((value, i) => value + (strength[0] ?? NaN) * (noise[Math.floor(i / channels)] ?? NaN));
}
