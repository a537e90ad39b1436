/**
 * Float64 references of the library's operations whose gradients are registered here: each the definition, over output
 * elements.
 */

type Shape = readonly [batch: number, height: number, width: number, channels: number];

/** Output size and leading padding of 'same' for a window of `size` pixels. */
export function samePad(length: number, size: number, stride: number): { out: number; before: number } {
  const out = Math.ceil(length / stride);
  return { out, before: Math.floor(Math.max(0, (out - 1) * stride + size - length) / 2) };
}

/** Calls back for every pixel of every window that is inside the picture. */
function windows(
  [batch, height, width]: Shape,
  size: readonly [number, number],
  stride: number,
  gap: number,
  each: (out: number, from: number, tap: number) => void,
): void {
  const down = samePad(height, (size[0] - 1) * gap + 1, stride);
  const across = samePad(width, (size[1] - 1) * gap + 1, stride);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < down.out; i++)
      for (let j = 0; j < across.out; j++)
        for (let u = 0; u < size[0]; u++)
          for (let v = 0; v < size[1]; v++) {
            const [row, column] = [i * stride - down.before + u * gap, j * stride - across.before + v * gap];
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            each((b * down.out + i) * across.out + j, (b * height + row) * width + column, u * size[1] + v);
          }
}

function outputPixels([batch, height, width]: Shape, size: readonly [number, number], stride: number, gap = 1): number {
  return (
    batch * samePad(height, (size[0] - 1) * gap + 1, stride).out * samePad(width, (size[1] - 1) * gap + 1, stride).out
  );
}

/** 'same' padding; filter [size, size, inputs, outputs]. */
export function dilatedConvRef(
  x: Float64Array,
  filter: Float64Array,
  shape: Shape,
  size: readonly [number, number],
  outputs: number,
  gap: number,
): Float64Array {
  const inputs = shape[3];
  const y = new Float64Array(outputPixels(shape, size, 1, gap) * outputs);
  windows(shape, size, 1, gap, (out, from, tap) => {
    for (let c = 0; c < inputs; c++)
      for (let o = 0; o < outputs; o++)
        y[out * outputs + o] =
          (y[out * outputs + o] ?? 0) +
          (x[from * inputs + c] ?? NaN) * (filter[(tap * inputs + c) * outputs + o] ?? NaN);
  });
  return y;
}

/** 'same' padding; filter [size, size, channels, 1]. */
export function depthwiseRef(
  x: Float64Array,
  filter: Float64Array,
  shape: Shape,
  size: readonly [number, number],
  stride: number,
): Float64Array {
  const channels = shape[3];
  const y = new Float64Array(outputPixels(shape, size, stride) * channels);
  windows(shape, size, stride, 1, (out, from, tap) => {
    for (let c = 0; c < channels; c++)
      y[out * channels + c] =
        (y[out * channels + c] ?? 0) + (x[from * channels + c] ?? NaN) * (filter[tap * channels + c] ?? NaN);
  });
  return y;
}

/** 'same' padding; means over the pixels that are inside. */
export function pooledRef(
  x: Float64Array,
  shape: Shape,
  size: readonly [number, number],
  stride: number,
  kind: 'mean' | 'max',
): Float64Array {
  const channels = shape[3];
  const lists = Array.from({ length: outputPixels(shape, size, stride) * channels }, () => [] as number[]);
  windows(shape, size, stride, 1, (out, from) => {
    for (let c = 0; c < channels; c++) lists[out * channels + c]?.push(x[from * channels + c] ?? NaN);
  });
  return Float64Array.from(lists, (list) =>
    kind === 'max' ? Math.max(...list) : list.reduce((a, b) => a + b, 0) / list.length,
  );
}

/** `image.transform`, bilinear, with a constant outside; one affine row (a1 a2 a3 b1 b2 b3) for all pictures. */
export function transformRef(
  x: Float64Array,
  [batch, height, width, channels]: Shape,
  row: readonly number[],
  outside: number,
): Float64Array {
  const [a1 = NaN, a2 = NaN, a3 = NaN, b1 = NaN, b2 = NaN, b3 = NaN] = row;
  const y = new Float64Array(x.length);
  for (let at = 0; at < y.length; at++) {
    const c = at % channels;
    const j = Math.floor(at / channels) % width;
    const i = Math.floor(at / channels / width) % height;
    const b = Math.floor(at / channels / width / height) % batch;
    const [u, v] = [a1 * j + a2 * i + a3, b1 * j + b2 * i + b3];
    for (const m of [Math.floor(v), Math.floor(v) + 1]) {
      for (const n of [Math.floor(u), Math.floor(u) + 1]) {
        const inside = m >= 0 && n >= 0 && m < height && n < width;
        y[at] =
          (y[at] ?? 0) +
          (1 - Math.abs(u - n)) *
            (1 - Math.abs(v - m)) *
            (inside ? (x[((b * height + m) * width + n) * channels + c] ?? NaN) : outside);
      }
    }
  }
  return y;
}
