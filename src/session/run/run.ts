/**
 * One run: from the data set and a configuration to trained networks. `prepare` goes through the phases that come
 * before training (CLIP, features, labels, partition, prompts, capture); `train` iterates until the configured length
 * is reached. Both rest and end at the gates of `control`. What has been reached can be exported between two iterations
 * at any time, and after a failure as of the last good moment.
 *
 * A run outlives its GPU. After `interrupt` the work on the lost one ends; `detach` frees what lay there and `attach`
 * begins anew on another engine: `prepare` then repeats only what was not finished, and training goes on from the last
 * good state in memory. With a run store among the ports it outlives its process, too.
 */
import type { Engine } from '../../gpu/engine';
import type { Snapshot } from '../../lcp/training/snapshots';
import type { WarmStart } from '../../lcp/training/warmStart';
import type { ClipModel } from '../../clip/model';
import type { RunConfig } from '../../shared/config';
import type { StudioError } from '../../shared/errors';
import { notLookedAt, type AskedRun } from '../clip/askClip';
import { tokenSource } from '../clip/criticTower';
import { closeCritic, criticFor, loadCritic, openCritic, type Critic } from '../clip/critic';
import { computeFeatures } from '../clip/clipFeatures';
import { nameClasses } from '../clip/nameClasses';
import { refreshWithLabels } from '../labels/refreshWithLabels';
import { RunLabels } from '../labels/runLabels';
import type { Seen } from '../labels/pictureStudy';
import type { LabelBook } from '../../lcp/labels/labelBook';
import { convnetProbe } from '../evaluation/evaluateConvnet';
import type { EvaluatedRun } from '../evaluation/evaluateRun';
import { HealthBoard } from '../health/healthBoard';
import type { ImportedDataset } from './importDataset';
import { compileTraining } from './compileTraining';
import type { SavedRun } from '../saving/savedRun';
import { RunSaving, type HowRunBegins } from '../saving/runSaving';
import { readOrigin } from '../saving/warmOrigin';
import { gatherKnowledge, showKnowledge, type Knowledge, type KnowledgeInput } from '../knowledge/knowledge';
import type { DrawingSource } from '../playground/playground';
import { clusterMap } from '../knowledge/clusterMap';
import type { ClusterMap } from '../knowledge/clusterMapTypes';
import { closeTwins, openClip, openTwins, type OpenClip } from '../clip/openClip';
import type { SessionPorts } from '../sessionPorts';
import type { Arguments, ClipSource, ExportResult } from '../protocol/commands';
import { Attempt, RunControl } from './runControl';
import { noNetworks, tellCritic, tellRestored, tellResumed } from './runTold';
import type { RefreshOutcome, Training } from '../training/training';
import { resizeSnapshot } from '../training/resizeSnapshot';
import type { Watching } from '../training/watching';
import { emptyMemory, type TrainingMemory } from '../training/trainingMemory';

export interface RunOptions extends HowRunBegins {
  ports: SessionPorts;
  engine: Engine;
  /** As it came. */
  dataset: ImportedDataset;
  /** What a person makes of its labels, also while the run is going on. */
  book: LabelBook;
  /** What this CLIP has seen already; the run's from now on. */
  seen?: Seen | null;
  config: RunConfig;
  clip: ClipSource;
  /** Id of the listed CLIP that judges samples; default what the list says of `clip`, or what the run had. */
  critic?: string | undefined;
  watching: Watching;
}

/** Work on a lost GPU mostly ends at once, with an error; what hangs is not waited for longer than this. */
const stragglersMs = 3000;

/** After these the GPU's answers cannot be had, or not be trusted. */
const gpuFailures: readonly string[] = ['device-lost', 'out-of-memory', 'gpu-validation'];

