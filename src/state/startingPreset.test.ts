import { describe, expect, it } from 'vitest';
import { startingPreset } from './startingPreset';

describe('the preset that a base model begins with', () => {
  const gpu = { isFallback: false };

  it('is the usual one on a GPU, and the smallest where there is none', () => {
    expect(startingPreset('stylegan2', null)).toBe('stylegan2');
    expect(startingPreset('stylegan2', gpu)).toBe('stylegan2');
    expect(startingPreset('stylegan2', { isFallback: true }, { stylegan2: 0.001 })).toBe('stylegan2Tiny');
  });

  it('is the smallest on a GPU on which the usual one would show nothing for long, and never a larger one', () => {
    // 30 kimg at 64 pictures an iteration are 469 iterations.
    expect(startingPreset('stylegan2', gpu, { stylegan2: 1 })).toBe('stylegan2');
    expect(startingPreset('stylegan2', gpu, { stylegan2: 3 })).toBe('stylegan2Tiny');
    expect(startingPreset('stylegan2', gpu, { stylegan2: 0.001 })).toBe('stylegan2');
    // What was measured of the other base model tells it, too.
    expect(startingPreset('stylegan2', gpu, { standard: 60 })).toBe('stylegan2Tiny');
  });
});
