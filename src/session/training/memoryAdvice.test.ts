import { describe, expect, it } from 'vitest';
import { OutOfMemory } from '../../gpu/device/allocation';
import { presets } from '../../shared/config';
import { StudioError } from '../../shared/errors';
import { memoryAdvice, withMemoryAdvice } from './memoryAdvice';

const config = presets.standard;

describe('memory advice', () => {
  it('names one setting, from what to what, and what that needs', () => {
    expect(memoryAdvice({ use: 'training step', bytes: 3e9 }, { ...config, batch: 64 })).toContain(
      'batch from 64 to 32, which needs about 1,500 MB',
    );
    expect(memoryAdvice({ use: 'training step', bytes: 3e9 }, { ...config, batch: 8 })).toContain(
      'width of the networks from 128 to 64',
    );
    expect(memoryAdvice({ use: 'data set', bytes: 2e9 }, { ...config, resolution: 128 })).toContain(
      'resolution from 128 to 64 pixels, which needs about 500 MB',
    );
    expect(memoryAdvice({ use: 'data set', bytes: 2e9 }, { ...config, resolution: 32 })).toBe('Use fewer pictures.');
  });

  it('always proposes less, and settings that are allowed', () => {
    for (const batch of [9, 10, 50, 63, 64]) {
      const proposed = Number(
        /to (\d+)/.exec(memoryAdvice({ use: 'training step', bytes: 0 }, { ...config, batch }))?.[1],
      );
      expect(proposed).toBeGreaterThanOrEqual(8);
      expect(proposed).toBeLessThan(batch);
    }
    for (const width of [20, 36, 96, 128]) {
      const narrow = { ...config, batch: 4, generator: { ...config.generator, width }, discriminator: { width } };
      const proposed = Number(/to (\d+)/.exec(memoryAdvice({ use: 'training step', bytes: 0 }, narrow))?.[1]);
      expect(proposed % 4).toBe(0);
      expect(proposed).toBeLessThan(width);
    }
  });

  it('keeps what happened and why, and leaves other errors alone', () => {
    const short = new OutOfMemory('training step', 3e9, 0);
    const advised = withMemoryAdvice(short, config) as StudioError;
    expect(advised.info).toMatchObject({ code: 'out-of-memory', what: short.info.what, why: short.info.why });
    expect(advised.info.why).toContain('3,000 MB');
    expect(advised.info.action).toContain('batch from 50 to');
    const other = new Error('x');
    expect(withMemoryAdvice(other, config)).toBe(other);
  });
});