export class Run {
  readonly control = new RunControl();
  readonly labels: RunLabels;
  private readonly options: RunOptions;
  /** Set by `fail`: why the run ended. */
  failure: StudioError | null = null;
  private readonly board: HealthBoard;
  private readonly saving: RunSaving;
  private engine: Engine;
  private attempt: Attempt;
  /** Whether the GPU was replaced and nobody has been told yet. */
  private replaced = false;
  /** Settles when the work of the present attempt has ended. */
  private underway: Promise<void> = Promise.resolve();
  /** What has been reached, in memory of the CPU. */
  private readonly reached: {
    clip: Pick<OpenClip, 'model' | 'frozen'> | null;
    /** That of `clip` where it judges for itself. */
    critic: ClipModel | null;
    features: Float32Array | null;
    classFeatures: Float32Array | null;
    knowledge: Knowledge | null;
  } = {
    clip: null,
    critic: null,
    features: null,
    classFeatures: null,
    knowledge: null,
  };
  private memory: TrainingMemory | null = null;
  /** The networks that it begins with, where these are not noise. */
  private origin: WarmStart | null = null;
  /** On the GPU. */
  private twins: OpenClip | null = null;
  private critic: Critic | null = null;
  private training: Training | null = null;

  constructor(given: RunOptions) {
    this.labels = new RunLabels(given.dataset, given.book);
    const options = { ...given, dataset: this.labels.dataset };
    this.options = options;
    if (given.seen) Object.assign(this.reached, given.seen);
    this.engine = options.engine;
    this.board = new HealthBoard(options.ports.emit);
    this.board.show();
    this.saving = new RunSaving({ ...given, labels: this.labels });
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
    return this.work(async (attempt) => {
      if (this.memory) return this.restore(attempt, this.memory);
      await this.saving.takeUp();
      try {
        await this.prepareFirst(attempt);
      } catch (error) {
        await this.saving.leaveAsItWas();
        throw error;
      }
    });
  }

  /** Trains to the end. Throws a `StudioError`, or `RunStopped`. */
  train(): Promise<void> {
    return this.work(async (attempt) => {
      for (;;) {
        if (!this.training) throw new Error('The run has not been prepared.');
        if ((await this.training.train()) === 'finished') return;
        await this.resize(attempt);
      }
    });
  }

  /** What a person wants of the clusters from now on. */
  editClusters({ edits, now }: Arguments<'editClusters'>): void {
    const { knowledge } = this.reached;
    if (!knowledge) throw noNetworks(false, 'draw');
    knowledge.edits = edits;
    this.options.ports.emit({ type: 'clusterEdits', edits });
    if (now) this.training?.refreshSoon();
  }

  /** Draws the samples again, where something else is to be seen and training rests or has ended. */
  async lookAgain(): Promise<void> {
    await this.training?.lookAgain();
  }

  /** The files of an export. Waits for the iteration that is under way. */
  async export(): Promise<ExportResult> {
    const rescue = this.memory?.rescue;
    if (this.failure && rescue && (!this.training || gpuFailures.includes(this.failure.info.code)))
      return copied(rescue);
    if (this.training) return this.training.export();
    throw noNetworks(this.memory !== null, 'export');
  }

  /** The files of a training job. Waits for the iteration that is under way. */
  async trainingJob(): Promise<ExportResult> {
    if (this.training) return this.training.trainingJob();
    throw noNetworks(this.memory !== null, 'export');
  }

  /** What a measurement of the networks needs. Throws where there are none at the moment. */
  evaluated(): EvaluatedRun {
    const { training, twins, critic } = this;
    if (!training || !twins) throw noNetworks(this.memory !== null, 'measure');
    const { dataset } = this.options;
    const { knowledge } = training.options;
    return {
      dataset,
      slots: knowledge.partition.slots,
      conditions: knowledge.conditions,
      latent: training.trainer.networks.generator.latent,
      clip: twins,
      critic: critic && critic.model !== twins.model ? critic.model : null,
      parts: critic !== null && tokenSource(critic, twins, training.config)?.tower.model === twins.model,
      convnet: convnetProbe,
      kimg: () => training.kimg,
      drawing: (work) => training.drawing(work),
    };
  }

