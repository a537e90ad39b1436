/**
 * Training of the cluster prompts (algorithm.md, section 3): context vectors V of every slot, [S, M, w], learnt through the frozen text encoder
 * on cached image features. Stochastic gradient descent by CoOp's recipe: rate 0.002 with momentum 0.9, one warm-up epoch at 1e-5, then a
 * cosine down to 0. The text tower is injected as a function of the context.
 */
import { assignInPlace, lossAndGradients, ParameterSet } from '../gpu/parameter';
import { compileStep, type Step } from '../gpu/plan';
import { add, mul, sub, tensor2d, tidy, type Tensor, type Tensor2D, type Tensor3D } from '../gpu/tensor';
import { unitRows } from '../gpu/unitRows/unitRows';
import type { NormalSource } from '../nn/init';
import type { RunConfig } from '../shared/config';
import { CounterRandom } from '../shared/rng';
import { promptLoss, promptTargets, samePartnerWeights, type PromptTargetSource } from './promptLoss';
import { floats, stepInput, type StepInputs } from './stepInputs';
import { streams } from './streams';

/** The frozen text tower: context [S, M, w] -> features [S, d], any length, differentiable in the context. */
export type TextTower = (context: Tensor3D) => Tensor2D;

const warmUpRate = 1e-5;
const momentum = 0.9;
/** Standard deviation of the initial noise on V. */
const initialNoise = 0.02;

/**
 * V at the start: the embedding of a phrase ("a photo of a") for every slot plus N(0, 0.02^2), or that noise alone.
 * @param phrase token embeddings [M, w], row-major; null for noise alone
 * @returns [S, M, w], row-major
 */
export function initialContext(phrase: Float32Array | null, slotCount: number, contextLength: number, width: number, random: NormalSource): Float32Array {
  const size = contextLength * width;
  if (phrase && phrase.length !== size) throw new RangeError(`a phrase of ${phrase.length} values for ${contextLength} x ${width}`);
  return Float32Array.from({ length: slotCount * size }, (_, i) => (phrase?.[i % size] ?? 0) + initialNoise * random.normal());
}

/** Learning rate of an epoch, counted from 0. */
export function promptRate({ rate, epochs }: Pick<RunConfig['prompts'], 'rate' | 'epochs'>, epoch: number): number {
  if (epoch === 0) return warmUpRate;
  return (rate / 2) * (1 + Math.cos((Math.PI * (epoch - 1)) / Math.max(1, epochs - 1)));
}

export interface PromptTrainerOptions extends PromptTargetSource {
  config: RunConfig['prompts'];
  seed: number;
  encode: TextTower;
  /** Width w of a context vector. */
  contextWidth: number;
  /** V at the start, [S, M, w]. */
  initialContext: Float32Array;
  /** f, unit rows, [N, d]. */
  features: Float32Array;
  dim: number;
  /** s0 = exp(logit_scale) of the CLIP in use. */
  logitScale: number;
  /** Run the step's body every time instead of capturing it. Default false. */
  eager?: boolean;
}

export interface PromptEpoch {
  /** From 1. */
  epoch: number;
  epochs: number;
  /** Mean of L_prompt over the epoch's batches. */
  loss: number;
}

export interface TrainedPrompts {
  /** V, [S, M, w]. */
  context: Float32Array;
  /** m, unit rows, [S, d]. */
  features: Float32Array;
}

/** What happens while training; both may return a promise, which is waited for. */
export interface PromptListeners {
  onEpoch?: (epoch: PromptEpoch) => void | Promise<void>;
  /** After every step. */
  onStep?: (done: number, total: number) => void | Promise<void>;
}

export class PromptTrainer {
  readonly #options: PromptTrainerOptions;
  readonly #parameters = new ParameterSet('prompts');
  readonly #step: Step<'features' | 'targets' | 'rate'>;
  /** Images with trust > 0; the others do not enter the loss. */
  readonly #images: Uint32Array;

