/** What the tab says of the work in it: in words, in percent, and by the sign in its icon. */
import { phaseNames, type Progress } from '../state/runState';
import { isRunning, type StudioState } from '../state/studioState';
import type { IconSign } from './favicon';

const name = 'LCP-GAN Studio';

type Told = Pick<StudioState, 'session' | 'run' | 'importProgress'>;

/** What is going on, or rests; null where nothing is. */
function working({ session, run, importProgress }: Told): { progress: Progress | null; stage: string } | null {
  if (isRunning(session)) return { progress: run.progress, stage: run.phase ? phaseNames[run.phase] : 'Preparing' };
  return importProgress && { progress: importProgress, stage: 'Reading pictures' };
}

/** Whole percent of the stage that is under way, 0 where its length is not known; null where nothing is. */
export function percentOf(state: Told): number | null {
  const work = working(state);
  if (!work) return null;
  const { done, total } = work.progress ?? { done: 0, total: 0 };
  return total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
}

export function signOf({ session, run, importProgress }: Told): IconSign {
  if (session === 'paused') return 'paused';
  return importProgress || run.phase !== 'train' ? 'preparing' : null;
}

export function titleOf(state: Told): string {
  const { session, run } = state;
  if (session === 'finished') return `Finished · ${name}`;
  if (session === 'failed') return `Stopped by a problem · ${name}`;
  const work = working(state);
  if (!work) return name;
  const percent = percentOf(state);
  const share = work.progress && work.progress.total > 0 ? `${percent}%` : '';
  if (session === 'paused' && run.phase === 'train') return `Paused${share && ` at ${share}`} · ${name}`;
  const stage = session === 'paused' ? `Paused: ${work.stage}` : work.stage;
  if (run.phase === 'train' && session === 'training') return `${share || work.stage} · ${name}`;
  return `${[stage, share].filter(Boolean).join(' ')} · ${name}`;
}
