/**
 * The training phase: batches from the data set's cursor, iterations on the GPU, statistics and samples for the page. Paced by the GPU alone (one
 * iteration is queued while another runs), so it goes on at full speed in a hidden tab; sampling keeps to a tenth of the time.
 */
import { GpuDataset } from '../gpu/dataset';
import type { Engine } from '../gpu/engine';
import { BatchSampler, type SamplerCursor } from '../data/sampler';
import { GanTrainer } from '../lcp/ganTrainer';
import { Sampler, type SampleGrid } from '../lcp/sampling';
import { checkClipHead, checkDivergence, type HealthFinding } from '../lcp/health';
import { adaptToDataSize } from '../lcp/schedule';
import { streams } from '../lcp/streams';
import { BatchComposer } from '../lcp/trainingBatch';
import { imagesPerIteration, totalIterations, type RunConfig } from '../shared/config';
import { UNLABELED, type StatPoint } from '../shared/domain';
import { StudioError } from '../shared/errors';
import { exportRun } from './exportRun';
import type { ImportedDataset } from './importDataset';
import type { Knowledge } from './knowledge';
import type { OpenClip } from './openClip';
import type { SessionPorts } from './ports';
import { ProgressMeter } from './progressMeter';
import type { ExportResult } from './protocol';
import { rest, type RunControl } from './runControl';

export interface TrainingOptions {
  ports: SessionPorts;
  engine: Engine;
  dataset: ImportedDataset;
  config: RunConfig;
  clip: OpenClip;
  knowledge: Knowledge;
  control: RunControl;
}

/** Longest time between two points of the charts; and most iterations between them. */
const STATS_EVERY_MS = 1000;
const STATS_EVERY = 16;
/** Sampling may take this share of the time, and comes at least this many milliseconds apart. */
const SAMPLE_SHARE = 0.1;
const SAMPLE_EVERY_MS = 1500;
/** Time between two rescue copies: what is lost at most when the GPU goes away. */
const RESCUE_EVERY_MS = 5 * 60_000;

export class Training {
  readonly config: RunConfig;
  readonly trainer: GanTrainer;
  readonly sampler: Sampler;
  readonly history: StatPoint[] = [];
  lastGrid: SampleGrid | null = null;
  private readonly pictures: GpuDataset;
  private readonly composer: BatchComposer;
  private readonly order: BatchSampler;
  private lastStatsAt = Number.NEGATIVE_INFINITY;
  private lastStatsIteration = 0;
  /** Findings that have been shown and still hold. */
  private readonly told = new Set<string>();
  private rescue: ExportResult | null = null;
  private nextRescueAt = Number.NEGATIVE_INFINITY;
  private nextSampleAt = Number.NEGATIVE_INFINITY;
  /** One user of the GPU's queue at a time: iterations, or an export. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(readonly options: TrainingOptions) {
    const { dataset, clip, knowledge } = options;
    const { summary, pixels } = dataset;
    const { slots } = knowledge.partition;
    const { labeledOnly } = options.config.ablation;
    const labeled = Uint32Array.from(dataset.labels.keys()).filter((image) => dataset.labels[image] !== UNLABELED);
    const population = labeledOnly ? labeled : summary.imageCount;
    this.config = adaptToDataSize(options.config, labeledOnly ? labeled.length : summary.imageCount, summary.classes.length);
    const { config } = this;
    this.pictures = new GpuDataset({ count: summary.imageCount, height: summary.resolution, width: summary.resolution });
    this.pictures.set(0, pixels);
    this.composer = new BatchComposer(config, slots, knowledge.conditions);
    this.order = new BatchSampler({ population, seed: config.seed, stream: streams.imageOrder });
    const usesClip = config.clipHead.weight > 0;
    const branch = { encode: (images: Parameters<typeof clip.image.encode>[0]) => clip.image.encode(images), imageSize: clip.model.imageSize, dim: clip.model.dim };
    this.trainer = new GanTrainer({
      config,
      slots,
      classCount: summary.classes.length,
      dataset: this.pictures,
      clip: usesClip ? { branch, promptFeatures: knowledge.promptFeatures } : null,
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
  }

  /** kimg shown so far. */
  get kimg(): number {
    return (this.trainer.iteration * imagesPerIteration(this.config)) / 1000;
  }

