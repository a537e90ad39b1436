import { describe, expect, it } from 'vitest';
import { resizeMatrix, type ResizeMethod } from './resizeMatrix';

const rounded = (matrix: Float64Array): number[] => Array.from(matrix, (value) => Math.round(value * 1e6) / 1e6);

describe('resizeMatrix', () => {
  it('gives what PIL gives', () => {
    // PIL 9.4, Image.resize of the one-line picture [0, 1, 2, 4], mode F, to 6 (nearest: 8) and to 3 pixels.
    const pil: Record<ResizeMethod, number[][]> = {
      bilinear: [
        [0, 0.5, 1.1666666, 1.8333334, 3, 4],
        [0.3, 1.5, 3.4],
      ],
      bicubic: [
        [-0.0657895, 0.4117647, 1.1550926, 1.775463, 3.1176472, 4.1315789],
        [0.1899313, 1.4647988, 3.5629292],
      ],
      area: [
        [0, 1, 1, 2, 4, 4],
        [0, 1.5, 4],
      ],
      nearest: [
        [0, 0, 1, 1, 2, 2, 4, 4],
        [0, 2, 4],
      ],
    };
    for (const method of ['bilinear', 'bicubic', 'area', 'nearest'] as const) {
      for (const expected of pil[method]) {
        const matrix = resizeMatrix(4, expected.length, method);
        expected.forEach((value, row) =>
          expect([0, 1, 2, 4].reduce((sum, pixel, i) => sum + pixel * (matrix[row * 4 + i] ?? NaN), 0)).toBeCloseTo(
            value,
            5,
          ),
        );
      }
    }
  });

  it('averages blocks when shrinking by area', () => {
    expect(rounded(resizeMatrix(4, 2, 'area'))).toEqual([0.5, 0.5, 0, 0, 0, 0, 0.5, 0.5]);
  });

  it('has rows that sum to one and is the identity for equal sizes', () => {
    for (const method of ['bicubic', 'bilinear', 'area', 'nearest'] as const) {
      for (const [source, target] of [
        [5, 3],
        [3, 5],
        [7, 7],
        [32, 224],
        [224, 32],
      ] as const) {
        const matrix = resizeMatrix(source, target, method);
        for (let row = 0; row < target; row++)
          expect(matrix.subarray(row * source, (row + 1) * source).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }
      expect(rounded(resizeMatrix(3, 3, method))).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    }
  });

  it('refuses impossible sizes', () => {
    expect(() => resizeMatrix(0, 4, 'area')).toThrow(RangeError);
    expect(() => resizeMatrix(4, 2.5, 'area')).toThrow(RangeError);
  });
});
