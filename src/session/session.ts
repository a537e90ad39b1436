/**
 * The training session as a state machine, the same in the browser's worker and in Node:
 *
 *   idle -> importing -> ready -> preparing -> training <-> paused -> finished | stopped | failed, and from each of the last three to preparing again.
 *
 * A GPU that is lost during a run is replaced, and the run goes on in the state it was in; only after several losses in
 * a short time does it fail.
 *
 * It owns the data set, the engine and at most one run. Commands come in through `handle`, everything that happens goes
 * out as events. Commands are answered at once (`start` when the run is accepted, `pause` when the work rests); long
 * work goes on behind them.
 */
import { acquireDevice } from '../gpu/device/device';
import { createEngine, type Engine } from '../gpu/engine';
import { StudioError, fromErrorInfo, toErrorInfo } from '../shared/errors';
import { askClip, notLookedAt, overtaken } from './clip/askClip';
import { OfferedItems } from './run/offeredItems';
import { importDataset, type ImportedDataset } from './run/importDataset';
import { LabelKeeper } from './labels/labelKeeper';
import { Labeling } from './labels/labeling';
import { Evaluations } from './evaluation/evaluateRun';
import { digestOfPictures } from './saving/savedRun';
import { interruptedRunOf } from './saving/interruptedRun';
import { claimRun } from './saving/runSaving';
import type { SessionPorts } from './sessionPorts';
import { perform, type Arguments, type Command, type Reply, type SessionCommands } from './protocol/commands';
import type { SessionState } from './protocol/events';
import { directionsOf, draw, openCheckpoint, type DrawingSource, type OpenedCheckpoint } from './playground/playground';
import type { GeneratorFacts } from './playground/drawn';
import { Run } from './run/run';
import { benchmark, type Benchmark } from './training/benchmark';
import type { Watching } from './training/watching';
import { isLoss, tooManyLosses } from './run/deviceLoss';
import { RestoreBudget } from './run/restoreBudget';
import { RunStopped } from './run/runControl';

/**
 * Tries to reach the GPU again after a loss (the driver or the browser's GPU process may take a moment), and the time
 * between them.
 */
const REACH_TRIES = 20;
const REACH_EVERY_MS = 500;

const noop = (): void => undefined;
const refused = (what: string, action: string): StudioError =>
  new StudioError({ code: 'protocol', what, why: '', action });

export class Session {
  private state: SessionState = 'booting';
  private dataset: ImportedDataset | null = null;
  private engine: Engine | null = null;
  private importing: AbortController | null = null;
  private run: Run | null = null;
  private checkpoint: OpenedCheckpoint | null = null;
  /** Settles when the work behind the current run has ended. */
  private working: Promise<void> = Promise.resolve();

  private readonly evaluations: Evaluations;
  private benchmarking: { aborting: AbortController; ended: Promise<void> } | null = null;
  /** What a user wants to see beside the samples; holds for every run. */
  private readonly watching: Watching = { raw: false };
  private readonly labeling: Labeling;
  private readonly offered = new OfferedItems();

  /** What it can do; `handle` looks here. */
  private readonly commands: SessionCommands = {
    hello: () => this.boot(),
    offer: async ({ ticket, items }) => this.offered.add(ticket, items),
    import: (args) => this.import(args),
    cancelImport: async () => this.importing?.abort(),
    start: (args) => this.start(args),
    forget: ({ run }) => this.forget(run),
    lookForInterrupted: () => this.tellInterrupted(),
    pause: () => this.pause(),
    resume: async () => this.resume(),
    stop: () => this.stop(),
    benchmark: (args) => this.benchmark(args),
    watch: (args) => this.watch(args),
    export: async () => this.evaluations.beside(await this.currentRun().export()),
    trainingJob: async () => this.currentRun().trainingJob(),
    evaluate: async (args) => this.evaluations.evaluate(args, this.currentRun().evaluated()),
    cancelEvaluation: async () => this.evaluations.cancel(),
    askClip: ({ texts }) => this.askClip(texts),
    clusterMap: async () => this.currentRun().clusterMap(),
    editClusters: async (args) => this.currentRun().editClusters(args),
    openCheckpoint: ({ file }) => this.openCheckpoint(file),
    generator: async () => this.currentRun().drawn().facts,
    draw: (args) => draw(this.drawn(args.of), args),
    directions: (args) => directionsOf(this.drawn(args.of), args),
    editLabels: async (args) => this.labeling.edit(args, this.isBusy() ? this.run : null),
    removeClass: async (args) => this.labeling.removeClass(args, this.isBusy() ? this.run : null),
    useLabels: async () => this.labeling.use(this.isBusy() ? this.run : null),
    studyPictures: ({ clip }) => this.labeling.study(clip, this.run, this.isBusy()),
    checkPictures: ({ clip }) => this.labeling.check(clip, this.run, this.isBusy()),
    rankByWords: ({ text }) => this.labeling.rankByWords(text),
    rankByLikeness: ({ images }) => this.labeling.rankByLikeness(images),
  };

