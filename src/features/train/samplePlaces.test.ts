import { expect, test } from 'vitest';
import { neighbour, placeAt } from './samplePlaces';

test('the next sample is read on, from row to row and around', () => {
  const on = { row: 0, column: 1 };
  expect(neighbour({ row: 0, column: 2 }, on, 2, 3)).toEqual({ row: 1, column: 0 });
  expect(neighbour({ row: 1, column: 2 }, on, 2, 3)).toEqual({ row: 0, column: 0 });
  expect(neighbour({ row: 0, column: 0 }, { row: 0, column: -1 }, 2, 3)).toEqual({ row: 1, column: 2 });
  expect(neighbour({ row: 0, column: 1 }, { row: -1, column: 0 }, 2, 3)).toEqual({ row: 1, column: 1 });
});

test('a point lies on a tile or between', () => {
  const layout = { tile: 10, gap: 2, tops: [0, 20] };
  expect(placeAt(13, 25, layout)).toEqual({ row: 1, column: 1 });
  expect(placeAt(11, 25, layout)).toBeNull();
  expect(placeAt(13, 15, layout)).toBeNull();
  expect(placeAt(-1, 5, layout)).toBeNull();
});
