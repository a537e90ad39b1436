import { describe, expect, it } from 'vitest';
import { makeFeatures } from './features.testing';
import { featurePlane, laidInto, withoutGap } from './featureMap';

const d = 12;
const made = makeFeatures({ d, counts: [[30], [30]], noise: 0.1 });

describe('the plane of the features', () => {
  const plane = featurePlane(made.features, d, 3);
  const points = laidInto(plane, made.features);

  it('has orthogonal unit axes that spread the pictures, most along the first', () => {
    const dot = (a: number, b: number): number =>
      Array.from({ length: d }, (_, j) => (plane.axes[a * d + j] ?? 0) * (plane.axes[b * d + j] ?? 0)).reduce(
        (x, y) => x + y,
      );
    expect(dot(0, 0)).toBeCloseTo(1, 5);
    expect(dot(0, 1)).toBeCloseTo(0, 3);
    const spread = (axis: number): number =>
      Array.from({ length: 60 }, (_, i) => (points[i * 3 + axis] ?? 0) ** 2).reduce((x, y) => x + y);
    expect(spread(0)).toBeGreaterThan(spread(1));
    expect(spread(1)).toBeGreaterThan(spread(2));
  });

  it('tells classes apart', () => {
    const sides = Array.from(made.classes, (c, i) => Math.sign(points[i * 3] ?? 0) * (c === 0 ? 1 : -1));
    expect(Math.abs(sides.reduce((x, y) => x + y))).toBe(60);
  });
});

it('prompts without the gap have the mean of the pictures, and their own differences', () => {
  const prompts = Float32Array.of(10, 0, 12, 0);
  const centres = [1, 5, 1, 7];
  expect([...withoutGap(prompts, prompts, centres, 2)]).toEqual([0, 6, 2, 6]);
  // Earlier ones are moved alike, so that what is left between them and the present ones is how far these have come.
  expect([...withoutGap(Float32Array.of(9, 0), prompts, centres, 2)]).toEqual([-1, 6]);
});
