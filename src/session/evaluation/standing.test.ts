import { describe, expect, it } from 'vitest';
import { standingOf } from './standing';

describe('standingOf', () => {
  it('refuses the run’s own CLIP as a judge, by its content and not by its name', () => {
    expect(standingOf({ hash: 'a' }, { hash: 'a' })).toMatchObject({ independent: false });
    expect(standingOf({ hash: 'a' }, { hash: 'a' }).caution).toContain('own CLIP');
    expect(standingOf({ hash: 'a' }, { hash: 'b' })).toEqual({ independent: true, caution: '' });
    expect(standingOf({ hash: '' }, { hash: '' }).independent).toBe(true);
  });

  it('warns where judge and CLIP learnt from the same pictures, and only there', () => {
    const judge = { hash: 'a', trainedOn: 'ImageNet' };
    const { independent, caution } = standingOf(judge, { hash: 'b', trainedOn: 'ImageNet' });
    expect([independent, caution.includes('ImageNet')]).toEqual([true, true]);
    for (const clip of [null, { hash: 'b' }, { hash: 'b', trainedOn: 'web' }])
      expect(standingOf(judge, clip).caution).toBe('');
    expect(standingOf({ hash: 'a' }, { hash: 'b' }).caution).toBe('');
  });
});