  /** What the playground draws from. Throws where there are no networks at the moment. */
  drawn(): DrawingSource {
    const { training, reached } = this;
    if (!training) throw noNetworks(this.memory !== null, 'draw');
    const { config, trainer, options } = training;
    const { latent, resolution } = trainer.networks.generator;
    const { clip, features } = reached;
    return {
      facts: {
        config,
        classes: [...options.dataset.summary.classes],
        slots: options.knowledge.partition.slots,
        latent,
        resolution,
        kimg: training.kimg,
        hasReals: true,
      },
      drawing: (work) => training.drawing(({ pictures }) => work(pictures)),
      reals: clip && features && { features, clip: [clip.model, clip.frozen] },
    };
  }

  /** CLIP and what it sees in the pictures, once it has looked; null before. */
  get seen(): Seen | null {
    const { clip, features } = this.reached;
    return clip && features && { clip, features };
  }

  /** Pictures, prompts and samples in one plane. Throws until the classes have been divided. */
  clusterMap(): Promise<ClusterMap> {
    const { knowledge, clip } = this.reached;
    if (!knowledge || !clip) throw notLookedAt();
    return clusterMap(knowledge, clip.model.dim, this.training ? this.drawn() : null);
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
    if (this.twins && this.critic) closeCritic(this.critic, this.twins);
    this.critic = null;
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
    const { ports, dataset } = this.options;
    const { reached } = this;
    const clip = await this.openTwins(attempt);
    if (this.replaced) tellRestored(ports, null);
    this.replaced = false;
    await attempt.gate();
    // Before anything that takes long: what cannot be had is told at once.
    const saved = await this.chooseCritic(attempt, clip, await this.saving.find(clip.model));
    await this.openCritic(attempt, clip);
    const features = (reached.features ??= await computeFeatures(ports, clip.model, clip.frozen, dataset, attempt));
    if (saved && (await this.resume(attempt, clip, saved, features))) return;
    if (saved) await this.judgeAnew(attempt, clip);
    const { from } = this.options;
    if (from) this.origin ??= await readOrigin(ports, from);
    reached.classFeatures ??= await nameClasses(ports, clip, dataset.summary.classes);
    const knowledge = (reached.knowledge ??= await gatherKnowledge(this.knowledgeInput(attempt, clip, features)));
    await attempt.gate();
    const memory = emptyMemory();
    await this.compile(attempt, clip, knowledge, memory);
    this.memory = memory;
  }

  /**
   * Goes on with a run from an earlier process: shows what that had shown, and is ready to train on from its state.
   * @returns false where it begins anew: nothing is changed then
   */
  private async resume(attempt: Attempt, clip: OpenClip, saved: SavedRun, features: Float32Array): Promise<boolean> {
    const { ports, dataset } = this.options;
    const revived = await this.saving.revive(saved, features, ({ knowledge, memory }) =>
      this.compile(attempt, clip, knowledge, memory),
    );
    if (!revived) return false;
    const { knowledge, memory } = revived;
    this.reached.knowledge = knowledge;
    this.memory = memory;
    showKnowledge({ ports, board: this.board, dataset, config: this.options.config, clip }, knowledge);
    ports.emit({ type: 'stats', points: [...memory.history] });
    tellResumed(ports, saved.snapshot.trainer.iteration);
    return true;
  }

  /** Training with networks of another shape, from the snapshot that was brought to it. */
  private async resize(attempt: Attempt): Promise<void> {
    const { knowledge } = this.reached;
    const { memory, twins } = this;
    if (!knowledge || !memory || !twins) throw new Error('there is nothing to resize');
    this.training?.dispose();
    this.training = null;
    await this.compile(attempt, twins, knowledge, memory);
  }

  /** Training on another GPU. Neither rests nor stops on the way: both are for the training that comes back. */
  private async restore(attempt: Attempt, memory: TrainingMemory): Promise<void> {
    const { knowledge } = this.reached;
    if (!knowledge) throw new Error('training began without its preparation');
    const clip = await this.openTwins(attempt);
    attempt.check();
    await this.openCritic(attempt, clip);
    await this.compile(attempt, clip, knowledge, memory);
    const iteration = this.training?.trainer.iteration ?? 0;
    tellRestored(this.options.ports, { lostAt: memory.lostAt ?? iteration, iteration });
    this.replaced = false;
    memory.lostAt = null;
  }

