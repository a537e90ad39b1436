/** The run of an earlier visit that did not come to its end: resumed, or forgotten. */
import type { Confirmation } from './confirmation';
import type { DataSource } from './dataSource';
import type { Running } from './running';
import type { StudioCore } from './studioCore';

export class InterruptedRuns {
  constructor(
    private readonly core: StudioCore,
    private readonly data: DataSource,
    private readonly running: Running,
    private readonly confirmation: Confirmation,
  ) {}

  /** Resumes the interrupted run of these pictures, with its own settings and CLIP. */
  async resume(): Promise<void> {
    const { interrupted } = this.core.state;
    if (!interrupted?.fits || interrupted.config === null) return;
    const { config, clip } = interrupted;
    this.core.update((state) => {
      Object.assign(state, { config, configTouched: true });
      if (config.preset !== 'custom') state.preset = config.preset;
      if (clip !== null) state.clip = { kind: 'manifest', id: clip };
    });
    await this.data.readForResolution();
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
