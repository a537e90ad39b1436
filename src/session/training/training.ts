/**
 * The training phase: batches from the data set's cursor, iterations on the GPU, statistics and samples for the page.
 * Paced by the GPU alone (one iteration is queued while another runs), so it goes on at full speed in a hidden tab;
 * sampling keeps to a tenth of the time. Everything that must outlive the GPU is in `memory`: made anew with the same
 * memory, on another GPU, training goes on to the bit as it would have gone on from the last good state.
 */
import { GpuDataset } from '../../gpu/dataset/dataset';
import type { Engine } from '../../gpu/engine';
import { BatchSampler, type SamplerCursor } from '../../data/sampler';
import { GanTrainer } from '../../lcp/training/ganTrainer';
import { rawGrid } from '../../lcp/training/rawGrid';
import { Sampler, type SampleGrid } from '../../lcp/training/sampling';
import { checkClipHead, checkStability, type HealthFinding } from '../../lcp/health/health';
import { labelsOf } from '../../lcp/labels/labelBook';
import { HealthProbe } from '../../lcp/health/healthProbe';
import { chooseHeldOut, type HeldOut } from '../../lcp/health/heldOut';
import { noEdits, reshapes } from '../../lcp/partition/clusterEdits';
import { adaptToDataSize } from '../../lcp/training/schedule';
import type { Snapshot } from '../../lcp/training/snapshots';
import { streams } from '../../lcp/training/streams';
import { BatchComposer } from '../../lcp/training/trainingBatch';
import { warmStarted, type WarmStart } from '../../lcp/training/warmStart';
import { imagesPerIteration, totalIterations, type RunConfig } from '../../shared/config';
import { UNLABELED, type StatPoint } from '../../shared/domain';
import { StudioError } from '../../shared/errors';
import { slotIndex } from '../../shared/indices';
import type { Critic } from '../clip/critic';
import { criticTower } from '../clip/criticTower';
import { exportRun, trainingJobOf } from '../run/exportRun';
import type { HealthBoard } from '../health/healthBoard';
import type { RunLabels } from '../labels/runLabels';
import { HealthMonitor } from '../health/healthMonitor';
import type { ImportedDataset } from '../run/importDataset';
import type { Knowledge } from '../knowledge/knowledge';
import type { OpenClip } from '../clip/openClip';
import type { SessionPorts } from '../sessionPorts';
import { ProgressMeter } from '../run/progressMeter';
import type { ExportResult } from '../protocol/commands';
import { rest, RunStopped, type Gate } from '../run/runControl';
import { Safeguard } from './safeguard';
import type { Watching } from './watching';
import type { TrainingMemory } from './trainingMemory';

/** All stays as it is; knowledge is fresh; or the newest snapshot was brought to other clusters, too. */
export type RefreshOutcome = 'same' | 'fresh' | 'resized';

export interface TrainingOptions {
  /**
   * Goes through labels, clusters and prompts anew and brings `knowledge` up to date.
   */
  refresh: () => Promise<RefreshOutcome>;
  labels: RunLabels;
  ports: SessionPorts;
  engine: Engine;
  dataset: ImportedDataset;
  config: RunConfig;
  /** What looks at the pictures, and at samples for all that is told of them. */
  clip: OpenClip;
  /** What the CLIP head judges through. */
  critic: Critic;
  knowledge: Knowledge;
  control: Gate;
  memory: TrainingMemory;
  /** Hands the run, with a snapshot of this moment, to whoever saves it. */
  save: (snapshot: Snapshot) => Promise<void>;
  board: HealthBoard;
  watching: Watching;
  /** The networks that it begins with; null: as they are initialised. */
  warmStart: WarmStart | null;
}

/** Longest time between two points of the charts; and most iterations between them. */
const STATS_EVERY_MS = 1000;
const STATS_EVERY = 16;
/** Sampling may take this share of the time, and comes at least this many milliseconds apart. */
const SAMPLE_SHARE = 0.1;
const SAMPLE_EVERY_MS = 1500;
/** Time between two exports that are set aside for the case that the GPU goes away for good. */
const RESCUE_EVERY_MS = 5 * 60_000;

