import { describe, expect, it } from 'vitest';
import golden from './golden/resize.json';
import { centreSquare, cropOver, resizeSquare, type RgbaPixels } from './resize';

/** The same formula as in golden/resize.py. */
function sample(i: number, c: number): number {
  let h = (Math.imul(i, 2654435761) + c * 40503) >>> 0;
  h ^= h >>> 15;
  const block = (i >> 5) % 3;
  if (block === 0) return h & 255;
  return block === 1 ? ((h >>> 8) & 1) * 255 : (i * (c + 1)) & 255;
}

function picture(width: number, height: number, alpha: boolean): RgbaPixels {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i += 1) {
    for (let c = 0; c < 4; c += 1) data[i * 4 + c] = c === 3 && !alpha ? 255 : sample(i, c);
  }
  return { width, height, data };
}

describe('against Pillow, bit for bit', () => {
  for (const { width, height, target, alpha, rgb } of golden.cases) {
    it(`${width} x ${height}${alpha ? ' with alpha' : ''} to ${target}`, () => {
      const square = cropOver(picture(width, height, alpha));
      const expected = new Uint8Array(Buffer.from(rgb, 'base64'));
      expect(resizeSquare(square.rgb, square.edge, target)).toEqual(expected);
    });
  }
});

it('leaves off the odd pixel at the right and the bottom', () => {
  expect(centreSquare(10, 5)).toEqual({ edge: 5, left: 2, top: 0 });
  expect(centreSquare(4, 9)).toEqual({ edge: 4, left: 0, top: 2 });
});

it('lays transparent parts over the colour that was asked for', () => {
  const data = Uint8Array.of(10, 20, 30, 0, 10, 20, 30, 255, 0, 0, 0, 51, 255, 255, 255, 51);
  expect([...cropOver({ width: 2, height: 2, data }, '#6496c8').rgb]).toEqual([
    100, 150, 200, 10, 20, 30, 80, 120, 160, 131, 171, 211,
  ]);
});

it('shows nothing of what is fully transparent, and half of what is half', () => {
  const data = Uint8Array.from([10, 20, 30, 0, 10, 20, 30, 255, 0, 100, 255, 128, 0, 0, 0, 127]);
  expect([...cropOver({ width: 2, height: 2, data }).rgb]).toEqual([
    255, 255, 255, 10, 20, 30, 127, 177, 255, 128, 128, 128,
  ]);
});

it('keeps a flat picture flat, enlarging and shrinking', () => {
  const flat = new Uint8Array(50 * 50 * 3).fill(200);
  for (const to of [1, 7, 32, 64, 129]) expect(new Set(resizeSquare(flat, 50, to))).toEqual(new Set([200]));
});
