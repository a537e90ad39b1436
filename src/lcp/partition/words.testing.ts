/**
 * A made-up CLIP space whose meaning is known, for tests of words: pictures that have some attributes (axes), words that
 * name one each, and words that name nothing.
 */
import { CounterRandom } from '../../shared/rng';
import type { WordFeatures } from './wordDirections';

export const d = 64;
const random = new CounterRandom(5, 77);
export const noise = (scale: number): Float64Array => Float64Array.from({ length: d }, () => scale * random.normal());
export const axis = (i: number): Float64Array => Float64Array.from({ length: d }, (_, j) => Number(i === j));
export const unit = (...parts: Float64Array[]): number[] => {
  const sum = Array.from({ length: d }, (_, j) => parts.reduce((all, part) => all + (part[j] ?? 0), 0));
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
};
export const times = (factor: number, vector: Float64Array): Float64Array => vector.map((value) => factor * value);

/** Twelve words that name an axis each, one of them twice, 500 of no meaning to these pictures, 300 invented ones. */
export function vocabulary(): WordFeatures {
  const common = axis(d - 1);
  const named = Array.from({ length: 12 }, (_, i) => ({ word: `axis${i}`, row: unit(common, axis(i), noise(0.02)) }));
  const same = { word: 'twin', row: unit(common, axis(0), noise(0.02)) };
  const vague = (word: string) => ({ word, row: unit(common, noise(0.04)) });
  const words = [...named, same, ...Array.from({ length: 500 }, (_, i) => vague(`vague${i}`))];
  const invented = Array.from({ length: 300 }, () => vague('').row);
  return {
    words: words.map(({ word }) => word),
    features: Float32Array.from([...words.map(({ row }) => row), ...invented].flat()),
    d,
  };
}