  /** @param restores how often a lost GPU is replaced */
  constructor(
    private readonly ports: SessionPorts,
    private readonly restores = new RestoreBudget(),
  ) {
    this.evaluations = new Evaluations(ports);
    this.labeling = new Labeling(ports);
  }

  /** Executes one command. Rejects with a `StudioError` where it cannot; the session stays usable. */
  handle<C extends Command>(command: C): Promise<Reply<C['type']>> {
    return perform(this.commands, command);
  }

  /** Ends the run and frees the GPU. Pictures and features go too, whoever still holds the session. */
  async close(): Promise<void> {
    this.evaluations.clear();
    this.closeCheckpoint();
    this.importing?.abort();
    this.run?.control.stop();
    await this.working;
    await this.labeling.close();
    this.run?.dispose();
    this.run = null;
    this.dataset = null;
    this.engine?.dispose();
    this.engine = null;
  }

  private async boot(): Promise<void> {
    try {
      await this.ensureEngine();
      // An import may have begun meanwhile: its state stands.
      if (this.state === 'booting') this.setState('idle');
      void this.tellInterrupted();
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

  /**
   * The GPU refused something: numbers can no longer be trusted, so the run ends here, with what was last saved. Or it
   * went away: the work on it ends, and `work` sees to a new one.
   */
  private gpuFailed(engine: Engine, error: StudioError): void {
    if (this.engine !== engine) return;
    if (isLoss(error) && this.isBusy()) {
      this.run?.interrupt(error);
      return;
    }
    this.run?.fail(error);
    if (isLoss(error)) {
      this.checkpoint = null;
      this.engine = null;
    }
  }

  /**
   * Replaces a lost GPU.
   * @throws StudioError with the loss itself where it has happened too often, or why there is no other GPU
   */
  private async recover(run: Run, loss: StudioError): Promise<void> {
    const lost = this.engine;
    if (!this.restores.take()) {
      this.engine = null;
      throw tooManyLosses(loss, this.restores.times);
    }
    await run.detach();
    lost?.dispose();
    this.engine = null;
    run.attach(await this.reachAgain(run));
  }

  private async reachAgain(run: Run): Promise<Engine> {
    for (let left = REACH_TRIES; ; left -= 1) {
      try {
        return await this.ensureEngine();
      } catch (error) {
        if (left <= 1 || run.control.isStopped) throw error;
        await new Promise((resolve) => setTimeout(resolve, REACH_EVERY_MS));
      }
    }
  }

  private async import({ classes, items: last, ticket, resolution, ...how }: Arguments<'import'>): Promise<void> {
    const items = [...this.offered.take(ticket), ...last];
    if (this.isBusy()) throw refused('A run is going on.', 'Stop it before opening other pictures.');
    this.importing?.abort();
    const importing = new AbortController();
    this.importing = importing;
    this.evaluations.clear();
    void this.labeling.close();
    this.run?.dispose();
    this.run = null;
    this.dataset = null;
    this.setState('importing');
    try {
      const dataset = await importDataset(this.ports, classes, items, resolution, importing.signal, how);
      const keeper = await LabelKeeper.open(dataset, this.ports);
      importing.signal.throwIfAborted();
      this.dataset = dataset;
      this.labeling.open(dataset, keeper);
      const { summary, decoded } = dataset;
      this.ports.emit({ type: 'dataset', summary, decoded, pictures: keeper.id });
      this.labeling.tell();
      this.setState('ready');
      void this.tellInterrupted();
    } catch (error) {
      // A newer import has taken over; its outcome is the one that counts.
      if (this.importing !== importing) return;
      this.setState('idle');
      throw error;
    } finally {
      if (this.importing === importing) this.importing = null;
    }
  }

  private async start({ config, clip, critic, ...how }: Arguments<'start'>): Promise<void> {
    if (this.isBusy()) throw refused('A run is going on already.', 'Stop it before starting another.');
    const { dataset } = this;
    if (!dataset) throw refused('There are no pictures yet.', 'Drop a folder of pictures first.');
    // Before anything is given up or loaded for it: another tab may have it.
    if (how.resume === 'must' && how.run !== undefined) await claimRun(this.ports, how.run);
    await this.endBenchmark();
    this.evaluations.clear();
    // Before a new engine takes the place of a lost one: what the old run holds lies on the old device.
    this.run?.dispose();
    this.run = null;
    this.closeCheckpoint();
    const engine = await this.ensureEngine();
    const seen = await this.labeling.handOver(clip);
    const { book } = this.labeling;
    const run = new Run({
      ports: this.ports,
      engine,
      dataset,
      book,
      seen,
      config,
      clip,
      critic,
      watching: this.watching,
      ...how,
    });
    this.run = run;
    this.setState('preparing');
    this.working = this.work(run).finally(() => void this.tellInterrupted());
  }

  private async work(run: Run): Promise<void> {
    try {
      for (let finished = false; !finished;) finished = await this.proceed(run);
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

  /**
   * Takes the run to its end, or to the loss of its GPU and on to a new one.
   * @returns whether it has come to its end
   */
  private async proceed(run: Run): Promise<boolean> {
    try {
      await run.prepare();
      if (!run.control.isPaused && this.state !== 'training') this.setState('training');
      await run.train();
      return true;
    } catch (error) {
      if (!isLoss(error) || run.failure) throw error;
      await this.recover(run, error);
      return false;
    }
  }

  private async pause(): Promise<void> {
    if (this.state !== 'training' && this.state !== 'preparing')
      throw refused('There is nothing to pause.', 'Start a run first.');
    await this.currentRun().control.pause();
    if (this.isBusy()) this.setState('paused');
  }

  private resume(): void {
    if (this.state !== 'paused') throw refused('The run is not paused.', 'Pause it first.');
    const run = this.currentRun();
    this.setState(run.isTraining ? 'training' : 'preparing');
    run.control.resume();
  }

  private async forget(id: string): Promise<void> {
    await this.ports.runStore?.forget(id);
    await this.tellInterrupted();
  }

  /**
   * Says which run was interrupted, if any. What goes wrong with the storage is no reason to trouble anybody: runs then
   * begin as they always can.
   */
  private async tellInterrupted(): Promise<void> {
    const { ports, dataset } = this;
    if (!ports.runStore) return;
    const runs = await ports.runStore.list().catch(() => []);
    const chosen = interruptedRunOf(runs, dataset);
    const about = runs.find(({ id }) => id === chosen?.id);
    const interrupted = chosen && about && { ...chosen, pictures: await digestOfPictures(about.identity.pictures) };
    // Other pictures, or none, may have come meanwhile: they tell for themselves.
    if (this.dataset === dataset) ports.emit({ type: 'interrupted', run: interrupted ?? null });
  }

  private async stop(): Promise<void> {
    if (!this.isBusy()) return;
    this.currentRun().control.stop();
    await this.working;
  }

  private async askClip(texts: readonly string[]): Promise<void> {
    const { run } = this;
    if (!run) throw notLookedAt();
    // A run that gives way to another takes its CLIP along, whatever is being asked of it.
    const result = await askClip(run.asked(), texts).catch((error: unknown) => {
      throw this.run === run ? error : overtaken();
    });
    if (this.run !== run) throw overtaken();
    this.ports.emit({ type: 'clipAnswer', result });
  }

  private async benchmark({ config, iterations }: Arguments<'benchmark'>): Promise<Benchmark> {
    if (this.isBusy() || this.benchmarking) throw refused('The GPU is at work.', 'Wait until it is done.');
    const engine = await this.ensureEngine();
    const aborting = new AbortController();
    const measuring = benchmark(config, iterations, () => engine.settle(), aborting.signal);
    this.benchmarking = { aborting, ended: measuring.then(noop, noop) };
    try {
      return await measuring;
    } finally {
      this.benchmarking = null;
    }
  }

  /** A run has the GPU for itself. */
  private async endBenchmark(): Promise<void> {
    this.benchmarking?.aborting.abort(refused('A run begins.', 'Measure again later.'));
    await this.benchmarking?.ended;
  }

  private async watch({ raw }: Arguments<'watch'>): Promise<void> {
    this.watching.raw = raw;
    await this.run?.lookAgain();
  }

  private async openCheckpoint(file: Blob): Promise<GeneratorFacts> {
    if (this.isBusy()) throw refused('A run is going on.', 'Stop it before opening a checkpoint.');
    await this.ensureEngine();
    const opened = await openCheckpoint(file);
    this.closeCheckpoint();
    this.checkpoint = opened;
    return opened.facts;
  }

  private closeCheckpoint(): void {
    this.checkpoint?.dispose();
    this.checkpoint = null;
  }

  private drawn(of: Arguments<'draw'>['of']): DrawingSource {
    if (of === 'run') return this.currentRun().drawn();
    if (!this.checkpoint) throw refused('The checkpoint is no longer open.', 'Drop its file once more.');
    return this.checkpoint;
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
