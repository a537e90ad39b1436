/**
 * The adversarial training of a run (docs/method.md, section 6): one call of `iterate` takes `discriminatorSteps` steps
 * of discriminator and CLIP head, then one of the generator with its moving average. Steps are captured on first use
 * and replayed; two variants of each exist, without and with the CLIP head, and the schedule says which one runs. All
 * state lives in the networks and optimizers; `exportState` and `importState` carry it exactly, so that a resumed run
 * goes on bit for bit.
 */
import { Adam, Ema } from '../../gpu/adam/adam';
import { ParameterSet, type NamedArray } from '../../gpu/parameter';
import { compileStep, type Step } from '../../gpu/capture/plan';
import type { Tensor2D } from '../../gpu/tensor';
import type { RunConfig } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import { AdaController, adaStepAt } from './adaController';
import type { ClipBranch } from './clipBranch';
import {
  discriminatorBody,
  discriminatorInputs,
  discriminatorValues,
  type ClipParts,
  type PictureSource,
  type StepSetting,
} from './discriminatorStep';
import { generatorBody, generatorInputs, generatorValues } from './generatorStep';
import { createNetworks, type ClipShape, type Networks } from './networks';
import { scheduleAt, type IterationSchedule } from './schedule';
import type { IterationBatch } from './trainingBatch';

export interface GanTrainerOptions {
  config: RunConfig;
  slots: readonly Slot[];
  classCount: number;
  dataset: PictureSource;
  /** CLIP's image tower and the slots' prompt features m [S, d], unit rows; null trains without the CLIP head. */
  clip: { branch: ClipBranch; promptFeatures: Float32Array } | null;
  /** Run the steps' bodies every time instead of capturing them. Default false. */
  eager?: boolean;
}

/** Everything a run needs to go on: all sets' values, by `set/name`. */
export interface TrainerState {
  /** Iterations done. */
  iteration: number;
  /**
   * Iterations that random numbers have been drawn for; default `iteration`. More after a rollback, which never draws
   * the same numbers again.
   */
  draws?: number;
  /** Factor on the configured learning rates; default 1. */
  rateScale?: number;
  tensors: Map<string, NamedArray>;
}

/** What a checkpoint stores and restores. */
type Stored = Pick<ParameterSet, 'toArrays' | 'load'>;

type Variant = 'plain' | 'clip';

interface StepPair {
  discriminator: Step<string>;
  generator: Step<string>;
}

export class GanTrainer {
  readonly networks: Networks;
  readonly #options: GanTrainerOptions;
  readonly #adams: { generator: Adam; discriminator: Adam; clipHead: Adam | null };
  readonly #ema: Ema;
  /** The probability of adaptive augmentation; null in other modes. */
  readonly #ada: AdaController | null;
  /** m as a constant on the GPU that can be replaced in place. */
  readonly #prompts: ParameterSet | null;
  #promptFeatures: Float32Array | null;
  readonly #steps = new Map<Variant, StepPair>();
  #iteration = 0;
  #draws = 0;
  #rateScale = 1;
  /** Counts of non-finite values when they were last read, by statistic. */
  readonly #seenNonFinite = new Map<string, number>();
  #last: { variant: Variant; schedule: IterationSchedule } | null = null;

  constructor(options: GanTrainerOptions) {
    const { config, slots, classCount, clip } = options;
    this.#options = options;
    this.networks = createNetworks(config, { classCount, slotCount: slots.length }, clip && clipShapeOf(clip.branch));
    this.#ada = config.augment.mode === 'ada' ? new AdaController(config) : null;
    const { generator, averaged, discriminator, clipHead } = this.networks;
    this.#adams = {
      generator: new Adam(generator.weights.raw, config.optimizer),
      discriminator: new Adam(discriminator.weights.raw, config.optimizer),
      clipHead: clipHead && new Adam(clipHead.weights.raw, config.optimizer),
    };
    this.#ema = new Ema(generator.weights.raw, averaged.weights.raw);
    this.#promptFeatures = clip && clip.promptFeatures;
    this.#prompts = clip && new ParameterSet('prompts');
    if (clip)
      this.#prompts?.add('features', [slots.length, clip.branch.dim], clip.promptFeatures, { trainable: false });
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
    for (const variant of ['plain', 'clip'] as const) {
      if (variant === 'clip' && !this.#usesClip()) continue;
      const { discriminator, generator } = this.#pair(variant);
      discriminator.compile();
      generator.compile();
    }
  }

