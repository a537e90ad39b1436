import { describe, expect, it } from 'vitest';
import { initialRun, type Progress } from '../state/runState';
import type { StudioState } from '../state/studioState';
import { progressIcon } from './favicon';
import { percentOf, signOf, titleOf } from './tabTitle';

const progress = (done: number, total: number): Progress => ({
  label: 'something long',
  done,
  total,
  unit: 'steps',
  secondsLeft: null,
});

type Told = Parameters<typeof titleOf>[0];
const at = (
  session: StudioState['session'],
  run: Partial<Told['run']> = {},
  importProgress: Progress | null = null,
) => {
  const state: Told = { session, importProgress, run: { ...initialRun(), ...run } };
  return [titleOf(state), percentOf(state), signOf(state)];
};

describe('a tab', () => {
  it('says which stage of the preparation is under way, and how far it is', () => {
    expect(at('preparing')).toEqual(['Preparing · LCP-GAN Studio', 0, 'preparing']);
    expect(at('preparing', { phase: 'features', progress: progress(130, 520) })).toEqual([
      'Read features 25% · LCP-GAN Studio',
      25,
      'preparing',
    ]);
    expect(at('preparing', { phase: 'partition', progress: progress(0, 0) })[0]).toBe('Find clusters · LCP-GAN Studio');
    expect(at('paused', { phase: 'prompts', progress: progress(1, 4) })).toEqual([
      'Paused: Learn prompts 25% · LCP-GAN Studio',
      25,
      'paused',
    ]);
    expect(at('importing', {}, progress(90, 100))[0]).toBe('Reading pictures 90% · LCP-GAN Studio');
  });

  it('says the share of the training that is done, and how the run ended', () => {
    const run = { phase: 'train' as const, progress: progress(999, 1000) };
    expect(at('training', run)).toEqual(['99% · LCP-GAN Studio', 99, null]);
    expect(at('paused', run)).toEqual(['Paused at 99% · LCP-GAN Studio', 99, 'paused']);
    expect(at('finished', { phase: 'train' })[0]).toBe('Finished · LCP-GAN Studio');
    expect(at('failed', { phase: 'features' })[0]).toBe('Stopped by a problem · LCP-GAN Studio');
  });

  it('has its own icon where nothing goes on', () => {
    for (const session of ['idle', 'ready', 'stopped', 'finished', 'failed'] as const)
      expect(at(session, { phase: 'train', progress: progress(1, 2) })[1]).toBeNull();
  });
});

it('the ring fills, and its middle tells preparation and pause from training', () => {
  const icons = (['preparing', 'paused', null] as const).map((sign) => progressIcon(0.5, sign));
  expect(new Set([...icons, progressIcon(0.6, null)]).size).toBe(4);
});
