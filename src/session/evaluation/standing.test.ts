import { describe, expect, it } from 'vitest';
import { standingOf } from './standing';

describe('standingOf', () => {
  it('refuses the run’s own CLIP as a judge, by its content and not by its name', () => {
    const of = (judge: string, hash: string) => standingOf({ hash: judge }, { clip: { hash } });
    expect(of('a', 'a')).toMatchObject({ independent: false });
    expect(of('a', 'a').caution).toContain('own CLIP');
    expect(of('a', 'b')).toEqual({ independent: true, caution: '' });
    expect(of('', '').independent).toBe(true);
  });

  it('refuses what judges in training alone, where another CLIP looks at the pictures', () => {
    const run = { clip: { hash: 'eyes', trainedOn: 'ImageNet' }, critic: { hash: 'critic' } };
    expect(standingOf({ hash: 'critic' }, run).independent).toBe(false);
    const { independent, caution } = standingOf({ hash: 'eyes', trainedOn: 'ImageNet' }, run);
    expect([independent, caution.includes('inferred the labels')]).toEqual([true, true]);
    expect(standingOf({ hash: 'resnet', trainedOn: 'ImageNet' }, run)).toEqual({ independent: true, caution: '' });
  });

  it('warns of the CLIP that looks where heads look into it, and of what learnt from the same pictures', () => {
    const run = { clip: { hash: 'eyes', trainedOn: 'ImageNet' }, critic: { hash: 'critic' }, parts: true };
    expect(standingOf({ hash: 'eyes' }, run).caution).toContain('look better than they are');
    expect(standingOf({ hash: 'resnet', trainedOn: 'ImageNet' }, run).caution).toContain('ImageNet');
    expect(standingOf({ hash: 'other' }, run)).toEqual({ independent: true, caution: '' });
  });

  it('warns where judge and CLIP learnt from the same pictures, and only there', () => {
    const judge = { hash: 'a', trainedOn: 'ImageNet' };
    const { independent, caution } = standingOf(judge, { clip: { hash: 'b', trainedOn: 'ImageNet' } });
    expect([independent, caution.includes('ImageNet')]).toEqual([true, true]);
    for (const clip of [{ hash: 'b' }, { hash: 'b', trainedOn: 'web' }])
      expect(standingOf(judge, { clip }).caution).toBe('');
    expect(standingOf(judge, null).caution).toBe('');
    expect(standingOf({ hash: 'a' }, { clip: { hash: 'b' } }).caution).toBe('');
  });
});