export class Training {
  readonly config: RunConfig;
  readonly trainer: GanTrainer;
  readonly sampler: Sampler;
  /** The pictures that the discriminator may see. */
  population: Uint32Array;
  private readonly pictures: GpuDataset;
  private composer: BatchComposer;
  private order: BatchSampler;
  private readonly heldOut: HeldOut | null;
  private lastStatsAt = Number.NEGATIVE_INFINITY;
  private lastStatsIteration = 0;
  private monitor: HealthMonitor;
  private readonly safeguard: Safeguard;
  /** What went wrong beside the course of the training, which ends with it at its next turn. */
  private endedBy: unknown = null;
  private nextRescueAt = Number.NEGATIVE_INFINITY;
  private nextSampleAt = Number.NEGATIVE_INFINITY;
  /** The first grid waits for the kernels that draw it: what it took says nothing of the next. */
  private hasDrawn = false;
  private refreshAtOnce = false;
  private nextSaveAt = Number.NEGATIVE_INFINITY;
  /** One user of the GPU's queue at a time: iterations, or an export. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(readonly options: TrainingOptions) {
    const { dataset, critic, knowledge } = options;
    const { summary, pixels } = dataset;
    const { slots } = knowledge.partition;
    const { labeledOnly } = options.config.ablation;
    // By the labels at the start: neither the pictures held out nor what follows from the size change on the way.
    const { atStart } = options.labels.codes;
    const first = usablePictures(atStart, labeledOnly);
    this.heldOut = chooseHeldOut(first, labelsOf(atStart), options.config.seed);
    const population = this.populationNow();
    this.population = population;
    this.config = adaptToDataSize(options.config, first.length, summary.classes.length);
    const { config } = this;
    this.pictures = new GpuDataset({
      count: summary.imageCount,
      height: summary.resolution,
      width: summary.resolution,
    });
    this.pictures.set(0, pixels);
    this.composer = new BatchComposer(config, slots, knowledge.conditions);
    const newest = options.memory.snapshots.newest;
    this.order = new BatchSampler({
      population,
      seed: config.seed,
      stream: streams.imageOrder,
      ...(newest ? { cursor: newest.cursor } : {}),
    });
    const usesClip = config.clipHead.weight > 0;
    this.trainer = new GanTrainer({
      config,
      slots,
      classCount: summary.classes.length,
      dataset: this.pictures,
      clip: usesClip
        ? { branch: criticTower(critic, options.clip, config), promptFeatures: knowledge.promptFeatures }
        : null,
    });
    this.sampler = new Sampler({
      networks: this.trainer.networks,
      slots,
      classCount: summary.classes.length,
      seed: config.seed,
      columns: config.sampleColumns,
      batch: config.batch,
      drawConditions: (count, random) => this.composer.drawConditions(count, random),
    });
    this.monitor = this.makeMonitor();
    this.safeguard = new Safeguard({
      trainer: this.trainer,
      memory: options.memory,
      cursor: () => this.order.cursor(),
      emit: options.ports.emit,
    });
  }

  /** What may be trained on with the labels as they are: neither held out nor left out by a person. */
  private populationNow(): Uint32Array {
    const spared = new Set(this.heldOut?.heldOut);
    const usable = usablePictures(this.options.labels.codes.applied, this.options.config.ablation.labeledOnly);
    return usable.filter((image) => !spared.has(image));
  }

  private makeMonitor(): HealthMonitor {
    const { config, options, trainer, sampler, pictures, population, heldOut } = this;
    const { board, dataset, clip, knowledge } = options;
    const { summary } = dataset;
    const probe = new HealthProbe({
      networks: trainer.networks,
      sampler,
      pictures,
      tower: { encode: (images) => clip.image.encode(images), imageSize: clip.model.imageSize, dim: clip.model.dim },
      conditions: { classCount: summary.classes.length, slotCount: knowledge.partition.slots.length },
      batch: config.batch,
      resolution: summary.resolution,
    });
    return new HealthMonitor({
      probe,
      board,
      config,
      dataset,
      knowledge,
      population,
      heldOut,
      onCoverage: ({ observed, expected }) =>
        options.ports.emit({ type: 'clusterSamples', observed: [...observed], expected: [...expected] }),
    });
  }

