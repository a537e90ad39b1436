import { describe, expect, it } from 'vitest';
import type { PromptQuality } from '../../shared/domain';
import { checkPrompts } from './promptHealth';

const good: PromptQuality = {
  trained: { right: 88, count: 100 },
  heldBack: { right: 24, count: 30 },
  probe: 0.85,
  withinClass: { right: 55, count: 60, chance: 0.4 },
  siblings: 0.6,
};

describe('checkPrompts', () => {
  it('is content with prompts that know classes and clusters', () => {
    const finding = checkPrompts(good);
    expect(finding).toMatchObject({ code: 'prompts', state: 'fine', value: 0.8, action: '' });
    expect(finding.text).toContain('80% of the labeled pictures that were held back');
    expect(finding.text).toContain('label inference 85%');
    expect(finding.text).toContain('92% of 60 held-back pictures');
    expect(finding.text).not.toContain('nearly the same');
  });

  it('calls for action where prompts know far less than label inference', () => {
    const dead = checkPrompts({ ...good, trained: { right: 34, count: 100 }, heldBack: { right: 9, count: 30 } });
    expect(dead.state).toBe('act');
    expect(dead.action).toContain('Choose a CLIP');
    expect(checkPrompts({ ...good, heldBack: { right: 60, count: 100 } }).state).toBe('watch');
  });

  it('calls for action where the prompts of a class are all alike', () => {
    const alike = checkPrompts({ ...good, siblings: 0.9995, withinClass: { right: 25, count: 60, chance: 0.4 } });
    expect(alike.state).toBe('act');
    expect(alike.text).toContain('nearly the same (cosine 1.000)');
    // Alike by the cosine, but told apart all the same: only differences count.
    expect(checkPrompts({ ...good, siblings: 0.995 }).state).toBe('fine');
  });

  it('does not take the noise of a few pictures for a finding, and judges those trained on instead', () => {
    const few = { ...good, heldBack: { right: 1, count: 4 } };
    expect(checkPrompts(few)).toMatchObject({ state: 'fine', value: 0.88 });
    expect(checkPrompts(few).text).toContain('they were trained on');
    expect(checkPrompts({ ...good, withinClass: { right: 1, count: 3, chance: 0.4 } }).state).toBe('fine');
  });

  it('says why it does not judge', () => {
    expect(checkPrompts(null)).toMatchObject({ state: 'unknown', value: null });
    expect(checkPrompts({ ...good, trained: null, heldBack: null })).toMatchObject({ state: 'unknown' });
    expect(checkPrompts({ ...good, probe: null }).state).toBe('fine');
  });
});
