import { describe, expect, it } from 'vitest';
import { mirrored, toClipInput } from './preprocess';
import { rowCosine } from '../shared/linearAlgebra';
import { normalizeRows } from './vectors';

const two = { imageSize: 2, mean: [0.5, 0.25, 0], std: [0.5, 0.25, 2] } as const;
const rgb = Uint8Array.of(0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255);

describe('toClipInput', () => {
  it('normalises each channel and puts planes first, picture after picture', () => {
    const one = [-1, 1, -1, -1, -1, -1, 3, -1, 0, 0, 0, 0.5];
    const input = [...toClipInput(Uint8Array.of(...rgb, ...rgb), two)];
    expect(input).toEqual([...one, ...one]);
  });

  it('refuses half a picture', () => {
    expect(() => toClipInput(rgb.subarray(0, 11), two)).toThrow(/2 x 2/);
  });
});

describe('mirrored', () => {
  it('flips rows of every picture and is its own inverse', () => {
    expect([...mirrored(rgb, 2)]).toEqual([255, 0, 0, 0, 0, 0, 0, 0, 255, 0, 255, 0]);
    expect(mirrored(mirrored(rgb, 2), 2)).toEqual(rgb);
  });
});

describe('vectors', () => {
  it('normalises rows and leaves zeros', () => {
    expect([...normalizeRows(Float32Array.of(3, 4, 0, 0), 2)].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([
      0.6, 0.8, 0, 0,
    ]);
  });

  it('takes cosines row by row', () => {
    expect(rowCosine(Float32Array.of(1, 0, 1, 1), Float32Array.of(0, 1, 2, 2), 2, 0)).toBe(0);
    expect(rowCosine(Float32Array.of(1, 0, 1, 1), Float32Array.of(0, 1, 2, 2), 2, 1)).toBeCloseTo(1, 12);
  });
});