  /** What the health checks say. */
  get health(): readonly HealthFinding[] {
    return this.options.board.findings;
  }

  /** All recorded statistics, oldest first. */
  get history(): readonly StatPoint[] {
    return this.options.memory.history;
  }

  /** The newest sample grid, or null before the first. */
  get lastGrid(): SampleGrid | null {
    return this.options.memory.grid;
  }

  /** kimg shown so far. */
  get kimg(): number {
    return (this.trainer.iteration * imagesPerIteration(this.config)) / 1000;
  }

  /** Where the order of the training images stands. */
  cursor(): SamplerCursor {
    return this.order.cursor();
  }

  /** Captures the steps, compiles their kernels, and brings in the last good state if there is one. */
  async prepare(onProgress: (done: number, total: number) => void): Promise<void> {
    await this.pictures.allocated;
    await this.trainer.prepare(onProgress);
    const newest = this.options.memory.snapshots.newest;
    if (!newest) return this.beginWarm();
    this.trainer.importState(newest.trainer);
    this.lastStatsIteration = this.trainer.iteration;
    this.options.memory.history = this.history.filter(({ iteration }) => iteration <= newest.trainer.iteration);
  }

  private async beginWarm(): Promise<void> {
    const { warmStart, dataset, knowledge, clip, critic } = this.options;
    if (!warmStart) return;
    const to = { classes: dataset.summary.classes, slots: knowledge.partition.slots };
    const fresh = await this.trainer.exportState();
    try {
      const clips = { prompts: clip.model.hash, critic: critic.model.hash };
      this.trainer.importState(warmStarted(fresh, warmStart, to, clips));
    } catch (error) {
      throw error instanceof RangeError ? otherNetworks(error) : error;
    }
  }

  /** Trains to the end, or until the networks must be made anew for other clusters. */
  async train(): Promise<'finished' | 'resized'> {
    try {
      return await this.trainToEnd();
    } catch (error) {
      // What is shown and exported after a stop is the state that was reached. A GPU that is gone tells so itself.
      if (error instanceof RunStopped) await this.alone(() => this.freshen()).catch(() => undefined);
      throw error;
    }
  }

  private async trainToEnd(): Promise<'finished' | 'resized'> {
    const { control, ports, engine } = this.options;
    const total = totalIterations(this.config);
    const reached = (): number => Math.min(this.kimg, this.config.kimg);
    // A run that goes on, after a reload or with other clusters, neither begins at nothing nor came this far in no time.
    const meter = new ProgressMeter(
      { phase: 'train', label: 'Training', unit: 'kimg', total: this.config.kimg, done: reached() },
      ports.emit,
    );
    await this.alone(async () => {
      await this.showSamples();
      await this.safeguard.takeSnapshot();
      await this.saveRun();
    });
    while (this.trainer.iteration < total) {
      // The grid is brought up to date while the work rests; it must not hold up the pause.
      if (control.isPaused) void this.alone(() => this.freshen()).catch((error: unknown) => (this.endedBy = error));
      await rest(control, meter);
      if (this.endedBy !== null) throw this.endedBy;
      if ((await this.refreshWhenDue()) === 'resized') return 'resized';
      await this.alone(async () => {
        const previous = engine.context.device.queue.onSubmittedWorkDone();
        this.iterate();
        await previous;
        await this.report(this.trainer.iteration === total);
        await this.monitor.turn(this.trainer.iteration / total);
      });
      meter.update(reached());
    }
    await engine.settle();
    this.options.board.show();
    await this.alone(() => this.savePresent());
    return 'finished';
  }

  /** Goes through labels, clusters and prompts before the next iteration. */
  refreshSoon(): void {
    this.refreshAtOnce = true;
  }

