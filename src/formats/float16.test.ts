import { expect, it } from 'vitest';
import { floatsToHalves, halvesToFloats } from './float16';

it('gives every half back as it was', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const numbers = all.filter((bits) => (bits & 0x7c00) !== 0x7c00 || (bits & 0x3ff) === 0);
  expect(floatsToHalves(halvesToFloats(numbers))).toEqual(numbers);
});

it('rounds to the nearest, ties to even', () => {
  const [one, step] = [0x3c00, 2 ** -10];
  const values = [
    1 + step / 2,
    1 + step * 0.501,
    1 + step * 1.5,
    2 - step / 4,
    2 ** -25,
    2 ** -25 * 1.001,
    2 ** -30,
    65519,
    65520,
    -65520,
    NaN,
    -0,
  ];
  expect([...floatsToHalves(Float32Array.from(values))]).toEqual([
    one,
    one + 1,
    one + 2,
    0x4000,
    0,
    1,
    0,
    0x7bff,
    0x7c00,
    0xfc00,
    0x7e00,
    0x8000,
  ]);
});
