/**
 * A run as a folder for PyTorch, downloaded as one zip. What goes wrong is told where it was asked for, and the run goes
 * on.
 */
import { toErrorInfo } from '../shared/errors';
import { bundleName, zipBundle } from './exportBundle';
import type { StudioCore } from './studioCore';

/** The folder inside the zip. */
const folder = 'lcp-gan-job';

export class SavingJob {
  constructor(private readonly core: StudioCore) {}

  /** True when the file was handed to the browser. */
  async save(): Promise<boolean> {
    const { session, state: before, ports } = this.core;
    if (!session || before.run.savingJob) return false;
    const startedAt = before.run.startedAt;
    this.tell({ done: 0, total: 0 }, null);
    try {
      const { files } = await session.trainingJob();
      if (session !== this.core.session) return false;
      this.core.flush();
      const total = files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
      const date = new Date(ports.now());
      const name = bundleName(date, this.core.state.run.latest?.kimg ?? 0, 'lcp-gan-job');
      const inFolder = files.map((file) => ({ ...file, name: `${folder}/${file.name}` }));
      let told = 0;
      const contents = await zipBundle({ files: inFolder }, date, (done) => {
        // A hundred redraws at most.
        if (done - told < total / 100) return;
        told = done;
        this.tell({ done, total }, null);
      });
      ports.saveFile(name, contents);
      this.tell(null, null);
      this.core.update((state) => {
        state.announcement = `Saved ${name}.`;
      });
      return true;
    } catch (error) {
      // Of a run that is gone nothing is told.
      if (session === this.core.session && startedAt === this.core.state.run.startedAt)
        this.tell(null, toErrorInfo(error));
      return false;
    }
  }

  private tell(
    savingJob: { done: number; total: number } | null,
    jobProblem: ReturnType<typeof toErrorInfo> | null,
  ): void {
    this.core.update(({ run }) => {
      Object.assign(run, { savingJob, jobProblem });
    });
  }
}
