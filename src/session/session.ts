/**
 * The training session as a state machine, the same in the browser's worker and in Node:
 *
 *   idle -> importing -> ready -> preparing -> training <-> paused -> finished | stopped | failed, and from each of the last three to preparing again.
 *
 * It owns the data set, the engine and at most one run. Commands come in through `handle`, everything that happens goes out as events. Commands are
 * answered at once (`start` when the run is accepted, `pause` when the work rests); long work goes on behind them.
 */
import { acquireDevice } from '../gpu/device';
import { createEngine, type Engine } from '../gpu/engine';
import { StudioError, fromErrorInfo, toErrorInfo } from '../shared/errors';
import { importDataset, type ImportedDataset } from './importDataset';
import type { SessionPorts } from './ports';
import type { Command, ExportResult, SessionState } from './protocol';
import { Run } from './run';
import { RunStopped } from './runControl';

const refused = (what: string, action: string): StudioError => new StudioError({ code: 'protocol', what, why: '', action });

export class Session {
  private state: SessionState = 'booting';
  private dataset: ImportedDataset | null = null;
  private engine: Engine | null = null;
  private importing: AbortController | null = null;
  private run: Run | null = null;
  /** Settles when the work behind the current run has ended. */
  private working: Promise<void> = Promise.resolve();

  constructor(private readonly ports: SessionPorts) {}

  /** Executes one command. Rejects with a `StudioError` where it cannot; the session stays usable. */
  async handle(command: Command): Promise<ExportResult | undefined> {
    switch (command.type) {
      case 'hello':
        return void (await this.boot());
      case 'import':
        return void (await this.import(command));
      case 'start':
        return void (await this.start(command));
      case 'pause':
        return void (await this.pause());
      case 'resume':
        return void this.resume();
      case 'stop':
        return void (await this.stop());
      case 'export':
        return this.currentRun().export();
    }
  }

  /** Ends the run and frees the GPU. */
  async close(): Promise<void> {
    this.importing?.abort();
    this.run?.control.stop();
    await this.working;
    this.run?.dispose();
    this.engine?.dispose();
    this.engine = null;
  }

  private async boot(): Promise<void> {
    try {
      await this.ensureEngine();
      // An import may have begun meanwhile: its state stands.
      if (this.state === 'booting') this.setState('idle');
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** The engine; a new one, on a new device, after the old one was lost. */
  private async ensureEngine(): Promise<Engine> {
    if (this.engine) return this.engine;
    const context = await acquireDevice(this.ports.gpu);
    const engine = await createEngine(context);
    this.engine = engine;
    engine.onError((error) => this.gpuFailed(engine, error));
    const { timestamps: _, ...adapter } = context.adapter;
    this.ports.emit({ type: 'adapter', adapter });
    return engine;
  }

  /** The GPU refused something or went away: numbers can no longer be trusted, so the run ends here, with what was last saved. */
  private gpuFailed(engine: Engine, error: StudioError): void {
    this.run?.fail(error);
    if (error.info.code === 'device-lost' && this.engine === engine) this.engine = null;
  }

  private async import(command: Extract<Command, { type: 'import' }>): Promise<void> {
    if (this.isBusy()) throw refused('A run is going on.', 'Stop it before opening other pictures.');
    this.importing?.abort();
    const importing = new AbortController();
    this.importing = importing;
    this.run?.dispose();
    this.run = null;
    this.dataset = null;
    this.setState('importing');
    try {
      const dataset = await importDataset(this.ports, command.classes, command.items, command.resolution, importing.signal);
      this.dataset = dataset;
      this.ports.emit({ type: 'dataset', summary: dataset.summary, kept: dataset.kept });
      this.setState('ready');
    } catch (error) {
      // A newer import has taken over; its outcome is the one that counts.
      if (this.importing !== importing) return;
      this.setState('idle');
      throw error;
    } finally {
      if (this.importing === importing) this.importing = null;
    }
  }

  private async start(command: Extract<Command, { type: 'start' }>): Promise<void> {
    if (this.isBusy()) throw refused('A run is going on already.', 'Stop it before starting another.');
    const { dataset } = this;
    if (!dataset) throw refused('There are no pictures yet.', 'Drop a folder of pictures first.');
    // Before a new engine takes the place of a lost one: what the old run holds lies on the old device.
    this.run?.dispose();
    this.run = null;
    const engine = await this.ensureEngine();
    const run = new Run({ ports: this.ports, engine, dataset, config: command.config, clip: command.clip });
    this.run = run;
    this.setState('preparing');
    this.working = this.work(run);
  }

  private async work(run: Run): Promise<void> {
    try {
      await Promise.race([run.prepare(), run.failed]);
      if (!run.control.isPaused) this.setState('training');
      await Promise.race([run.train(), run.failed]);
      this.setState('finished');
    } catch (error) {
      if (error instanceof RunStopped && !run.failure) {
        this.setState('stopped');
        return;
      }
      if (!run.failure) run.fail(fromErrorInfo(toErrorInfo(error)));
      this.fail(run.failure ?? error);
    }
  }

  private async pause(): Promise<void> {
    if (this.state !== 'training' && this.state !== 'preparing') throw refused('There is nothing to pause.', 'Start a run first.');
    await this.currentRun().control.pause();
    if (this.isBusy()) this.setState('paused');
  }

  private resume(): void {
    if (this.state !== 'paused') throw refused('The run is not paused.', 'Pause it first.');
    const run = this.currentRun();
    this.setState(run.isTraining ? 'training' : 'preparing');
    run.control.resume();
  }

  private async stop(): Promise<void> {
    if (!this.isBusy()) return;
    this.currentRun().control.stop();
    await this.working;
  }

  private currentRun(): Run {
    if (!this.run) throw refused('There is no run.', 'Start a run first.');
    return this.run;
  }

  private isBusy(): boolean {
    return this.state === 'preparing' || this.state === 'training' || this.state === 'paused';
  }

  private setState(state: SessionState): void {
    this.state = state;
    this.ports.emit({ type: 'state', state });
  }

  private fail(error: unknown): void {
    this.ports.emit({ type: 'failed', error: toErrorInfo(error) });
    this.setState('failed');
  }
}
