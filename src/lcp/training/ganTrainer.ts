/**
 * The adversarial training of a run (docs/method.md, section 6): one call of `iterate` runs the steps that the base
 * model lists, each as often as it says, the generator's with its moving average among them. Steps are captured on
 * first use and replayed; two variants of each exist, without and with the CLIP head, and the schedule says which one
 * runs. All state lives in the networks and optimizers; `exportState` and `importState` carry it exactly, so that a
 * resumed run goes on bit for bit.
 */
import { Adam, Ema } from '../../gpu/adam/adam';
import { ParameterSet } from '../../gpu/parameter';
import { compileStep, type Step } from '../../gpu/capture/plan';
import type { Tensor2D } from '../../gpu/tensor';
import type { ClipShape } from '../../nn/clipHead';
import type { Stored } from '../../nn/networks';
import type { RunConfig } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import type { BaseModel, OptimizerSettings } from '../bases/baseModel';
import { createNetworks } from '../bases/createNetworks';
import { baseModel } from '../bases/registry';
import { AdaController } from './adaController';
import type { ClipBranch } from './clipBranch';
import { NonFiniteCounts } from './nonFinite';
import { scheduleAt, type IterationSchedule } from './schedule';
import type { ClipParts, NetworkName, Networks, PictureSource, StepTurn, TrainingStep } from './step';
import { loadValues, valuesOf, type TrainerState } from './trainerState';
import type { IterationBatch } from './trainingBatch';

interface ClipConditioning {
  branch: ClipBranch;
  promptFeatures: Float32Array;
}

export interface GanTrainerOptions {
  config: RunConfig;
  slots: readonly Slot[];
  classCount: number;
  dataset: PictureSource;
  /**
   * The critic's image tower and the slots' prompt features m [S, d'], unit rows, which may be another CLIP's; null
   * trains without the CLIP head.
   */
  clip: ClipConditioning | null;
  /** Run the steps' bodies every time instead of capturing them. Default false. */
  eager?: boolean;
}

type Variant = 'plain' | 'clip';

/** A step of the base model, compiled. */
interface CompiledStep {
  spec: TrainingStep;
  step: Step<string>;
  /** Whether it has run, so that there are statistics to read. */
  ran: boolean;
}

export class GanTrainer {
  readonly networks: Networks;
  readonly #options: GanTrainerOptions;
  readonly #base: BaseModel;
  readonly #settings: Record<NetworkName, OptimizerSettings>;
  readonly #adams: { generator: Adam; discriminator: Adam; clipHead: Adam | null };
  readonly #ema: Ema;
  /** The probability of adaptive augmentation; null in other modes. */
  readonly #ada: AdaController | null;
  /** m as a constant on the GPU that can be replaced in place. */
  readonly #prompts: ParameterSet | null;
  #promptFeatures: Float32Array | null;
  readonly #steps = new Map<Variant, CompiledStep[]>();
  #iteration = 0;
  #draws = 0;
  #rateScale = 1;
  readonly #nonFinite = new NonFiniteCounts();
  #last: { variant: Variant; schedule: IterationSchedule } | null = null;

