/**
 * One run: from the data set and a configuration to trained networks. `prepare` goes through the phases that come
 * before training (CLIP, features, labels, partition, prompts, capture); `train` iterates until the configured length
 * is reached. Both rest and end at the gates of `control`. What has been reached can be exported between two iterations
 * at any time, and after a failure as of the last good moment.
 *
 * A run outlives its GPU. After `interrupt` the work on the lost one ends; `detach` frees what lay there and `attach`
 * begins anew on another engine: `prepare` then repeats only what was not finished, and training goes on from the last
 * good state in memory. With a keeper among the ports it outlives its process, too.
 */
import { classFeatures } from '../../clip/zeroShot';
import type { Engine } from '../../gpu/engine';
import type { Snapshot } from '../../lcp/training/snapshots';
import type { RunConfig } from '../../shared/config';
import { StudioError } from '../../shared/errors';
import { notLookedAt, type AskedRun } from '../clip/askClip';
import { computeFeatures } from '../clip/clipFeatures';
import { convnetProbe } from '../evaluation/evaluateConvnet';
import type { MeasuredRun } from '../evaluation/evaluateRun';
import { HealthBoard } from '../health/healthBoard';
import type { ImportedDataset } from './importDataset';
import { checkGpu, keepProductChoices } from '../training/gpuChecks';
import { identityOf, isSame, keptRun, revivedKnowledge, revivedMemory, type KeptRun } from '../saving/keptRun';
import { gatherKnowledge, refreshKnowledge, showKnowledge, type Knowledge } from '../knowledge/knowledge';
import { withMemoryAdvice } from '../training/memoryAdvice';
import { closeTwins, openClip, openTwins, type OpenClip } from '../clip/openClip';
import type { SessionPorts } from '../ports';
import { ProgressMeter } from './progressMeter';
import type { ClipSource, ExportResult, TakeUp } from '../protocol/protocol';
import { Attempt, RunControl } from './runControl';
import { Training } from '../training/training';
import { emptyMemory, type TrainingMemory } from '../training/trainingMemory';

export interface RunOptions {
  ports: SessionPorts;
  engine: Engine;
  dataset: ImportedDataset;
  config: RunConfig;
  clip: ClipSource;
  /** Without it a run begins. */
  takeUp?: TakeUp | undefined;
}

/** Work on a lost GPU mostly ends at once, with an error; what hangs is not waited for longer than this. */
const stragglersMs = 3000;

/** After these the GPU's answers cannot be had, or not be trusted. */
const gpuFailures: readonly string[] = ['device-lost', 'out-of-memory', 'gpu-validation'];

export class Run {
  readonly control = new RunControl();
  /** Where it is kept, it is kept under this; one that goes on with another bears that one's. */
  private id: string = crypto.randomUUID();
  /** Set by `fail`: why the run ended. */
  failure: StudioError | null = null;
  private readonly board: HealthBoard;
  private engine: Engine;
  private attempt: Attempt;
  /** Whether the GPU was replaced and nobody has been told yet. */
  private replaced = false;
  /** Settles when the work of the present attempt has ended. */
  private underway: Promise<void> = Promise.resolve();
  /** What has been reached, in memory of the CPU. */
  private readonly reached: {
    clip: Pick<OpenClip, 'model' | 'frozen'> | null;
    features: Float32Array | null;
    classFeatures: Float32Array | null;
    knowledge: Knowledge | null;
  } = {
    clip: null,
    features: null,
    classFeatures: null,
    knowledge: null,
  };
  private memory: TrainingMemory | null = null;
  /** On the GPU. */
  private twins: OpenClip | null = null;
  private training: Training | null = null;

  constructor(private readonly options: RunOptions) {
    this.engine = options.engine;
    this.board = new HealthBoard(options.ports.emit);
    this.board.show();
    this.attempt = new Attempt(this.control);
  }

  /** True once the preparation is over, also while a lost GPU is being replaced. */
  get isTraining(): boolean {
    return this.memory !== null;
  }