  /** Where the order of the training images stands. */
  cursor(): SamplerCursor {
    return this.order.cursor();
  }

  /** Captures the steps and compiles their kernels. */
  prepare(onProgress: (done: number, total: number) => void): Promise<void> {
    return this.trainer.prepare(onProgress);
  }

  async train(): Promise<void> {
    const { control, ports, engine } = this.options;
    const total = totalIterations(this.config);
    const meter = new ProgressMeter({ phase: 'train', label: 'Training', unit: 'kimg', total: this.config.kimg }, ports.emit);
    await this.alone(() => this.showSamples());
    while (this.trainer.iteration < total) {
      await rest(control, meter);
      await this.alone(async () => {
        const previous = engine.context.device.queue.onSubmittedWorkDone();
        this.iterate();
        await previous;
        await this.report(this.trainer.iteration === total);
      });
      meter.update(Math.min(this.kimg, this.config.kimg));
    }
    await engine.settle();
  }

  export(): Promise<ExportResult> {
    return this.alone(() => exportRun(this));
  }

  /** The last export that was set aside in memory, for when the GPU can no longer be asked; null before the first iteration. */
  rescued(): ExportResult | null {
    return this.rescue && { files: this.rescue.files.map(({ name, bytes }) => ({ name, bytes: bytes.slice(0) })) };
  }

  dispose(): void {
    this.trainer.dispose();
    this.pictures.dispose();
  }

  private iterate(): void {
    const { iteration } = this.trainer;
    this.trainer.iterate(this.composer.compose(iteration, this.order.next(imagesPerIteration(this.config))));
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
    if (last || now >= this.nextRescueAt) {
      this.rescue = await exportRun(this);
      this.nextRescueAt = performance.now() + RESCUE_EVERY_MS;
    }
  }

  private async showStats(): Promise<void> {
    const { iteration } = this.trainer;
    const values = await this.trainer.readStats();
    this.lastStatsAt = performance.now();
    this.lastStatsIteration = iteration;
    const broken = Object.entries(values).find(([, value]) => !Number.isFinite(value));
    if (broken) throw diverged(broken[0], iteration);
    const point = { iteration, kimg: this.kimg, values };
    this.history.push(point);
    this.options.ports.emit({ type: 'stats', points: [point] });
    this.tell(checkDivergence(this.history));
    this.tell(checkClipHead(this.history));
  }

  /** Says what is wrong once; again only after it has been right in between. */
  private tell(finding: HealthFinding | null): void {
    if (!finding) return;
    const { code, healthy, text, action } = finding;
    if (healthy) this.told.delete(code);
    else if (!this.told.has(code)) {
      this.told.add(code);
      this.options.ports.emit({ type: 'notice', tone: 'warning', code, text, action });
    }
  }

  private async showSamples(): Promise<void> {
    const started = performance.now();
    const grid = await this.sampler.grid();
    const took = performance.now() - started;
    this.nextSampleAt = performance.now() + Math.max(SAMPLE_EVERY_MS, took / SAMPLE_SHARE - took);
    this.lastGrid = { ...grid, rgba: grid.rgba.slice(0) };
    const { iteration } = this.trainer;
    this.options.ports.emit({ type: 'samples', iteration, kimg: this.kimg, ...grid }, [grid.rgba]);
  }
}

function diverged(name: string, iteration: number): StudioError {
  return new StudioError({
    code: 'diverged',
    what: 'Training has diverged: its numbers are no longer finite.',
    why: `The value "${name}" became infinite or undefined at iteration ${iteration}; the learning rates are too high for these pictures.`,
    action: 'Start a new run with half the learning rates (Advanced settings).',
  });
}
