/** The run of an earlier visit that did not come to its end: resumed, or forgotten. */
import { white } from '../shared/matte';
import type { Confirmation } from './confirmation';
import type { DataSource } from './dataSource';
import type { Running } from './running';
import type { StudioCore } from './studioCore';
import { hasOwnClip, isRunning, type StudioState } from './studioState';

/**
 * Whether the interrupted run can go on now: its pictures are open, or were kept and can be opened without a drop; and
 * its CLIP is at hand.
 */
export function mayResume(state: StudioState): boolean {
  const { stage, session, interrupted, kept, blocked, reading } = state;
  if (!interrupted || interrupted.config === null || (interrupted.clip === null && !hasOwnClip(state))) return false;
  if (interrupted.fits) return stage === 'review' && ['ready', 'finished', 'stopped'].includes(session);
  const atHand = kept.some(({ id }) => id === interrupted.pictures);
  return stage === 'welcome' && atHand && blocked === null && reading === null && !isRunning(session);
}

export class InterruptedRuns {
  constructor(
    private readonly core: StudioCore,
    private readonly data: DataSource,
    private readonly running: Running,
    private readonly confirmation: Confirmation,
  ) {}

  /**
   * Resumes the interrupted run of these pictures, with its own settings and CLIP; where no pictures are open, of those
   * that were kept.
   */
  async resume(): Promise<void> {
    const { interrupted, kept } = this.core.state;
    if (!interrupted || interrupted.config === null) return;
    const { config, clip, fits, pictures, matte = white } = interrupted;
    if (!fits && !kept.some(({ id }) => id === pictures)) return;
    this.core.update((state) => {
      Object.assign(state, { config, configTouched: true });
      if (config.preset !== 'custom') state.preset = config.preset;
      if (clip !== null) state.clip = { kind: 'manifest', id: clip };
    });
    // Pictures that were kept need no new drop.
    if (!fits && pictures !== undefined) await this.data.openKept(pictures);
    await this.data.layOver(matte);
    await this.data.readForResolution();
    if (this.core.state.session !== 'ready' && this.core.state.source === null) return;
    await this.running.begin('must', interrupted.id);
  }

  /** Forgets the interrupted run, once the user has said yes. */
  forget(): void {
    if (this.core.state.interrupted) this.confirmation.ask({ kind: 'forget' }, () => this.forgetNow());
  }

  private async forgetNow(): Promise<void> {
    const { interrupted } = this.core.state;
    this.core.update((state) => {
      state.interrupted = null;
    });
    // What cannot be deleted is told of again at the next visit.
    if (interrupted) await this.core.session?.forget({ run: interrupted.id }).catch(() => undefined);
  }
}
