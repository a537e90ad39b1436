/** A saved run goes on: its settings and its CLIP are chosen, its pictures opened where none are, and it is started. */
import { white, type Matte } from '../shared/matte';
import type { KeptRun } from '../session/saving/shelfRunStore';
import type { RunConfig } from '../shared/config';
import { presetOf } from './configFields';
import type { DataSource } from './dataSource';
import type { Running } from './running';
import type { StudioCore } from './studioCore';
import { isRunning, type StudioState } from './studioState';

export interface Resumable {
  id: string;
  config: RunConfig;
  /** Id in the manifest; null where it was files of the person's own: those that are chosen are taken then. */
  clip: string | null;
  /** Digest of its pictures' contents. */
  pictures?: string | null | undefined;
  /** What transparent parts of its pictures were laid over; absent: white. */
  matte?: Matte | undefined;
}

/** Whether no pictures are open and those of a run were kept, so that they can be opened without a drop. */
export function areAtHand({ stage, kept }: Pick<StudioState, 'stage' | 'kept'>, pictures?: string | null): boolean {
  return stage === 'welcome' && kept.some(({ id }) => id === pictures);
}

/** Why a run cannot go on now; null where it can. */
export function hindrance(
  run: KeptRun,
  state: Pick<StudioState, 'session' | 'dataset' | 'stage' | 'kept'>,
): string | null {
  if (!run.whole) return 'Its networks made room for newer runs.';
  if (isRunning(state.session)) return 'A run is going on.';
  if (areAtHand(state, run.pictures)) return null;
  const { dataset } = state;
  const fits =
    dataset && dataset.imageCount === run.imageCount && dataset.classes.join('\n') === run.classes.join('\n');
  return fits ? null : 'Open its pictures to go on with it.';
}

/** The settings of a saved run, and the preset that they are counted from, are those that are chosen. */
export function takeSettings(state: Pick<StudioState, 'config' | 'configTouched' | 'preset'>, config: RunConfig): void {
  Object.assign(state, { config, configTouched: true, preset: presetOf(config) });
}

/** Goes on with `run`, on the pictures that are open or at hand. What hinders it is shown as a problem. */
export async function resumeRun(
  core: StudioCore,
  data: DataSource,
  running: Running,
  { id, config, clip, pictures, matte = white }: Resumable,
): Promise<void> {
  core.update((state) => {
    takeSettings(state, config);
    if (clip !== null) state.clip = { kind: 'manifest', id: clip };
  });
  if (pictures && areAtHand(core.state, pictures)) await data.openKept(pictures);
  await data.layOver(matte);
  await data.readForResolution();
  if (core.state.session !== 'ready' && core.state.source === null) return;
  await running.begin('must', id);
}
