/** Float64 reference of `conditionalBatchNorm`. x [B, P, C], gain and bias [B, C]. */
export function conditionalBatchNormRef(
  x: Float64Array,
  gain: Float64Array,
  bias: Float64Array,
  {
    images,
    pixels,
    channels,
    epsilon,
    relu,
  }: { images: number; pixels: number; channels: number; epsilon: number; relu: boolean },
): Float64Array {
  const y = new Float64Array(x.length);
  const count = images * pixels;
  for (let c = 0; c < channels; c++) {
    let mean = 0;
    for (let i = 0; i < count; i++) mean += (x[i * channels + c] ?? NaN) / count;
    let variance = 0;
    for (let i = 0; i < count; i++) variance += ((x[i * channels + c] ?? NaN) - mean) ** 2 / count;
    for (let i = 0; i < count; i++) {
      const affine = Math.floor(i / pixels) * channels + c;
      const z =
        (((x[i * channels + c] ?? NaN) - mean) / Math.sqrt(variance + epsilon)) * (gain[affine] ?? NaN) +
        (bias[affine] ?? NaN);
      y[i * channels + c] = relu ? Math.max(0, z) : z;
    }
  }
  return y;
}