  constructor(options: GanTrainerOptions) {
    const { config, slots, classCount, clip } = options;
    this.#options = options;
    this.#base = baseModel(config);
    this.#settings = this.#base.optimizers(config);
    const shape = clip && clipShapeOf(clip, slots.length);
    this.networks = createNetworks(config, { classCount, slotCount: slots.length }, shape);
    this.#ada = config.augment.mode === 'ada' ? new AdaController(config) : null;
    const { generator, discriminator, clipHead } = this.networks;
    this.#adams = {
      generator: new Adam(generator.weights.raw, this.#settings.generator, generator.weights.gains),
      discriminator: new Adam(discriminator.weights.raw, this.#settings.discriminator, discriminator.weights.gains),
      clipHead: clipHead && new Adam(clipHead.weights.raw, this.#settings.clipHead, clipHead.weights.gains),
    };
    this.#ema = new Ema(generator.weights.raw, generator.averaged.raw);
    this.#promptFeatures = clip && clip.promptFeatures;
    this.#prompts = clip && new ParameterSet('prompts');
    if (clip && shape)
      this.#prompts?.add('features', [slots.length, shape.promptDim], clip.promptFeatures, { trainable: false });
  }

  /** Iterations done. */
  get iteration(): number {
    return this.#iteration;
  }

  /**
   * Iterations that random numbers have been drawn for: the number that names the draws of the next iteration, its
   * batch among them.
   */
  get draws(): number {
    return this.#draws;
  }

  /** Factor on the configured learning rates, in (0, 1]. */
  get rateScale(): number {
    return this.#rateScale;
  }

  /** What the schedule says about the next iteration. */
  get schedule(): IterationSchedule {
    return scheduleAt(this.#options.config, this.#iteration);
  }

  /**
   * Captures the steps that the next iteration and the later ones need, so that none of them stalls. Runs nothing on
   * the GPU.
   */
  compile(): void {
    for (const { step } of this.#variants().flatMap((variant) => this.#compiled(variant))) step.compile();
  }

  /**
   * The same with kernels compiled in the background, several at a time, so that the worker goes on answering.
   * @param onProgress kernels ready, of all
   */
  async prepare(onProgress: (done: number, total: number) => void = () => {}): Promise<void> {
    const steps = this.#variants().flatMap((variant) => this.#compiled(variant));
    for (const [i, { step }] of steps.entries())
      await step.prepare((done, total) => onProgress(i + done / Math.max(1, total), steps.length));
  }

  /** Dispatches of each step, by name; null where that variant has not been captured. */
  dispatches(variant: Variant): Record<string, number> | null {
    const counts = this.#steps.get(variant)?.map(({ spec, step }) => [spec.name, step.info?.dispatches] as const);
    const known = counts?.flatMap(([name, count]): [string, number][] => (count === undefined ? [] : [[name, count]]));
    return known && known.length === counts?.length ? Object.fromEntries(known) : null;
  }

  /** Queues one iteration on the GPU and returns; `readStats` waits for it. */
  iterate(batch: IterationBatch): void {
    const { config } = this.#options;
    if (batch.discriminator.length !== config.discriminatorSteps)
      throw new RangeError(
        `${batch.discriminator.length} batches for ${config.discriminatorSteps} discriminator steps`,
      );
    const schedule = this.schedule;
    const variant: Variant = this.#usesClip() && schedule.lambdaClip > 0 ? 'clip' : 'plain';
    for (const compiled of this.#compiled(variant)) {
      const { every, times, values } = compiled.spec;
      if (this.#iteration % every !== 0) continue;
      for (let k = 0; k < times; k++)
        compiled.step.run(values(this.#turn(variant, schedule, batch, { k, step: this.#draws * times + k })));
      compiled.ran = true;
    }
    this.#last = { variant, schedule };
    this.#iteration += 1;
    this.#draws += 1;
  }

  /**
   * Statistics of the last iteration (of the last run of each step): all that the base model's steps return, the
   * schedule's lambda and lambdaClip, and gradNonFinite (gradient values and parameters that were not finite, in any
   * step since the last call). With the steps of this folder: lossD, lossG, realLogit, fakeLogit, signReal, signFake
   * and, with the CLIP head, clipReal, clipFake, clipSignReal, clipSignFake. Empty before the first iteration.
   */
  async readStats(): Promise<Record<string, number>> {
    if (!this.#last) return {};
    const { variant, schedule } = this.#last;
    const read: [string, number][] = [];
    for (const { step, ran } of this.#compiled(variant)) if (ran) read.push(...Object.entries(await step.readStats()));
    const { lambda, lambdaClip } = schedule;
    return { ...this.#nonFinite.summed(read), lambda, lambdaClip };
  }

  /** Replaces m, e.g. after the prompts were refreshed. @param features unit rows, [S, d'] */
  setPromptFeatures(features: Float32Array): void {
    const parameter = this.#prompts?.get('features');
    if (!this.#prompts || !parameter) throw new Error('this run has no CLIP head');
    this.#prompts.load(new Map([['features', { shape: [...parameter.shape], data: features }]]));
    this.#promptFeatures = features;
  }

  async exportState(): Promise<TrainerState> {
    const tensors = await valuesOf(this.#sets());
    return { iteration: this.#iteration, draws: this.#draws, rateScale: this.#rateScale, tensors };
  }

  /**
   * Restores what `exportState` gave: what follows is, to the bit, what followed then.
   * @throws RangeError when it does not fit the networks
   */
  importState({ iteration, draws = iteration, rateScale = 1, tensors }: TrainerState): void {
    loadValues(this.#sets(), tensors);
    this.#iteration = iteration;
    this.#draws = draws;
    this.#rateScale = rateScale;
    this.#last = null;
  }

  /**
   * Goes back to an earlier state to go on differently: random numbers are drawn on from where they are, so that what
   * went wrong does not simply happen again, and learning rates are multiplied by `rateScale`. @throws RangeError when
   * the state does not fit the networks
   */
  rollBack(state: TrainerState, rateScale: number): void {
    const draws = this.#draws;
    this.importState({ ...state, draws, rateScale });
  }

  dispose(): void {
    for (const { step } of [...this.#steps.values()].flat()) step.dispose();
    for (const adam of Object.values(this.#adams)) adam?.dispose();
    this.#ema.dispose();
    this.#ada?.dispose();
    this.#prompts?.dispose();
    this.networks.dispose();
  }

  /** Everything that a checkpoint holds. */
  #sets(): Record<string, Stored> {
    const { generator, discriminator, clipHead } = this.networks;
    const { generator: generatorAdam, discriminator: discriminatorAdam, clipHead: clipHeadAdam } = this.#adams;
    return {
      ...generator.sets,
      discriminator: discriminator.weights,
      ...(clipHead ? { clipHead: clipHead.weights } : {}),
      generatorAdam,
      discriminatorAdam,
      ...(clipHeadAdam ? { clipHeadAdam } : {}),
      ...(this.#ada ? { ada: this.#ada.state } : {}),
    };
  }

  #usesClip(): boolean {
    return this.#options.clip !== null && this.#options.config.clipHead.weight > 0;
  }

  #variants(): Variant[] {
    return this.#usesClip() ? ['plain', 'clip'] : ['plain'];
  }

  #turn(
    variant: Variant,
    schedule: IterationSchedule,
    batch: IterationBatch,
    run: Pick<StepTurn, 'k' | 'step'>,
  ): StepTurn {
    const { config, slots, classCount } = this.#options;
    const { lambda, lambdaClip } = schedule;
    const rate = (network: NetworkName): number => this.#rateScale * this.#settings[network].rate;
    return {
      ...run,
      slots,
      classCount,
      batch,
      iteration: this.#iteration,
      schedule,
      lambda,
      lambdaClip,
      joint: config.ablation.jointLogit,
      rates: { generator: rate('generator'), discriminator: rate('discriminator'), clipHead: rate('clipHead') },
      promptFeatures: variant === 'clip' ? this.#promptFeatures : null,
    };
  }

  #compiled(variant: Variant): CompiledStep[] {
    const made = this.#steps.get(variant);
    if (made) return made;
    const { config, slots, classCount, dataset, eager = false } = this.#options;
    const { adversarial, oneBatch } = this.#base;
    const specs = this.#base.steps({
      config,
      conditions: { classCount, slotCount: slots.length },
      networks: this.networks,
      dataset,
      optimizers: this.#adams,
      ema: this.#ema,
      adversarial,
      oneBatch,
      clip: variant === 'clip' ? this.#clipParts() : null,
      ada: this.#ada,
    });
    const steps = specs.map((spec) => ({
      spec,
      step: compileStep({ name: `${spec.name} (${variant})`, inputs: spec.inputs, body: spec.body, eager }),
      ran: false,
    }));
    this.#steps.set(variant, steps);
    return steps;
  }

  #clipParts(): ClipParts | null {
    const { clip } = this.#options;
    const head = this.networks.clipHead;
    const adam = this.#adams.clipHead;
    if (!clip || !head || !adam || !this.#prompts) return null;
    const promptFeatures = this.#prompts.get('features').variable as unknown as Tensor2D;
    return { branch: clip.branch, head, adam, promptFeatures };
  }
}

function clipShapeOf({ branch: { dim, tokens }, promptFeatures }: ClipConditioning, slotCount: number): ClipShape {
  return {
    dim,
    promptDim: promptFeatures.length / slotCount,
    tokens: tokens?.widths ?? [],
  };
}
