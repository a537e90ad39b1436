import { describe, expect, it } from 'vitest';
import { presets, totalIterations, type PresetId } from '../shared/config';
import { estimateTime, proposedPreset, workOf } from './speed';

const bigGan: PresetId[] = ['tiny', 'standard', 'cifar'];

describe('the time of a run', () => {
  it('is its iterations at the measured pace', () => {
    const estimate = estimateTime(presets.standard, { standard: 0.02 });
    expect(estimate).toMatchObject({ measured: true });
    expect(estimate?.whole).toBeCloseTo(totalIterations(presets.standard) * 0.02, 6);
    // 30 kimg at 200 pictures an iteration.
    expect(estimate?.recognisable).toBeCloseTo(150 * 0.02, 6);
  });

  it('is estimated from the measure that is most like it, and says so', () => {
    const fromTiny = estimateTime(presets.cifar, { tiny: 0.01 });
    const fromBoth = estimateTime(presets.cifar, { tiny: 0.01, standard: 0.02 });
    expect(fromTiny?.measured).toBe(false);
    const ratio = workOf(presets.cifar) / workOf(presets.standard);
    expect(ratio).toBeGreaterThan(2);
    expect(fromBoth?.whole).toBeCloseTo(totalIterations(presets.cifar) * 0.02 * ratio, 3);
    expect(estimateTime(presets.cifar, {})).toBeNull();
  });

  it('a run that ends before anything can be recognised promises nothing', () => {
    expect(estimateTime(presets.tiny, { tiny: 0.01 })?.recognisable).toBeNull();
  });
});

it('where a base model has no figure of its own, BigGAN’s is taken, and that is said', () => {
  expect(estimateTime(presets.standard, { standard: 0.02 })?.borrowed).toBe(false);
  const style = estimateTime(presets.stylegan2, { stylegan2: 0.02 });
  expect(style).toMatchObject({ borrowed: true });
});

describe('the preset that is proposed', () => {
  it('is the largest that shows something within a quarter of an hour', () => {
    expect(proposedPreset({ standard: 0.001, cifar: 0.003 }, bigGan)).toBe('cifar');
    expect(proposedPreset({ standard: 0.5, cifar: 30 }, bigGan)).toBe('standard');
    expect(proposedPreset({ tiny: 60 }, bigGan)).toBe('tiny');
    expect(proposedPreset({}, bigGan)).toBeNull();
  });

  it('and ends within a night: one that goes on for days is not begun unasked', () => {
    // 150 iterations until something is recognised, 50,000 in all: five minutes, and 28 hours.
    expect(estimateTime(presets.cifar, { cifar: 2 })).toMatchObject({ recognisable: 300, whole: 100_000 });
    expect(proposedPreset({ standard: 0.5, cifar: 2 }, bigGan)).toBe('standard');
    expect(proposedPreset({ standard: 0.5, cifar: 0.8 }, bigGan)).toBe('cifar');
  });

  it('is the shortest of those that show something soon, where none of these ends within a night', () => {
    expect(proposedPreset({ cifar: 3, standard: 2 }, ['tiny', 'cifar'])).toBe('cifar');
    expect(
      proposedPreset({ cifar: 3, stylegan2: 1.9, stylegan2Large: 1.9 }, ['stylegan2Large', 'stylegan2Cifar']),
    ).toBe('stylegan2Large');
  });
});