  constructor(options: PromptTrainerOptions) {
    const { config, slots, contextWidth, dim, trust, eager = false } = options;
    this.#options = options;
    const shape = [slots.length, config.contextLength, contextWidth];
    this.#parameters.add('context', shape, options.initialContext);
    this.#parameters.add('velocity', shape, null, { trainable: false });
    this.#images = Uint32Array.from({ length: trust.length }, (_, i) => i).filter((image) => (trust[image] ?? 0) > 0);
    if (this.#images.length === 0) throw new RangeError('no image has a trusted label');
    this.#step = compileStep({
      name: 'prompts',
      inputs: { features: floats(config.batch, dim), targets: floats(config.batch, slots.length), rate: floats() },
      body: (inputs) => this.#body(inputs),
      eager,
    });
  }

  get stepsPerEpoch(): number {
    return Math.ceil(this.#images.length / this.#options.config.batch);
  }

  /** Runs all epochs. @param signal ends it between two steps by throwing the signal's reason */
  async train({ onEpoch, onStep }: PromptListeners = {}, signal?: AbortSignal): Promise<TrainedPrompts> {
    const { config, seed } = this.#options;
    const total = config.epochs * this.stepsPerEpoch;
    let done = 0;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const order = new CounterRandom(seed, streams.promptOrder, epoch).permutation(this.#images.length);
      let sumOfLosses = 0;
      for (let start = 0; start < order.length; start += config.batch) {
        signal?.throwIfAborted();
        const images = Array.from(order.subarray(start, start + config.batch), (at) => this.#images[at] ?? 0);
        this.#step.run({ ...this.#batch(images), rate: Float32Array.of(promptRate(config, epoch)) });
        const { loss = NaN } = await this.#step.readStats();
        sumOfLosses += loss;
        done += 1;
        await onStep?.(done, total);
      }
      await onEpoch?.({ epoch: epoch + 1, epochs: config.epochs, loss: sumOfLosses / this.stepsPerEpoch });
    }
    return this.read();
  }

  /** V and m as they are. */
  async read(): Promise<TrainedPrompts> {
    const context = (await this.#parameters.toArrays()).get('context')?.data ?? new Float32Array();
    const prompts = tidy(() => this.#prompts());
    const features = (await prompts.data()) as Float32Array;
    prompts.dispose();
    return { context, features };
  }

  dispose(): void {
    this.#step.dispose();
    this.#parameters.dispose();
  }

  /** m of the present V, unit rows, [S, d]. */
  #prompts(): Tensor2D {
    return unitRows(this.#options.encode(this.#parameters.get('context').variable as Tensor as Tensor3D));
  }

  #batch(images: readonly number[]): { features: Float32Array; targets: Float32Array } {
    const { config, features, dim } = this.#options;
    const rows = new Float32Array(config.batch * dim);
    images.forEach((image, row) => rows.set(features.subarray(image * dim, (image + 1) * dim), row * dim));
    return { features: rows, targets: promptTargets(this.#options, images, config.batch) };
  }

  #body(inputs: StepInputs): { loss: Tensor } {
    const { slots, logitScale } = this.#options;
    const context = this.#parameters.get('context');
    const velocity = this.#parameters.get('velocity');
    const pairWeights = tensor2d(samePartnerWeights(slots), [slots.length, slots.length]);
    const { value, gradients } = lossAndGradients(
      () => promptLoss(stepInput(inputs, 'features'), this.#prompts(), stepInput(inputs, 'targets'), pairWeights, logitScale),
      [context],
    );
    const [gradient] = gradients;
    if (!gradient) throw new Error('the prompts have no gradient');
    const next = add(mul(velocity.variable, momentum), gradient);
    const moved = sub(context.variable, mul(next, stepInput(inputs, 'rate')));
    assignInPlace(velocity, next);
    assignInPlace(context, moved);
    return { loss: value };
  }
}
