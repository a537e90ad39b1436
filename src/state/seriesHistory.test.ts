import { describe, expect, it } from 'vitest';
import { SeriesHistory } from './seriesHistory';

const point = (iteration: number, values: Record<string, number>) => ({ iteration, kimg: iteration / 100, values });

describe('SeriesHistory', () => {
  it('keeps every point while there is room', () => {
    const history = new SeriesHistory(8);
    for (let i = 1; i <= 5; i += 1) history.append(point(i, { lossD: i }));
    expect(history.iterations()).toEqual([1, 2, 3, 4, 5]);
    expect(history.values('lossD')).toEqual([1, 2, 3, 4, 5]);
  });

  it('stays bounded and keeps the mean when it merges', () => {
    const history = new SeriesHistory(16);
    const count = 1024;
    for (let i = 1; i <= count; i += 1) history.append(point(i, { lossD: i }));
    expect(history.length).toBeLessThanOrEqual(16);
    expect(history.length).toBeGreaterThanOrEqual(8);
    const values = history.values('lossD').filter((value) => value !== null);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo((count + 1) / 2, 6);
    expect(history.iterations().at(-1)).toBe(count);
    expect(history.iterations()).toEqual(history.iterations().toSorted((a, b) => a - b));
  });

  it('shows a gap where a value is missing or not finite, and takes part-time series in', () => {
    const history = new SeriesHistory(8);
    history.append(point(1, { lossD: 1 }));
    history.append(point(2, { lossD: Number.NaN, clipReal: 3 }));
    history.append(point(3, { lossD: 2, clipReal: 4 }));
    expect(history.values('lossD')).toEqual([1, null, 2]);
    expect(history.values('clipReal')).toEqual([null, 3, 4]);
    expect(history.values('unknown')).toEqual([null, null, null]);
    expect(history.names).toEqual(['lossD', 'clipReal']);
  });

  it('merges a gap with a value into that value', () => {
    const history = new SeriesHistory(4);
    for (const [i, value] of [1, Number.NaN, 5, 7, 9].entries()) history.append(point(i + 1, { lossD: value }));
    expect(history.values('lossD')).toEqual([1, 6, 9]);
  });

  it('drops what lies after the point to which a run was restored', () => {
    const history = new SeriesHistory(8);
    for (let i = 1; i <= 5; i += 1) history.append(point(i, { lossD: i }));
    history.append(point(3, { lossD: 30 }));
    expect(history.iterations()).toEqual([1, 2, 3]);
    expect(history.values('lossD')).toEqual([1, 2, 30]);
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

  it('starts over when cleared', () => {
    const history = new SeriesHistory(4);
    for (let i = 1; i <= 20; i += 1) history.append(point(i, { lossD: i }));
    const { revision } = history;
    history.clear();
    history.append(point(1, { lossG: 1 }));
    expect(history.iterations()).toEqual([1]);
    expect(history.names).toEqual(['lossG']);
    expect(history.revision).toBeGreaterThan(revision);
  });
});