  /**
   * The files of an export of the present state; of the last good one, where it turns out now that training has come
   * apart.
   */
  export(): Promise<ExportResult> {
    return this.alone(async () => {
      if (this.trainer.iteration > this.lastStatsIteration)
        await this.showStats().catch((error: unknown) => (this.endedBy = error));
      return exportRun(this);
    });
  }

  /** The files of a training job, which goes on from the present state. */
  trainingJob(): Promise<ExportResult> {
    return this.alone(() => trainingJobOf(this));
  }

  /** The samples of this iteration anew, between two iterations. */
  async lookAgain(): Promise<void> {
    await this.alone(() => this.showSamples());
  }

  dispose(): void {
    this.trainer.dispose();
    this.pictures.dispose();
  }

  /** Labels, clusters and prompts anew, every `refreshKimg`. */
  private async refreshWhenDue(): Promise<RefreshOutcome> {
    const { refreshKimg } = this.config.prompts;
    const { iteration } = this.trainer;
    const { memory } = this.options;
    const periods = (iterations: number): number =>
      Math.floor((iterations * imagesPerIteration(this.config)) / 1000 / refreshKimg);
    const scheduled = refreshKimg > 0 && iteration > 0 && periods(iteration) !== periods(iteration - 1);
    const asked = this.refreshAtOnce || this.options.labels.isDue(iteration, totalIterations(this.config));
    // A run that goes on from an earlier state comes by here once more.
    if (!asked && (!scheduled || memory.refreshedAt >= iteration)) return 'same';
    const { options } = this;
    const { knowledge } = options;
    if (reshapes(knowledge.edits ?? noEdits) && !(await this.alone(() => this.setAside()))) return 'same';
    this.refreshAtOnce = false;
    memory.refreshedAt = iteration;
    const outcome = await options.refresh();
    if (outcome !== 'fresh') return outcome;
    this.followLabels();
    this.composer = new BatchComposer(this.config, knowledge.partition.slots, knowledge.conditions);
    if (this.config.clipHead.weight > 0) this.trainer.setPromptFeatures(knowledge.promptFeatures);
    return outcome;
  }

  /** A snapshot of this very moment; false where there can be none yet. */
  private async setAside(): Promise<boolean> {
    const { snapshots } = this.options.memory;
    if (this.trainer.iteration > this.lastStatsIteration) await this.showStats();
    await this.safeguard.takeSnapshot({ now: true });
    return snapshots.newest?.trainer.iteration === this.trainer.iteration;
  }

  /** Pictures that came in or were left out: the order of the rest goes on where it stands. */
  private followLabels(): void {
    const population = this.populationNow();
    const same = population.length === this.population.length && population.every((p, i) => p === this.population[i]);
    if (same) return;
    this.population = population;
    const cursor = this.order.cursor();
    this.order = new BatchSampler({ population, seed: this.config.seed, stream: streams.imageOrder, cursor });
    this.monitor = this.makeMonitor();
  }

  private iterate(): void {
    this.trainer.iterate(this.composer.compose(this.trainer.draws, this.order.next(imagesPerIteration(this.config))));
  }

  /** Does `work` between two iterations, with the sampler brought up to date: for measurements. */
  drawing<T>(
    work: (source: { pictures: Sampler['pictures']; drawConditions: BatchComposer['drawConditions'] }) => Promise<T>,
  ): Promise<T> {
    return this.alone(async () => {
      await this.sampler.refresh();
      return work({
        pictures: (z, u, style) => this.sampler.pictures(z, u, style),
        drawConditions: (count, random) => this.composer.drawConditions(count, random),
      });
    });
  }

