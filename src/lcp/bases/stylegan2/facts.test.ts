import { describe, expect, it } from 'vitest';
import { presets } from '../../../shared/config';
import { discriminatorShapeOf, partsOf, styleGan2Facts } from './facts';

const conditions = { classCount: 2, slotCount: 3 };

describe('cuts between two styles', () => {
  it('lie where a size begins: at 8 px, and after a third and two thirds of the sizes', () => {
    const fromAt = (resolution: 32 | 64 | 128 | 256) =>
      styleGan2Facts.styleCuts({ ...presets.stylegan2, resolution })?.map(({ from }) => from);
    // 8, 16 and 32 px; two convolutions a size, and one at 4 px.
    expect(fromAt(32)).toEqual([1, 3, 5]);
    expect(fromAt(64)).toEqual([1, 3, 5]);
    expect(fromAt(128)).toEqual([1, 3, 7]);
    expect(fromAt(256)).toEqual([1, 5, 9]);
  });
});

describe('parts of a batch', () => {
  it('are as many as asked for, or the next more that divide it', () => {
    expect([1, 2, 3, 5, 12, 100].map((parts) => partsOf(12, parts))).toEqual([1, 2, 3, 6, 12, 12]);
  });

  it('hold whole groups of the deviation, which are smaller where they must be', () => {
    const config = presets.stylegan2;
    const groupOf = (changes: Partial<typeof config>): number =>
      discriminatorShapeOf({ ...config, ...changes }, conditions).deviationGroup;
    expect(groupOf({})).toBe(4);
    expect(groupOf({ batch: 6 })).toBe(3);
    expect(groupOf({ batch: 64, parts: 32 })).toBe(2);
    expect(groupOf({ batch: 64, r1: { ...config.r1, parts: 64 } })).toBe(1);
  });

  it('take as much less memory', () => {
    const { activations } = styleGan2Facts;
    const whole = activations(presets.stylegan2Auto);
    expect(activations({ ...presets.stylegan2Auto, parts: 4 }).generator).toBe(whole.generator / 4);
  });
});
