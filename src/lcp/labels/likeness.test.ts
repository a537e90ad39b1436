import { expect, it } from 'vitest';
import { runNow } from '../../shared/cooperative';
import { likenessTo } from './likeness';

it('is the cosine to the nearest of the pictures about the mean of all, and nothing for what could not be read', () => {
  const rows = [
    [1, 0, 0.2],
    [0.9, 0.3, 0.1],
    [0, 1, 0.1],
    [0.2, 0.1, 1],
    [0, 0, 0],
  ].map((row) => row.map((value) => value / (Math.hypot(...row) || 1)));
  const mean = [0, 1, 2].map((j) => rows.reduce((sum, row) => sum + (row[j] ?? 0), 0) / rows.length);
  const centred = rows.map((row) => row.map((value, j) => value - (mean[j] ?? 0)));
  const cosine = (a: number, b: number): number => {
    const dot = (x: readonly number[] = [], y: readonly number[] = []): number =>
      x.reduce((sum, value, j) => sum + value * (y[j] ?? 0), 0);
    return dot(centred[a], centred[b]) / Math.sqrt(dot(centred[a], centred[a]) * dot(centred[b], centred[b]));
  };
  const found = runNow(likenessTo(Float32Array.from(rows.flat()), 3, Uint32Array.of(0, 2)));
  for (let image = 0; image < 4; image += 1)
    expect(found[image]).toBeCloseTo(Math.max(cosine(image, 0), cosine(image, 2)), 5);
  expect(found[0]).toBeCloseTo(1, 5);
  expect(found[4]).toBeNaN();
});
