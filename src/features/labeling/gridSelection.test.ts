import { describe, expect, it } from 'vitest';
import { advance, keyPosition, moveTo, nothingSelected, selectAll, targets, toggle } from './gridSelection';
import { rowsInView, scrollFor } from './useRowWindow';

describe('the selection of a grid', () => {
  it('is the active picture until more are picked', () => {
    expect(targets(nothingSelected, 5)).toEqual([0]);
    expect(targets(nothingSelected, 0)).toEqual([]);
    const one = moveTo(nothingSelected, 2, 5);
    expect(targets(one, 5)).toEqual([2]);
    const range = moveTo(moveTo(one, 3, 5, true), 4, 5, true);
    expect(targets(range, 5)).toEqual([2, 3, 4]);
    expect(targets(moveTo(range, 1, 5, true), 5)).toEqual([1, 2]);
    expect(targets(moveTo(range, 1, 5), 5)).toEqual([1]);
  });

  it('picks single ones beside the active one, and all', () => {
    const two = toggle(moveTo(nothingSelected, 1, 5), 4);
    expect(targets(two, 5)).toEqual([1, 4]);
    expect(targets(toggle(two, 1), 5)).toEqual([4]);
    expect(targets(selectAll(two, 3), 3)).toEqual([0, 1, 2]);
  });

  it('goes on behind what was labeled, and stays at the end', () => {
    expect(advance(moveTo(moveTo(nothingSelected, 1, 9), 3, 9, true), 9)).toMatchObject({
      active: 4,
      selected: new Set(),
    });
    expect(advance(moveTo(nothingSelected, 8, 9), 9).active).toBe(8);
  });
});

it('keys lead where they point in a grid of four columns and eleven pictures', () => {
  const to = (key: string, active: number): number | null => keyPosition(key, active, 4, 2, 11);
  expect(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].map((key) => to(key, 5))).toEqual([
    4, 6, 1, 9, 4, 7,
  ]);
  // Up from the first row and down from the last stay; down to a shorter row goes to its end.
  expect([to('ArrowUp', 2), to('ArrowDown', 9), to('ArrowDown', 7)]).toEqual([2, 9, 10]);
  expect([to('PageDown', 1), to('PageUp', 9), to('a', 1)]).toEqual([9, 1, null]);
});

it('draws what is in view and a little more, and scrolls no more than it must', () => {
  expect(rowsInView(0, 300, 100, 50)).toEqual([0, 5]);
  expect(rowsInView(1050, 300, 100, 50)).toEqual([8, 16]);
  expect(rowsInView(4900, 300, 100, 50)).toEqual([47, 50]);
  expect(scrollFor(2, 100, 300, 100, 8)).toBe(100);
  expect(scrollFor(0, 100, 300, 100, 8)).toBe(0);
  expect(scrollFor(9, 100, 300, 100, 8)).toBe(708);
});
