/** The run of an earlier visit that did not come to its end: gone on with, or forgotten. */
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

  /** Goes on with the run of these pictures that was left, with its own settings and CLIP. */
  async goOn(): Promise<void> {
    const { left } = this.core.state;
    if (!left?.fits || left.config === null) return;
    const { config, clip } = left;
    this.core.update((state) => {
      Object.assign(state, { config, configTouched: true });
      if (config.preset !== 'custom') state.preset = config.preset;
      if (clip !== null) state.clip = { kind: 'manifest', id: clip };
    });
    await this.data.readForResolution();
    await this.running.begin('must');
  }

  /** Forgets the run that was left, once the user has said yes. */
  forgetLeft(): void {
    if (this.core.state.left) this.confirmation.ask({ kind: 'forget' }, () => this.forget());
  }

  private async forget(): Promise<void> {
    const { left } = this.core.state;
    this.core.update((state) => {
      state.left = null;
    });
    // What cannot be deleted is told of again at the next visit.
    if (left) await this.core.session?.forget({ run: left.id }).catch(() => undefined);
  }
}