  /** Ends the run with this error: `prepare` and `train` reject with it. */
  fail(error: StudioError): void {
    this.failure ??= error;
    this.attempt.revoke(this.failure);
    this.control.stop();
  }

  /** Ends the work on this GPU, not the run. */
  interrupt(error: StudioError): void {
    this.attempt.revoke(error);
  }

  /** Frees what lies on a GPU that is gone, once the work there has come to its end. */
  async detach(): Promise<void> {
    const patience = new Promise<void>((resolve) => setTimeout(resolve, stragglersMs));
    await Promise.race([this.underway, patience]);
    if (this.memory && this.training) this.memory.lostAt = this.training.trainer.iteration;
    this.freeGpu();
  }

  /** Goes on with another engine: call `prepare` and `train` again. */
  attach(engine: Engine): void {
    this.engine = engine;
    this.attempt = new Attempt(this.control);
    this.replaced = true;
  }

  /** Everything before training. Throws a `StudioError`, or `RunStopped`. */
  prepare(): Promise<void> {
    return this.work((attempt) => (this.memory ? this.restore(attempt, this.memory) : this.prepareFirst(attempt)));
  }

  /** Trains to the end. Throws a `StudioError`, or `RunStopped`. */
  train(): Promise<void> {
    return this.work(async () => {
      if (!this.training) throw new Error('The run has not been prepared.');
      await this.training.train();
    });
  }

  /** The files of an export. Waits for the iteration that is under way. */
  async export(): Promise<ExportResult> {
    const rescue = this.memory?.rescue;
    if (this.failure && rescue && (!this.training || gpuFailures.includes(this.failure.info.code)))
      return copied(rescue);
    if (this.training) return this.training.export();
    throw noNetworks(this.memory !== null, 'export');
  }

  /** What a measurement of the networks needs. Throws where there are none at the moment. */
  measured(): MeasuredRun {
    const { training, twins } = this;
    if (!training || !twins) throw noNetworks(this.memory !== null, 'measure');
    const { dataset } = this.options;
    const { knowledge } = training.options;
    return {
      dataset,
      slots: knowledge.partition.slots,
      conditions: knowledge.conditions,
      latent: training.trainer.networks.generator.latent,
      clip: twins,
      convnet: convnetProbe,
      kimg: () => training.kimg,
      drawing: (work) => training.drawing(work),
    };
  }

  /** What words are compared with. Throws until the pictures have been looked at. */
  asked(): AskedRun {
    const { clip, features, knowledge } = this.reached;
    if (!clip || !features) throw notLookedAt();
    const { labels, summary } = this.options.dataset;
    return {
      clip,
      features,
      labels,
      classCount: summary.classes.length,
      probabilities: knowledge?.inference.probabilities ?? null,
    };
  }

  dispose(): void {
    this.control.stop();
    this.freeGpu();
    const { clip } = this.reached;
    this.reached.clip = null;
    // Nothing waits for it: the sessions of onnxruntime are freed behind the next call's back, one after the other.
    if (clip) void clip.frozen.close().catch(() => undefined);
  }

  private freeGpu(): void {
    this.training?.dispose();
    this.training = null;
    if (this.twins) closeTwins(this.twins);
    this.twins = null;
  }

  /** Does the work of the present attempt; rejects as soon as its GPU is lost, whatever the work is waiting for. */
  private work(task: (attempt: Attempt) => Promise<void>): Promise<void> {
    const { attempt } = this;
    const underway = task(attempt);
    this.underway = underway.catch(() => undefined);
    return Promise.race([underway, attempt.revoked]);
  }

  private async prepareFirst(attempt: Attempt): Promise<void> {
    const { ports, dataset, config } = this.options;
    const { reached } = this;
    const clip = await this.openTwins(attempt);
    if (this.replaced)
      this.tellRestored('while the run was being prepared and has been restored; the phase it was in begins again.');
    await attempt.gate();
    const features = (reached.features ??= await computeFeatures(ports, clip.model, clip.frozen, dataset, attempt));
    const kept = await this.keptBefore(clip);
    if (kept && (await this.takeUp(attempt, clip, kept, features))) return;
    const named = clip.frozen.hasText ? (reached.classFeatures ??= await this.nameClasses(clip)) : null;
    const knowledge = (reached.knowledge ??= await gatherKnowledge({
      ports,
      control: attempt,
      board: this.board,
      config,
      dataset,
      clip,
      features,
      classFeatures: named,
    }));
    await attempt.gate();
    this.memory = await this.compile(attempt, clip, knowledge, emptyMemory());
  }

