/**
 * One run: from the data set and a configuration to trained networks. `prepare` goes through the phases that come before training (CLIP,
 * features, labels, partition, prompts, capture); `train` iterates until the configured length is reached. Both rest and end at the gates of
 * `control`. What has been reached can be exported between two iterations at any time, and after a failure as of the last good moment.
 */
import { classFeatures } from '../clip/zeroShot';
import type { Engine } from '../gpu/engine';
import type { RunConfig } from '../shared/config';
import { StudioError } from '../shared/errors';
import { computeFeatures } from './clipFeatures';
import type { ImportedDataset } from './importDataset';
import { gatherKnowledge, type Knowledge } from './knowledge';
import { closeClip, openClip, type OpenClip } from './openClip';
import type { SessionPorts } from './ports';
import { ProgressMeter } from './progressMeter';
import type { ClipSource, ExportResult } from './protocol';
import { RunControl } from './runControl';
import { Training } from './training';

export interface RunOptions {
  ports: SessionPorts;
  engine: Engine;
  dataset: ImportedDataset;
  config: RunConfig;
  clip: ClipSource;
}

export class Run {
  readonly control = new RunControl();
  /** Set by `fail`: why the run ended. */
  failure: StudioError | null = null;
  /** Rejects on `fail`: work that waits for a GPU which is gone may never come to a gate. */
  readonly failed: Promise<never>;
  private rejectFailed: (error: StudioError) => void = () => undefined;
  private clip: OpenClip | null = null;
  private training: Training | null = null;

  constructor(private readonly options: RunOptions) {
    this.failed = new Promise((_, reject) => {
      this.rejectFailed = reject;
    });
    // Whoever races against it hears of it; nobody else has to.
    this.failed.catch(() => undefined);
  }

  /** True once the preparation is over. */
  get isTraining(): boolean {
    return this.training !== null;
  }

  /** Ends the run with this error: `failed` rejects, and the work behind it stops at its next gate. */
  fail(error: StudioError): void {
    this.failure ??= error;
    this.rejectFailed(this.failure);
    this.control.stop();
  }

  /** Everything before training. Throws a `StudioError`, or `RunStopped`. */
  async prepare(): Promise<void> {
    const { ports, dataset, config, clip: source, engine } = this.options;
    const clip = await openClip(ports, source);
    this.clip = clip;
    await this.control.gate();
    const features = await computeFeatures(ports, clip.model, clip.frozen, dataset, this.control);
    const named = clip.frozen.hasText ? await this.nameClasses(clip) : null;
    const knowledge = await gatherKnowledge({ ports, control: this.control, config, dataset, clip, features, classFeatures: named });
    await this.control.gate();
    this.training = await this.compile(clip, knowledge, engine);
  }

  /** Trains to the end. Throws a `StudioError`, or `RunStopped`. */
  async train(): Promise<void> {
    if (!this.training) throw new Error('The run has not been prepared.');
    await this.training.train();
  }

  /** The files of an export. Waits for the iteration that is under way. */
  async export(): Promise<ExportResult> {
    if (!this.training) {
      throw new StudioError({
        code: 'protocol',
        what: 'There is nothing to export yet.',
        why: 'The networks exist from the first iteration on.',
        action: 'Wait until training has begun, then export.',
      });
    }
    const rescued = this.failure && this.training.rescued();
    return rescued ?? this.training.export();
  }

  dispose(): void {
    this.control.stop();
    this.training?.dispose();
    this.training = null;
    const { clip } = this;
    this.clip = null;
    // Nothing waits for it: the sessions of onnxruntime are freed behind the next call's back, one after the other.
    if (clip) void closeClip(clip).catch(() => undefined);
  }

  private nameClasses(clip: OpenClip): Promise<Float32Array> {
    const { ports, dataset } = this.options;
    const { classes } = dataset.summary;
    const meter = new ProgressMeter({ phase: 'labels', label: 'Reading the class names', unit: 'steps', total: classes.length }, ports.emit);
    return classFeatures(clip.frozen, clip.model, classes, (done) => meter.update(done));
  }

  private async compile(clip: OpenClip, knowledge: Knowledge, engine: Engine): Promise<Training> {
    const { ports, dataset, config } = this.options;
    const meter = new ProgressMeter({ phase: 'compile', label: 'Compiling the training step', unit: 'steps', total: 100 }, ports.emit);
    const training = new Training({ ports, engine, dataset, config, clip, knowledge, control: this.control });
    try {
      await training.prepare((done, total) => meter.update(Math.floor((100 * done) / total)));
      await engine.settle();
    } catch (error) {
      training.dispose();
      throw error;
    }
    meter.update(100);
    return training;
  }
}
