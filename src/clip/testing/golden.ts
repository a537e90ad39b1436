/**
 * The pictures of the embedded CLIPs' golden.json, and the comparison with what PyTorch made of them. For tests in Node
 * and in browsers.
 */
import { expect } from 'vitest';
import type { ClipModel } from '../model';

export interface Golden {
  images: { first8: number[]; norm: number }[];
  texts: { text: string; ids: number[]; first8: number[]; norm: number }[];
  cosine: number[][];
}

const COUNT = 4;

/** Already normalised pixels, [4, 3, side, side]. */
export function goldenPixels(side = 64): Float32Array {
  const pixels = new Float32Array(COUNT * 3 * side * side);
  let i = 0;
  for (let n = 0; n < COUNT; n++)
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) pixels[i++] = Math.sin(0.11 * (n + 1) * x + 0.07 * (c + 1) * y + 0.5 * n * c);
  return pixels;
}

/**
 * The same pictures as the twin takes them: before normalisation, channels last. They leave [0, 1], which the tower
 * does not mind.
 */
export function goldenPictures({ mean, std, imageSize }: Pick<ClipModel, 'mean' | 'std' | 'imageSize'>): Float32Array {
  const pixels = goldenPixels(imageSize);
  const plane = imageSize * imageSize;
  return Float32Array.from(pixels, (_, i) => {
    const [n, at, c] = [Math.floor(i / (3 * plane)), Math.floor(i / 3) % plane, i % 3];
    return (pixels[(n * 3 + c) * plane + at] as number) * (std[c] as number) + (mean[c] as number);
  });
}

/** Of an embedding's length: sums of 65 x 192 products in another order differ by a few 1e-6 of it. */
const TOLERANCE = 1e-5;

/** @param features [4, d] */
export function expectGolden(features: Float32Array, { images }: Golden): void {
  const d = features.length / images.length;
  for (const [n, { first8, norm }] of images.entries()) {
    for (const [i, value] of first8.entries())
      expect(Math.abs((features[n * d + i] as number) - value)).toBeLessThan(TOLERANCE * norm);
    expect(Math.abs(Math.hypot(...features.subarray(n * d, (n + 1) * d)) - norm)).toBeLessThan(TOLERANCE * norm);
  }
}
