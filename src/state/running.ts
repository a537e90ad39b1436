/** A run from its start to its export. */
import type { Confirmation } from './confirmation';
import { bundleName, zipBundle } from './exportBundle';
import { keepAs } from './libraryState';
import { addMarker } from './markEvent';
import type { StudioCore } from './studioCore';
import { toClipSource } from './studioState';

export class Running {
  constructor(
    private readonly core: StudioCore,
    private readonly confirmation: Confirmation,
  ) {}

  async start(): Promise<void> {
    if (this.confirmation.wouldLoseMuch) return this.confirmation.ask({ kind: 'start' }, () => this.begin());
    await this.begin();
  }

  /** Starts without a question. @param resume goes on with a run as it was saved. @param run that very one */
  async begin(resume?: 'must', run?: string): Promise<void> {
    const { config, clip, source, library } = this.core.state;
    const { warmStart } = library;
    const title = { data: source?.name ?? '', origin: warmStart?.name ?? null };
    const how = resume ? { resume, run } : { title, ...(warmStart ? { from: warmStart.from } : {}) };
    await this.core.command('start', async (session) => {
      this.core.resetRun();
      // Before the first samples of this visit.
      if (run !== undefined) await this.core.timeline.restore(run);
      await session.start({ config, clip: toClipSource(clip), ...how });
      this.core.update((state) => {
        if (!resume) state.library.warmStart = null;
        if (run !== undefined) keepAs(state, run);
        state.aside = null;
        state.stage = 'run';
        state.run.startedAt = this.core.ports.now();
      });
    });
  }

  async pause(): Promise<void> {
    await this.core.command('pause', (session) => session.pause());
  }

  async resume(): Promise<void> {
    await this.core.command('resume', (session) => session.resume());
  }

  /** Ends the run. Where it could be saved, it can be resumed later. */
  async stop(): Promise<void> {
    if (this.confirmation.wouldLoseMuch) return this.confirmation.ask({ kind: 'stop' }, () => this.end());
    await this.end();
  }

  /**
   * Downloads networks, prompts, partition and configuration as one zip; true when the file was handed to the browser.
   */
  async export(): Promise<boolean> {
    const { ports } = this.core;
    return this.core.command('export', async (session) => {
      const bundle = await session.export();
      const kimg = this.core.state.run.latest?.kimg ?? 0;
      const date = new Date(ports.now());
      const name = bundleName(date, kimg);
      ports.saveFile(name, await zipBundle(bundle, date));
      this.core.update((state) => {
        state.run.exportedKimg = kimg;
        addMarker(state, 'export', 'Exported.');
        state.announcement = `Saved ${name}.`;
      });
    });
  }

  private async end(): Promise<void> {
    await this.core.command('stop', (session) => session.stop());
  }
}