  /** This very run, as an earlier process left it. */
  private async keptBefore({ model }: OpenClip): Promise<KeptRun | null> {
    const { ports, dataset, config, takeUp } = this.options;
    if (!takeUp) return null;
    const identity = identityOf(dataset, config, model);
    const about = (await ports.keeper?.list())?.find((each) => isSame(each.identity, identity));
    const kept = (about && (await ports.keeper?.load(about.id))) ?? null;
    if (!kept && takeUp === 'must') throw otherRun(model.name);
    return kept;
  }

  /**
   * Goes on with a run from an earlier process: shows what that had shown, and is ready to train on from its state.
   * @returns false where it does not fit what the studio has become meanwhile, and may begin anew: nothing is changed
   * then
   */
  private async takeUp(attempt: Attempt, clip: OpenClip, kept: KeptRun, features: Float32Array): Promise<boolean> {
    const { ports, dataset } = this.options;
    let knowledge: Knowledge;
    let memory: TrainingMemory;
    try {
      knowledge = revivedKnowledge(kept, features);
      memory = revivedMemory(kept);
      await this.compile(attempt, clip, knowledge, memory);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      if (this.options.takeUp === 'must') throw otherVersion(error);
      const text = `The run that was kept does not fit this version of the studio (${error.message}), so it begins anew.`;
      ports.emit({ type: 'notice', tone: 'warning', code: 'not-taken-up', text, action: '' });
      return false;
    }
    this.id = kept.about.id;
    this.reached.knowledge = knowledge;
    this.memory = memory;
    showKnowledge({ ports, board: this.board, dataset }, knowledge);
    ports.emit({ type: 'stats', points: [...memory.history] });
    ports.emit({
      type: 'notice',
      tone: 'info',
      code: 'run-taken-up',
      text: `The run goes on at iteration ${count(kept.snapshot.trainer.iteration)}, where it was last kept.`,
      action: '',
    });
    return true;
  }

  /** Training on another GPU. Neither rests nor stops on the way: both are for the training that comes back. */
  private async restore(attempt: Attempt, memory: TrainingMemory): Promise<void> {
    const { knowledge } = this.reached;
    if (!knowledge) throw new Error('training began without its preparation');
    const clip = await this.openTwins(attempt);
    attempt.check();
    await this.compile(attempt, clip, knowledge, memory);
    const iteration = this.training?.trainer.iteration ?? 0;
    const lostAt = memory.lostAt ?? iteration;
    const repeated = lostAt - iteration;
    this.tellRestored(
      `at iteration ${count(lostAt)} and has been restored; ${repeated === 1 ? '1 iteration is' : `${count(repeated)} iterations are`} repeated.`,
    );
    memory.lostAt = null;
  }

  private async openTwins(attempt: Attempt): Promise<OpenClip> {
    const { ports, clip: source } = this.options;
    const { reached } = this;
    const clip = await (reached.clip ? openTwins(ports, reached.clip) : openClip(ports, source, attempt));
    reached.clip = clip;
    this.keepOrClose(attempt, () => closeTwins(clip));
    this.twins = clip;
    return clip;
  }

  private nameClasses(clip: OpenClip): Promise<Float32Array> {
    const { ports, dataset } = this.options;
    const { classes } = dataset.summary;
    const meter = new ProgressMeter(
      { phase: 'labels', label: 'Reading the class names', unit: 'steps', total: classes.length },
      ports.emit,
    );
    return classFeatures(clip.frozen, clip.model, classes, (done) => meter.update(done));
  }