  /**
   * The same with kernels compiled in the background, several at a time, so that the worker goes on answering.
   * @param onProgress kernels ready, of all
   */
  async prepare(onProgress: (done: number, total: number) => void = () => {}): Promise<void> {
    const variants = (['plain', 'clip'] as const).filter((variant) => variant === 'plain' || this.#usesClip());
    const steps = variants.flatMap((variant) => Object.values(this.#pair(variant)) as Step<string>[]);
    for (const [i, step] of steps.entries())
      await step.prepare((done, total) => onProgress(i + done / Math.max(1, total), steps.length));
  }

  /** Dispatches of one discriminator and one generator step; null where that variant has not been captured. */
  dispatches(variant: Variant): { discriminator: number; generator: number } | null {
    const pair = this.#steps.get(variant);
    const [discriminator, generator] = [pair?.discriminator.info?.dispatches, pair?.generator.info?.dispatches];
    return discriminator === undefined || generator === undefined ? null : { discriminator, generator };
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
    const { discriminator, generator } = this.#pair(variant);
    batch.discriminator.forEach((values, k) => {
      const setting = this.#setting(variant, schedule, this.#draws * config.discriminatorSteps + k);
      discriminator.run(discriminatorValues(values, { ...setting, ada: adaStepAt(config, this.#iteration, k) }));
    });
    generator.run(
      generatorValues(batch.generatorConditions, schedule.emaDecay, this.#setting(variant, schedule, this.#draws)),
    );
    this.#last = { variant, schedule };
    this.#iteration += 1;
    this.#draws += 1;
  }

  /**
   * Statistics of the last iteration (of its last discriminator step): lossD, lossG, realLogit, fakeLogit, signReal,
   * signFake, lambda, lambdaClip, gradNonFinite (gradient values and parameters that were not finite, in any step since
   * the last call) and, with the CLIP head, clipReal, clipFake, clipSignReal, clipSignFake. Empty before the first
   * iteration.
   */
  async readStats(): Promise<Record<string, number>> {
    if (!this.#last) return {};
    const { variant, schedule } = this.#last;
    const { discriminator, generator } = this.#pair(variant);
    const { nonFiniteD = 0, nonFiniteHead = 0, ...ofDiscriminator } = await discriminator.readStats();
    const { nonFiniteG = 0, ...ofGenerator } = await generator.readStats();
    const { lambda, lambdaClip } = schedule;
    return {
      ...ofDiscriminator,
      ...ofGenerator,
      lambda,
      lambdaClip,
      gradNonFinite: this.#newlyNonFinite({ nonFiniteD, nonFiniteHead, nonFiniteG }),
    };
  }

  /** Growth of the running counts (modulo 2^32) since they were last read. */
  #newlyNonFinite(counts: Record<string, number>): number {
    let grown = 0;
    for (const [name, count] of Object.entries(counts)) {
      grown += (count - (this.#seenNonFinite.get(name) ?? 0)) >>> 0;
      this.#seenNonFinite.set(name, count);
    }
    return grown;
  }

  /** Replaces m, e.g. after the prompts were refreshed. @param features unit rows, [S, d] */
  setPromptFeatures(features: Float32Array): void {
    const parameter = this.#prompts?.get('features');
    if (!this.#prompts || !parameter) throw new Error('this run has no CLIP head');
    this.#prompts.load(new Map([['features', { shape: [...parameter.shape], data: features }]]));
    this.#promptFeatures = features;
  }

  async exportState(): Promise<TrainerState> {
    const tensors = new Map<string, NamedArray>();
    for (const [set, stored] of this.#sets())
      for (const [name, array] of await stored.toArrays()) tensors.set(`${set}/${name}`, array);
    return { iteration: this.#iteration, draws: this.#draws, rateScale: this.#rateScale, tensors };
  }

  /**
   * Restores what `exportState` gave: what follows is, to the bit, what followed then.
   * @throws RangeError when it does not fit the networks
   */
  importState({ iteration, draws = iteration, rateScale = 1, tensors }: TrainerState): void {
    for (const [set, stored] of this.#sets()) {
      const prefix = `${set}/`;
      stored.load(
        new Map(
          [...tensors]
            .filter(([name]) => name.startsWith(prefix))
            .map(([name, array]) => [name.slice(prefix.length), array]),
        ),
      );
    }
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
    for (const { discriminator, generator } of this.#steps.values())
      for (const step of [discriminator, generator]) step.dispose();
    for (const adam of Object.values(this.#adams)) adam?.dispose();
    this.#ema.dispose();
    this.#ada?.dispose();
    this.#prompts?.dispose();
    this.networks.dispose();
  }

  /** Everything that a checkpoint holds. */
  #sets(): [string, Stored][] {
    const { generator, averaged, statistics, discriminator, clipHead } = this.networks;
    const sets: [string, Stored | null | undefined][] = [
      ['generator', generator.weights],
      ['averaged', averaged.weights],
      ['statistics', statistics],
      ['discriminator', discriminator.weights],
      ['clipHead', clipHead?.weights],
      ['generatorAdam', this.#adams.generator],
      ['discriminatorAdam', this.#adams.discriminator],
      ['clipHeadAdam', this.#adams.clipHead],
      ['ada', this.#ada?.state],
    ];
    return sets.filter((entry): entry is [string, Stored] => entry[1] != null);
  }

  #usesClip(): boolean {
    return this.#options.clip !== null && this.#options.config.clipHead.weight > 0;
  }

  #setting(variant: Variant, { lambda, lambdaClip }: IterationSchedule, step: number): StepSetting {
    const { config: configured, slots, classCount } = this.#options;
    const { generatorRate, discriminatorRate } = configured.optimizer;
    const scale = this.#rateScale;
    const config =
      scale === 1
        ? configured
        : {
            ...configured,
            optimizer: {
              ...configured.optimizer,
              generatorRate: scale * generatorRate,
              discriminatorRate: scale * discriminatorRate,
            },
          };
    return {
      config,
      slots,
      classCount,
      lambda,
      lambdaClip,
      joint: config.ablation.jointLogit,
      step,
      promptFeatures: variant === 'clip' ? this.#promptFeatures : null,
    };
  }

  #pair(variant: Variant): StepPair {
    const made = this.#steps.get(variant);
    if (made) return made;
    const { config, slots, classCount, dataset, eager = false } = this.#options;
    const { networks } = this;
    const conditions = { classCount, slotCount: slots.length };
    const withClip = variant === 'clip';
    const clip = withClip ? this.#clipParts() : null;
    const adam = this.#adams.clipHead;
    const discriminatorParts = {
      config,
      networks,
      dataset,
      adam: this.#adams.discriminator,
      clip: clip && adam && { ...clip, adam },
      ada: this.#ada,
    };
    const generatorParts = { config, networks, adam: this.#adams.generator, ema: this.#ema, clip, ada: this.#ada };
    const pair: StepPair = {
      discriminator: compileStep({
        name: `discriminator (${variant})`,
        inputs: discriminatorInputs(config, conditions, withClip),
        body: discriminatorBody(discriminatorParts),
        eager,
      }),
      generator: compileStep({
        name: `generator (${variant})`,
        inputs: generatorInputs(config, conditions, withClip),
        body: generatorBody(generatorParts),
        eager,
      }),
    };
    this.#steps.set(variant, pair);
    return pair;
  }

  #clipParts(): ClipParts | null {
    const { clip } = this.#options;
    const head = this.networks.clipHead;
    if (!clip || !head || !this.#prompts) return null;
    return { branch: clip.branch, head, promptFeatures: this.#prompts.get('features').variable as unknown as Tensor2D };
  }
}

function clipShapeOf({ dim, tokens }: ClipBranch): ClipShape {
  return { dim, tokens: tokens ? { count: tokens.blocks.length, width: tokens.width } : null };
}
