/**
 * Pixels to the image tower's input. Resizing and cropping happen where pictures are decoded; here 8-bit pictures of
 * the right size become normalised floats, `(x / 255 - mean) / std`, channel planes first (NCHW).
 */
import type { ClipModel } from './model';

export type ClipPreprocessing = Pick<ClipModel, 'imageSize' | 'mean' | 'std'>;

/**
 * @param rgb n pictures one after the other, [n, s, s, 3] 8-bit RGB with s = imageSize
 * @returns [n, 3, s, s]
 */
export function toClipInput(rgb: Uint8Array, { imageSize, mean, std }: ClipPreprocessing): Float32Array {
  const plane = imageSize * imageSize;
  const pictures = rgb.length / (plane * 3);
  if (!Number.isInteger(pictures))
    throw new RangeError(`${rgb.length} bytes are not pictures of ${imageSize} x ${imageSize} RGB.`);
  const out = new Float32Array(rgb.length);
  for (let c = 0; c < 3; c++) {
    const normalized = Float32Array.from(
      { length: 256 },
      (_, value) => (value / 255 - (mean[c] as number)) / (std[c] as number),
    );
    for (let n = 0; n < pictures; n++) {
      const to = (n * 3 + c) * plane;
      const from = n * 3 * plane + c;
      for (let i = 0; i < plane; i++) out[to + i] = normalized[rgb[from + i * 3] as number] as number;
    }
  }
  return out;
}

/** Pictures [n, size, size, 3] flipped left to right. */
export function mirrored(rgb: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(rgb.length);
  const width = size * 3;
  for (let row = 0; row < rgb.length; row += width) {
    for (let to = row, from = row + width - 3; to < row + width; to += 3, from -= 3) {
      out[to] = rgb[from] as number;
      out[to + 1] = rgb[from + 1] as number;
      out[to + 2] = rgb[from + 2] as number;
    }
  }
  return out;
}
