import { expect, it } from 'vitest';
import { dotRadius, isInside, placed } from './mapPoints';

it('lays all kinds of points into one square, in their proportions', () => {
  const [pictures, prompts] = placed([Float32Array.of(0, 0, 9, 10, 5, 9), Float32Array.of(5, 2.5, 1)], 3, 120, 10);
  expect(pictures).toEqual([
    { x: 10, y: 35 },
    { x: 110, y: 85 },
  ]);
  expect(prompts).toEqual([{ x: 60, y: 60 }]);
});

it('tells what a line holds, also where it bends inwards', () => {
  const line = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
    { x: 5, y: 2 },
    { x: 0, y: 10 },
  ];
  expect([isInside({ x: 1, y: 5 }, line), isInside({ x: 5, y: 5 }, line), isInside({ x: 11, y: 1 }, line)]).toEqual([
    true,
    false,
    false,
  ]);
});

it('dots of a few pictures are large, and those of thousands leave each other room', () => {
  expect([30, 400, 900, 50_000].map(dotRadius)).toEqual([4, 3, 2, 2]);
});
