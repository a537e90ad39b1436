/** Float64 references of `scaleChannels` and `pictureDot`. */
type Shape = readonly [batch: number, height: number, width: number, channels: number];

export function scaleChannelsRef(x: Float64Array, s: Float64Array, [, height, width, channels]: Shape): Float64Array {
  return x.map(
    (value, i) => value * (s[Math.floor(i / (height * width * channels)) * channels + (i % channels)] ?? NaN),
  );
}

export function pictureDotRef(x: Float64Array, y: Float64Array, shape: Shape): Float64Array {
  const [batch, height, width, channels] = shape;
  const z = new Float64Array(batch * channels);
  x.forEach((value, i) => {
    const at = Math.floor(i / (height * width * channels)) * channels + (i % channels);
    z[at] = (z[at] ?? 0) + value * (y[i] ?? NaN);
  });
  return z;
}
