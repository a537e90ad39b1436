/**
 * Float64 reference of `diffAugment`, step by step as the policies are published: colour, then translation, then
 * cut-out.
 */
import type { DiffAugmentPolicy } from './kernels';

type Shape = readonly [batch: number, height: number, width: number, channels: number];

const integerBelow = (draw: number, count: number): number =>
  Math.min(Math.floor(Math.fround(Math.fround(draw) * count)), count - 1);
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

function colored(picture: Float64Array, channels: number, draws: Float64Array): Float64Array {
  const [brightness = NaN, saturation = NaN, contrast = NaN] = draws;
  const bright = picture.map((value) => value + brightness - 0.5);
  const saturated = bright.map((value, i) => {
    const first = i - (i % channels);
    const grey = mean(bright.subarray(first, first + channels));
    return (value - grey) * 2 * saturation + grey;
  });
  const level = mean(saturated);
  return saturated.map((value) => (value - level) * (contrast + 0.5) + level);
}

export function diffAugmentRef(
  x: Float64Array,
  draws: Float64Array,
  [batch, height, width, channels]: Shape,
  { color, translation, cutout }: DiffAugmentPolicy,
): Float64Array {
  const size = height * width * channels;
  const y = new Float64Array(batch * size);
  for (let b = 0; b < batch; b++) {
    const own = draws.subarray(8 * b, 8 * b + 8);
    const picture = color
      ? colored(x.subarray(b * size, (b + 1) * size), channels, own)
      : x.subarray(b * size, (b + 1) * size);
    const [reachY, reachX] = [Math.floor(height / 8 + 0.5), Math.floor(width / 8 + 0.5)];
    const shiftY = translation ? integerBelow(own[3] ?? NaN, 2 * reachY + 1) - reachY : 0;
    const shiftX = translation ? integerBelow(own[4] ?? NaN, 2 * reachX + 1) - reachX : 0;
    const [cutHeight, cutWidth] = [Math.floor(height / 2 + 0.5), Math.floor(width / 2 + 0.5)];
    const cutTop = integerBelow(own[5] ?? NaN, height + 1 - (cutHeight % 2)) - Math.floor(cutHeight / 2);
    const cutLeft = integerBelow(own[6] ?? NaN, width + 1 - (cutWidth % 2)) - Math.floor(cutWidth / 2);
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const [row, column] = [i + shiftY, j + shiftX];
        if (row < 0 || column < 0 || row >= height || column >= width) continue;
        if (cutout && i >= cutTop && i < cutTop + cutHeight && j >= cutLeft && j < cutLeft + cutWidth) continue;
        for (let c = 0; c < channels; c++)
          y[b * size + (i * width + j) * channels + c] = picture[(row * width + column) * channels + c] ?? NaN;
      }
    }
  }
  return y;
}
