/** Float64 references of resampling: each the definition, written over output pixels. */
import { resizeMatrix, type ResizeMethod } from './resizeMatrix';

type Shape = readonly [batch: number, height: number, width: number, channels: number];

export function upsampleNearest2xRef(x: Float64Array, [batch, height, width, channels]: Shape): Float64Array {
  const y = new Float64Array(4 * x.length);
  for (let i = 0; i < y.length; i++) {
    const c = i % channels;
    const column = Math.floor(i / channels) % (2 * width);
    const line = Math.floor(i / channels / (2 * width)) % (2 * height);
    const b = Math.floor(i / channels / (4 * width * height)) % batch;
    y[i] = x[((b * height + (line >> 1)) * width + (column >> 1)) * channels + c] ?? NaN;
  }
  return y;
}

export function avgPool2xRef(x: Float64Array, [, height, width, channels]: Shape): Float64Array {
  const y = new Float64Array(x.length / 4);
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    const column = Math.floor(i / channels) % width;
    const line = Math.floor(i / channels / width) % height;
    const b = Math.floor(i / channels / (width * height));
    const at = ((b * (height / 2) + (line >> 1)) * (width / 2) + (column >> 1)) * channels + c;
    y[at] = (y[at] ?? 0) + (x[i] ?? NaN) / 4;
  }
  return y;
}

export function avgPoolRef(
  x: Float64Array,
  [batch, height, width, channels]: Shape,
  size: number,
  stride: number,
  padding: number,
): Float64Array {
  const [rows, columns] = [height, width].map((length) => Math.floor((length + 2 * padding - size) / stride) + 1) as [
    number,
    number,
  ];
  return Float64Array.from({ length: batch * rows * columns * channels }, (_, i) => {
    const place = Math.floor(i / channels);
    const [top, left] = [(Math.floor(place / columns) % rows) * stride - padding, (place % columns) * stride - padding];
    let total = 0;
    for (let row = Math.max(0, top); row < Math.min(height, top + size); row++)
      for (let column = Math.max(0, left); column < Math.min(width, left + size); column++)
        total +=
          x[((Math.floor(place / columns / rows) * height + row) * width + column) * channels + (i % channels)] ?? NaN;
    return total / size ** 2;
  });
}

export function resizeRef(
  x: Float64Array,
  [batch, height, width, channels]: Shape,
  outHeight: number,
  outWidth: number,
  method: ResizeMethod,
): Float64Array {
  const down = resizeMatrix(height, outHeight, method);
  const across = resizeMatrix(width, outWidth, method);
  const y = new Float64Array(batch * outHeight * outWidth * channels);
  for (let b = 0; b < batch; b++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let ow = 0; ow < outWidth; ow++)
        for (let ih = 0; ih < height; ih++)
          for (let iw = 0; iw < width; iw++) {
            const weight = (down[oh * height + ih] ?? NaN) * (across[ow * width + iw] ?? NaN);
            for (let c = 0; c < channels; c++) {
              const at = ((b * outHeight + oh) * outWidth + ow) * channels + c;
              y[at] = (y[at] ?? 0) + weight * (x[((b * height + ih) * width + iw) * channels + c] ?? NaN);
            }
          }
  return y;
}
