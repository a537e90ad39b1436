import { describe, expect, it } from 'vitest';
import { SeriesHistory } from './seriesHistory';

const point = (iteration: number, values: Record<string, number>) => ({ iteration, kimg: iteration / 100, values });

describe('SeriesHistory', () => {
  it('keeps every point while there is room', () => {
    const history = new SeriesHistory(8);
    for (let i = 1; i <= 5; i += 1) history.append(point(i, { lossD: i }));
    expect(history.curves().iterations).toEqual([1, 2, 3, 4, 5]);
    expect(history.curves().values('lossD')).toEqual([1, 2, 3, 4, 5]);
  });

  it('stays bounded and keeps the mean when it merges', () => {
    const history = new SeriesHistory(16);
    const count = 1024;
    for (let i = 1; i <= count; i += 1) history.append(point(i, { lossD: i }));
    expect(history.length).toBeLessThanOrEqual(16);
    expect(history.length).toBeGreaterThanOrEqual(8);
    const values = history
      .curves()
      .values('lossD')
      .filter((value) => value !== null);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo((count + 1) / 2, 6);
    expect(history.curves().iterations.at(-1)).toBe(count);
    expect(history.curves().iterations).toEqual(history.curves().iterations.toSorted((a, b) => a - b));
  });

  it('shows a gap where a value is missing or not finite, and takes part-time series in', () => {
    const history = new SeriesHistory(8);
    history.append(point(1, { lossD: 1 }));
    history.append(point(2, { lossD: Number.NaN, clipReal: 3 }));
    history.append(point(3, { lossD: 2, clipReal: 4 }));
    expect(history.curves().values('lossD')).toEqual([1, null, 2]);
    expect(history.curves().values('clipReal')).toEqual([null, 3, 4]);
    expect(history.curves().values('unknown')).toEqual([null, null, null]);
    expect(history.names).toEqual(['lossD', 'clipReal']);
  });

  it('merges a gap with a value into that value', () => {
    const history = new SeriesHistory(4);
    for (const [i, value] of [1, Number.NaN, 5, 7, 9].entries()) history.append(point(i + 1, { lossD: value }));
    expect(history.curves().values('lossD')).toEqual([1, 6, 9]);
  });

  it('drops what lies after the point to which a run was restored', () => {
    const history = new SeriesHistory(8);
    for (let i = 1; i <= 5; i += 1) history.append(point(i, { lossD: i }));
    history.append(point(3, { lossD: 30 }));
    expect(history.curves().iterations).toEqual([1, 2, 3]);
    expect(history.curves().values('lossD')).toEqual([1, 2, 30]);
  });

  it('tells series that never left 0 from the others', () => {
    const history = new SeriesHistory(4);
    for (let i = 1; i <= 9; i += 1) history.append(point(i, { lossD: i, gradNonFinite: 0, lambda: i < 9 ? 0 : 0.1 }));
    expect(history.curves().eventful).toEqual(['lossD', 'lambda']);
  });

  it('gives the same curves until something is added, and never changes one that it gave', () => {
    const history = new SeriesHistory(4);
    history.append(point(1, { lossD: 1 }));
    const first = history.curves();
    expect(history.curves()).toBe(first);
    history.append(point(2, { lossD: 2 }));
    expect(first.values('lossD')).toEqual([1]);
    expect(history.curves().values('lossD')).toEqual([1, 2]);
    expect(history.curves().values('unknown')).toEqual([null, null]);
  });

  it('shows a million points in a few hundred, and loses no spike', () => {
    const history = new SeriesHistory();
    const count = 1_000_000;
    for (let i = 1; i <= count; i += 1) history.append(point(i, { lossD: i === 777_777 ? 99 : 1 }));
    expect(history.length).toBe(count);
    const { iterations, values, low, high } = history.view(null, 500);
    expect(iterations.length).toBeLessThanOrEqual(501);
    expect(iterations.at(-1)).toBe(count);
    expect(Math.max(...high('lossD').map(Number))).toBe(99);
    expect(new Set(low('lossD'))).toEqual(new Set([1]));
    expect(Math.max(...values('lossD').map(Number))).toBeLessThan(1.1);
  });

  it('shows a stretch point by point where it is short', () => {
    const history = new SeriesHistory();
    for (let i = 1; i <= 10_000; i += 1) history.append(point(2 * i, { lossD: i }));
    const { iterations, values } = history.view({ from: 5000, to: 5010 }, 100);
    // One more on either side, so that the line leaves the picture.
    expect(iterations).toEqual([4998, 5000, 5002, 5004, 5006, 5008, 5010, 5012]);
    expect(values('lossD')).toEqual(iterations.map((iteration) => iteration / 2));
  });

  it('keeps extremes right over blocks that are complete, growing and rewound', () => {
    const history = new SeriesHistory();
    for (let i = 1; i <= 700; i += 1) history.append(point(i, { lossD: i }));
    history.view(null, 2);
    history.append(point(301, { lossD: -5 }));
    for (let i = 302; i <= 600; i += 1) history.append(point(i, { lossD: i }));
    const { low, high, iterations } = history.view(null, 3);
    expect(iterations).toEqual([256, 512, 600]);
    expect(low('lossD')).toEqual([1, -5, 513]);
    expect(high('lossD')).toEqual([256, 512, 600]);
  });

  it('starts over when cleared', () => {
    const history = new SeriesHistory(4);
    for (let i = 1; i <= 20; i += 1) history.append(point(i, { lossD: i }));
    const { revision } = history;
    history.clear();
    history.append(point(1, { lossG: 1 }));
    expect(history.curves().iterations).toEqual([1]);
    expect(history.names).toEqual(['lossG']);
    expect(history.revision).toBeGreaterThan(revision);
  });
});