  private async compile(
    attempt: Attempt,
    clip: OpenClip,
    knowledge: Knowledge,
    memory: TrainingMemory,
  ): Promise<TrainingMemory> {
    const { engine } = this;
    const { ports, dataset, config } = this.options;
    const meter = new ProgressMeter(
      { phase: 'compile', label: 'Compiling the training step', unit: 'steps', total: 100 },
      ports.emit,
    );
    await checkGpu(engine, ports);
    attempt.check();
    const refresh = async (): Promise<boolean> => {
      const { features, classFeatures: named } = this.reached;
      if (!features) return false;
      const refreshed = await refreshKnowledge(
        { ports, control: attempt, board: this.board, config, dataset, clip, features, classFeatures: named },
        knowledge,
      );
      // In place: whoever works on this run looks at the same knowledge.
      if (refreshed) Object.assign(knowledge, refreshed);
      return refreshed !== null;
    };
    const keep = (snapshot: Snapshot): Promise<void> =>
      this.keep(keptRun(this.id, identityOf(dataset, config, clip.model), knowledge, snapshot, memory));
    const training = new Training({
      ports,
      engine,
      dataset,
      config,
      clip,
      knowledge,
      control: attempt,
      memory,
      keep,
      board: this.board,
      refresh,
    });
    try {
      await training.prepare((done, total) => meter.update(Math.floor((100 * done) / total)));
      await engine.settle();
      keepProductChoices(ports);
    } catch (error) {
      training.dispose();
      throw withMemoryAdvice(error, config);
    }
    this.keepOrClose(attempt, () => training.dispose());
    meter.update(100);
    this.training = training;
    return memory;
  }

  /**
   * Hands the run to its keeper. What goes wrong there is told, and the run goes on: it is well, and there may be room
   * again next time.
   */
  private async keep(kept: KeptRun): Promise<void> {
    const { ports } = this.options;
    try {
      await ports.keeper?.keep(kept);
    } catch (error) {
      const text = `The state of the run could not be kept: ${error instanceof Error ? error.message : String(error)}`;
      ports.emit({
        type: 'notice',
        tone: 'warning',
        code: 'not-kept',
        text,
        action:
          'Make room, or export now and then: until it can be kept, what was trained is lost with this page or process.',
      });
    }
  }

  /** What was made on a GPU that was lost meanwhile is not taken over. */
  private keepOrClose(attempt: Attempt, close: () => void): void {
    try {
      attempt.check();
    } catch (error) {
      close();
      throw error;
    }
  }

  private tellRestored(how: string): void {
    this.replaced = false;
    const action =
      'Nothing needs doing. If it happens often, choose a smaller batch, and close other programs that use the GPU.';
    this.options.ports.emit({
      type: 'notice',
      tone: 'warning',
      code: 'gpu-restored',
      text: `The GPU was lost ${how}`,
      action,
    });
  }
}

function otherRun(clip: string): StudioError {
  return new StudioError({
    code: 'config-invalid',
    what: 'The run that was left cannot be gone on with like this.',
    why: `It is no longer kept here, or was made with another CLIP than ${clip}.`,
    action: 'Choose the CLIP that it was made with, or start a new run.',
  });
}

function otherVersion(cause: Error): StudioError {
  return new StudioError(
    {
      code: 'format',
      what: 'The run that was left does not fit this version of the studio.',
      why: 'It was kept by another version, or what was kept is damaged.',
      action: 'Start a new run with the same pictures.',
      detail: cause.message,
    },
    { cause },
  );
}

const count = (value: number): string => value.toLocaleString('en');

function noNetworks(begun: boolean, task: 'export' | 'measure'): StudioError {
  const why = begun ? 'The GPU was lost and is being replaced.' : 'The networks exist from the first iteration on.';
  return new StudioError({
    code: 'protocol',
    what: `There is nothing to ${task} yet.`,
    why,
    action: `Wait until training goes on, then ${task}.`,
  });
}

/** The run keeps its own: what is handed out is transferred. */
function copied({ files }: ExportResult): ExportResult {
  return { files: files.map(({ name, bytes }) => ({ name, bytes: bytes.slice(0) })) };
}