  /** Runs `work` when nobody else is using the queue. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async report(last: boolean): Promise<void> {
    const now = performance.now();
    const { iteration } = this.trainer;
    const due = last || now - this.lastStatsAt >= STATS_EVERY_MS || iteration - this.lastStatsIteration >= STATS_EVERY;
    if (due) await this.showStats();
    if (last || now >= this.nextSampleAt) await this.showSamples();
    // Only what has just been examined is set aside.
    if (due && (last || now >= this.nextRescueAt)) {
      this.options.memory.rescue = await exportRun(this);
      this.nextRescueAt = performance.now() + RESCUE_EVERY_MS;
    }
  }

  /** Reads the statistics, shows them, and sets the state aside; or goes back where training has come apart. */
  private async showStats(): Promise<void> {
    const { iteration } = this.trainer;
    const values = await this.trainer.readStats();
    this.lastStatsAt = performance.now();
    const point = { iteration, kimg: this.kimg, values };
    const before = this.options.memory.snapshots.newest;
    const wentBack = this.safeguard.examine(point) || (await this.safeguard.takeSnapshot());
    this.lastStatsIteration = this.trainer.iteration;
    this.options.board.set(checkStability(this.options.memory.rollbacks, this.trainer.rateScale));
    if (wentBack) {
      this.nextSampleAt = Number.NEGATIVE_INFINITY;
      return;
    }
    this.options.memory.history.push(point);
    this.options.ports.emit({ type: 'stats', points: [point] });
    this.options.board.set(checkClipHead(this.history, this.config));
    if (this.options.memory.snapshots.newest !== before) await this.saveRun();
  }

  /**
   * Has the run saved, if it is time (or `now` says so). To be called right after a snapshot was taken: what is known
   * then belongs to it.
   */
  private async saveRun({ now = false } = {}): Promise<void> {
    const { ports, memory, save } = this.options;
    const snapshot = memory.snapshots.newest;
    if (!ports.runStore || !snapshot || (performance.now() < this.nextSaveAt && !now)) return;
    await save(snapshot);
    this.nextSaveAt = performance.now() + ports.runStore.everyMs;
  }

  /** Has the present state saved, where the statistics of this very iteration were found good. */
  private async savePresent(): Promise<void> {
    const { ports, memory } = this.options;
    if (
      !ports.runStore ||
      (await this.safeguard.takeSnapshot({ now: true })) ||
      memory.snapshots.newest?.trainer.iteration !== this.trainer.iteration
    )
      return;
    await this.saveRun({ now: true });
  }

  /** Statistics and grid of the present iteration, where they show an earlier one. */
  private async freshen(): Promise<void> {
    if (this.trainer.iteration > (this.history.at(-1)?.iteration ?? 0)) await this.showStats();
    if (this.options.memory.grid?.iteration !== this.trainer.iteration) await this.showSamples();
    this.options.board.show();
    await this.savePresent();
  }

  private async showSamples(): Promise<void> {
    const started = performance.now();
    // First: the average's own grid then finds everything brought up to date with the average.
    const raw = this.options.watching.raw ? (await rawGrid(this.trainer.networks.generator, this.sampler)).rgba : null;
    const grid = await this.sampler.grid();
    const took = performance.now() - started;
    const pause = this.hasDrawn ? Math.max(SAMPLE_EVERY_MS, took / SAMPLE_SHARE - took) : SAMPLE_EVERY_MS;
    this.nextSampleAt = performance.now() + pause;
    this.hasDrawn = true;
    const { iteration } = this.trainer;
    this.options.memory.grid = { ...grid, rgba: grid.rgba.slice(0), iteration };
    const rows = grid.rows.map(slotIndex);
    const event = { type: 'samples', iteration, kimg: this.kimg, ...grid, rows, ...(raw && { raw }) } as const;
    this.options.ports.emit(event, raw ? [grid.rgba, raw] : [grid.rgba]);
  }
}

function otherNetworks(cause: RangeError): StudioError {
  return new StudioError(
    {
      code: 'config-invalid',
      what: 'The run cannot begin with those networks.',
      why: `They are built otherwise than the settings say: ${cause.message}.`,
      action: 'Keep base model, resolution and sizes as the earlier run had them, or start without its networks.',
    },
    { cause },
  );
}

/** Pictures that are trained on but for what is held out: all that a person left in, or only those with a label. */
function usablePictures(codes: Int32Array, labeledOnly: boolean): Uint32Array {
  return Uint32Array.from(codes.keys()).filter((image) => (codes[image] as number) >= (labeledOnly ? 0 : UNLABELED));
}
