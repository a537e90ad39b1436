/** The run of an earlier visit that did not come to its end: resumed, or forgotten. */
import type { Confirmation } from './confirmation';
import type { DataSource } from './dataSource';
import { areAtHand, resumeRun } from './resuming';
import type { Running } from './running';
import type { StudioCore } from './studioCore';
import { hasOwnClip, isRunning, type StudioState } from './studioState';

/**
 * Whether the interrupted run can go on now: its pictures are open, or were kept and can be opened without a drop; and
 * its CLIP is at hand.
 */
export function mayResume(state: StudioState): boolean {
  const { stage, session, interrupted, blocked, reading } = state;
  if (!interrupted || interrupted.config === null || (interrupted.clip === null && !hasOwnClip(state))) return false;
  if (interrupted.fits) return stage === 'review' && ['ready', 'finished', 'stopped'].includes(session);
  return areAtHand(state, interrupted.pictures) && blocked === null && reading === null && !isRunning(session);
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
    const { interrupted } = this.core.state;
    if (!interrupted || interrupted.config === null) return;
    if (!interrupted.fits && !areAtHand(this.core.state, interrupted.pictures)) return;
    await resumeRun(this.core, this.data, this.running, { ...interrupted, config: interrupted.config });
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
