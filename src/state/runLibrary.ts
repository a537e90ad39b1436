/**
 * The runs that this machine keeps: listed, renamed, deleted and had back, compared, gone on with, and begun from.
 * Deleting marks a run: until some minutes later it can be had back, also after a reload.
 */
import type { KeptRun } from '../session/saving/shelfRunStore';
import { restoreConfig, type RunConfig } from '../shared/config';
import { StudioError, toErrorInfo } from '../shared/errors';
import type { DataSource } from './dataSource';
import { OpenRecord, runName } from './libraryState';
import { resumeRun, takeSettings } from './resuming';
import type { Running } from './running';
import type { StudioCore } from './studioCore';

export class RunLibrary {
  constructor(
    private readonly core: StudioCore,
    private readonly data: DataSource,
    private readonly running: Running,
  ) {}

  /** Reads the list anew. */
  refresh(): Promise<void> {
    return this.telling(() => this.read());
  }

  /** Reads the list now, and whenever it has changed, in this tab or another. The result ends that. */
  follow(): () => void {
    const reading = { now: false, again: false };
    const renew = async (): Promise<void> => {
      reading.again = reading.now;
      if (reading.now) return;
      reading.now = true;
      // What was told last stays: nobody has asked for this.
      await this.read().catch((error: unknown) => this.tell(error));
      reading.now = false;
      if (reading.again) await renew();
    };
    void this.refresh();
    return this.core.ports.runs.watch(() => void renew());
  }

  rename(id: string, name: string): Promise<void> {
    return this.telling(async () => {
      await this.core.ports.runs.rename(id, name);
      await this.refresh();
    });
  }

  /** Deletes a run so that it can be had back for a while. */
  remove(id: string): Promise<void> {
    return this.telling(async () => {
      await this.core.ports.runs.mark(id, this.core.ports.now());
      this.core.update((state) => {
        state.announcement = 'The run is deleted. It can be had back for ten minutes.';
      });
      await this.refreshAll();
    });
  }

  /** Has a deleted run back. */
  restore(id: string): Promise<void> {
    return this.telling(async () => {
      await this.core.ports.runs.mark(id, null);
      await this.refreshAll();
    });
  }

  /** Takes a run into the comparison, or out of it. */
  async compare(id: string, chosen: boolean): Promise<void> {
    this.core.update(({ library }) => {
      library.compared = [...library.compared.filter((each) => each !== id), ...(chosen ? [id] : [])];
    });
    if (!chosen) return;
    await this.telling(async () => {
      const record = await this.core.ports.runs.record(id);
      this.core.update(({ library }) => {
        library.records = library.records.filter((each) => each.id !== id);
        if (record) library.records.push(new OpenRecord(id, record));
      });
    });
  }

  /** Goes on with a kept run, under its own settings and with its own CLIP, on its pictures: open, or at hand. */
  resume(id: string): Promise<void> {
    return this.telling(async () => {
      const run = this.found(id);
      const clip = run.clip.startsWith('file:') ? null : run.clip;
      await resumeRun(this.core, this.data, this.running, { ...run, config: this.settingsOf(run), clip });
    });
  }

  /** The next run begins with this run's networks, on whatever pictures are or will be open. */
  fork(id: string): Promise<void> {
    return this.telling(async () => {
      const run = this.found(id);
      const config = this.settingsOf(run);
      this.core.update((state) => {
        takeSettings(state, config);
        state.library.warmStart = { from: { kind: 'run', run: id }, name: runName(run) };
        state.aside = null;
        state.stage = state.source ? 'review' : 'welcome';
      });
      this.data.readAgainAtResolution();
    });
  }

  /** The next run begins with the networks of the checkpoint that the playground shows. */
  forkCheckpoint(): void {
    const { file, facts } = this.core.state.playground;
    if (!file || !facts) return;
    this.core.update((state) => {
      takeSettings(state, facts.config);
      state.library.warmStart = { from: { kind: 'file', file }, name: file.name };
      state.aside = null;
      state.stage = state.source ? 'review' : 'welcome';
    });
    this.data.readAgainAtResolution();
  }

  /** The next run begins with noise, as usual. */
  startFresh(): void {
    this.core.update(({ library }) => {
      library.warmStart = null;
    });
  }

  /** A run that is deleted is not offered to go on with. */
  private async refreshAll(): Promise<void> {
    await Promise.all([this.refresh(), this.core.session?.lookForInterrupted().catch(() => undefined)]);
  }

  private async read(): Promise<void> {
    const runs = await this.core.ports.runs.all();
    this.core.update(({ library }) => {
      library.runs = runs;
      library.compared = library.compared.filter((id) => runs.some((run) => run.id === id && run.deletedAt === null));
    });
  }

  private found(id: string) {
    const run = this.core.state.library.runs?.find((each) => each.id === id);
    if (!run) throw new StudioError({ code: 'config-invalid', what: 'The run is gone.', why: '', action: '' });
    return run;
  }

  private settingsOf(run: KeptRun): RunConfig {
    const config = restoreConfig(run.config);
    if (!config) throw unreadable();
    return config;
  }

  /** What goes wrong is told where the list is shown. */
  private async telling(work: () => Promise<void>): Promise<void> {
    this.core.update(({ library }) => {
      library.problem = null;
    });
    await work().catch((error: unknown) => this.tell(error));
  }

  private tell(error: unknown): void {
    this.core.update(({ library }) => {
      library.problem = toErrorInfo(error);
    });
  }
}

function unreadable(): StudioError {
  return new StudioError({
    code: 'config-invalid',
    what: 'The settings of this run cannot be read.',
    why: 'They are damaged, or a newer version of the studio wrote them.',
    action: 'Open the run with the newest version, or start a new one.',
  });
}
