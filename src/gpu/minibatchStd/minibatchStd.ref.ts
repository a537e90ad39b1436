/** Float64 reference of `minibatchStd`, by definition. */

type Shape = readonly [batch: number, height: number, width: number, depth: number];

export function minibatchStdRef(
  x: Float64Array,
  [batch, height, width, depth]: Shape,
  group: number,
  channels: number,
): Float64Array {
  const size = Math.min(group, batch);
  const groups = batch / size;
  const run = depth / channels;
  const deviations = new Float64Array(groups * channels);
  for (let n = 0; n < groups; n++)
    for (let pixel = 0; pixel < height * width; pixel++)
      for (let c = 0; c < depth; c++) {
        const values = Array.from(
          { length: size },
          (_, g) => x[((g * groups + n) * height * width + pixel) * depth + c] ?? NaN,
        );
        const mean = values.reduce((a, b) => a + b, 0) / size;
        const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / size + 1e-8);
        const at = n * channels + Math.floor(c / run);
        deviations[at] = (deviations[at] ?? 0) + deviation / (height * width * run);
      }
  return Float64Array.from({ length: batch * height * width * (depth + channels) }, (_, i) => {
    const c = i % (depth + channels);
    const place = Math.floor(i / (depth + channels));
    const picture = Math.floor(place / (height * width));
    return (c < depth ? x[place * depth + c] : deviations[(picture % groups) * channels + c - depth]) ?? NaN;
  });
}
