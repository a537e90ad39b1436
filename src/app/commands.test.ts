import { describe, expect, it } from 'vitest';
import { initialRun } from '../state/runState';
import { initialState, type StudioState } from '../state/studioState';
import { commandForKey, commandGroups, commands, findCommands, keyName } from './commands';

const state = (changes: Partial<StudioState>): StudioState => ({ ...initialState(), ...changes });

describe('commands', () => {
  it('have ids of their own', () => {
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length);
  });

  it('that share a key are never possible at once', () => {
    const sessions: StudioState['session'][] = [
      'booting',
      'idle',
      'importing',
      'ready',
      'preparing',
      'training',
      'paused',
      'finished',
      'stopped',
      'failed',
    ];
    for (const session of sessions) {
      for (const stage of ['welcome', 'review', 'run'] as const) {
        const keys = commands
          .filter(({ key, predicate }) => key !== '' && predicate(state({ session, stage })))
          .map(({ key }) => key);
        expect(new Set(keys).size, `${session} ${stage}`).toBe(keys.length);
      }
    }
  });

  it('space pauses and resumes', () => {
    expect(commandForKey(' ', state({ session: 'training', stage: 'run' }))?.id).toBe('pause');
    expect(commandForKey(' ', state({ session: 'paused', stage: 'run' }))?.id).toBe('resume');
    expect(commandForKey(' ', state({ session: 'ready', stage: 'review' }))).toBeUndefined();
  });

  it('nothing can be exported before training has begun', () => {
    expect(commandForKey('e', state({ session: 'preparing' }))).toBeUndefined();
    const latest = { iteration: 1, kimg: 0.1, values: {} };
    const run = { ...initialRun(), latest };
    for (const session of ['training', 'paused', 'finished', 'stopped'] as const) {
      expect(commandForKey('E', state({ session, run }))?.id).toBe('export');
    }
  });

  it('starting needs data, a CLIP and a session that is ready', () => {
    const start = commands.find(({ id }) => id === 'start');
    expect(start?.predicate(state({ stage: 'review', session: 'ready' }))).toBe(false);
  });

  it('are found by any words of their name or group, what can be done first', () => {
    const training = state({ session: 'training', stage: 'run' });
    expect(findCommands('', training).map(({ group }) => group)).toEqual([...commandGroups]);
    expect(findCommands('', training).flatMap((group) => group.commands)).toHaveLength(commands.length);
    expect(findCommands('run pau', training).flatMap((group) => group.commands.map(({ id }) => id))).toEqual(['pause']);
    const [run] = findCommands('Run', training).filter(({ group }) => group === 'Run');
    const possible = run?.commands.map(({ predicate }) => predicate(training)) ?? [];
    expect(possible).toEqual(possible.toSorted((a, b) => Number(b) - Number(a)));
    expect(findCommands('no such thing', training)).toEqual([]);
  });

  it('keys have names', () => {
    expect([' ', 'e', '?'].map(keyName)).toEqual(['Space', 'E', '?']);
  });
});