  private async openTwins(attempt: Attempt): Promise<OpenClip> {
    const { ports, clip: source } = this.options;
    const { reached } = this;
    const clip = await (reached.clip ? openTwins(ports, reached.clip) : openClip(ports, source, attempt));
    reached.clip = clip;
    attempt.checkOr(() => closeTwins(clip));
    this.twins = clip;
    return clip;
  }

  /**
   * Loads what judges samples: for a run that is resumed, what judged them.
   * @returns the run, if it can go on with that
   */
  private async chooseCritic(attempt: Attempt, clip: OpenClip, saved: SavedRun | null): Promise<SavedRun | null> {
    const { ports, config, critic: asked } = this.options;
    const { reached } = this;
    const id = saved ? (saved.about.identity.critic?.id ?? null) : criticFor(clip.model, config, asked);
    const critic = id === null ? clip.model : await loadCritic(ports, id, clip.model, attempt);
    const resumed = saved && this.saving.judgedBy(critic, saved);
    if (saved && !resumed) return this.chooseCritic(attempt, clip, null);
    if (critic.id !== reached.critic?.id) tellCritic(ports, clip.model, critic);
    reached.critic = critic;
    return resumed;
  }

  /** A run that could not be resumed begins, with the critic of a new one. */
  private async judgeAnew(attempt: Attempt, clip: OpenClip): Promise<void> {
    if (this.critic) closeCritic(this.critic, clip);
    this.critic = null;
    await this.chooseCritic(attempt, clip, null);
    await this.openCritic(attempt, clip);
  }

  private async openCritic(attempt: Attempt, clip: OpenClip): Promise<void> {
    const critic = await openCritic(this.options.ports, this.reached.critic ?? clip.model, clip);
    attempt.checkOr(() => closeCritic(critic, clip));
    this.critic = critic;
  }

  private knowledgeInput(attempt: Attempt, clip: OpenClip, features: Float32Array): KnowledgeInput {
    const { ports, dataset, config } = this.options;
    const { classFeatures } = this.reached;
    const iteration = this.training?.trainer.iteration ?? 0;
    return { ports, control: attempt, board: this.board, config, dataset, clip, features, classFeatures, iteration };
  }

  private async compile(attempt: Attempt, clip: OpenClip, knowledge: Knowledge, memory: TrainingMemory): Promise<void> {
    const { engine, board, saving } = this;
    const { ports, dataset, config, watching } = this.options;
    const { labels, critic } = this;
    if (!critic) throw new Error('nothing judges the samples');
    const refresh = async (): Promise<RefreshOutcome> => {
      const { reached } = this;
      if (!reached.features) return 'same';
      // A run that was taken up has not read them yet.
      if (labels.candidate()) reached.classFeatures ??= await nameClasses(ports, clip, dataset.summary.classes);
      const { slots } = knowledge.partition;
      const refreshed = await refreshWithLabels(
        this.knowledgeInput(attempt, clip, reached.features),
        knowledge,
        labels,
      );
      if (knowledge.edits) ports.emit({ type: 'clusterEdits', edits: knowledge.edits });
      if (!refreshed) return 'same';
      if (!refreshed.origins) return 'fresh';
      resizeSnapshot(memory, { classes: dataset.summary.classes, slots }, refreshed.origins);
      return 'resized';
    };
    const save = (snapshot: Snapshot): Promise<void> =>
      saving.save(saving.present(clip.model, critic.model, knowledge, snapshot, memory, this.control.isStopped));
    const { origin: warmStart } = this;
    const run = { ports, engine, dataset, config, clip, critic, knowledge, memory, board, warmStart, watching, labels };
    const options = { ...run, control: attempt, save, refresh };
    this.training = await compileTraining(options);
  }
}

/** The run keeps its own: what is handed out is transferred. */
function copied({ files }: ExportResult): ExportResult {
  return { files: files.map(({ name, bytes }) => ({ name, bytes: bytes.slice(0) })) };
}
