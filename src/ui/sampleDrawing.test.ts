import { describe, expect, it } from 'vitest';
import { layoutGrid } from './sampleDrawing';

describe('layoutGrid', () => {
  it('fills the width and keeps groups apart', () => {
    const layout = layoutGrid(528, 8, [0, 0, 1]);
    expect(layout.tile).toBe(64);
    expect(layout.width).toBe(8 * 66 - 2);
    expect(layout.tops).toEqual([0, 66, 66 + 64 + 12]);
    expect(layout.height).toBe(142 + 64);
  });

  it('stays inside the width on a phone, and does not grow without end', () => {
    expect(layoutGrid(220, 8, [0]).width).toBeLessThanOrEqual(220);
    expect(layoutGrid(5000, 8, [0]).tile).toBe(112);
    expect(layoutGrid(10, 32, [0]).tile).toBe(12);
  });

  it('is empty without rows', () => {
    expect(layoutGrid(500, 8, [])).toMatchObject({ tops: [], height: 0 });
  });
});
