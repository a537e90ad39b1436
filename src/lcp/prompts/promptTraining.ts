/**
 * Training of the cluster prompts (docs/method.md, section 3): context vectors V of every slot, [S, M, w], learnt
 * through the frozen text encoder on cached image features, by Adam or by CoOp's stochastic gradient descent; how long
 * and how fast says `promptRate.ts`. The text tower is injected as a function of the context.
 *
 * Where there are more slots than `slotChunk`, the tower is given so many at a time, which bounds the memory of a step:
 * all m first without a tape, then the loss and its gradient by m, then each chunk's tower once more with a tape, to
 * lead its part of the gradient to V. That is the same gradient, for one more forward pass.
 */
import { Adam } from '../../gpu/adam/adam';
import { assignInPlace, lossAndGradients, ParameterSet } from '../../gpu/parameter';
import { compileStep, type Step } from '../../gpu/capture/plan';
import { add, concat, mul, sub, tensor2d, tidy, type Tensor, type Tensor2D, type Tensor3D } from '../../gpu/tensor';
import { unitRows } from '../../gpu/unitRows/unitRows';
import type { RunConfig } from '../../shared/config';
import { CounterRandom } from '../../shared/rng';
import { weightedSum } from '../training/weightedSum';
import { planPrompts, promptBatch, type PromptPlan } from './promptRate';
import { promptLoss, promptTargets, samePartnerWeights, type PromptTargetSource } from './promptLoss';
import { floats, stepInput, type StepInputs } from '../training/stepInputs';
import { streams } from '../training/streams';
import { joinedFloats } from '../../shared/joined';

/**
 * The frozen text tower: context [n, M, w] of the slots first .. first + n - 1 -> features [n, d], any length,
 * differentiable in the context.
 */
export type TextTower = (context: Tensor3D, first: number) => Tensor2D;

/** Of CoOp's recipe. */
const momentum = 0.9;
/** Of Adam's. */
const adamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

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
  /** sigma, the deviation of the CLIP's token vectors (`tokenDeviation`). */
  deviation: number;
  /** Run the step's body every time instead of capturing it. Default false. */
  eager?: boolean;
}

export interface PromptEpoch {
  /** From 1. */
  epoch: number;
  epochs: number;
  /** Steps so far. */
  done: number;
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

/** Some slots that pass the text tower together. */
interface Chunk {
  first: number;
  count: number;
  /** V, and its velocity where CoOp's recipe is used. */
  learnt: ParameterSet;
  /** Null where CoOp's recipe is used. */
  adam: Adam | null;
  /** m of the present V, and the gradient by it; used where there are several chunks. */
  passed: ParameterSet;
}

type Inputs = 'features' | 'targets' | 'rate';

/**
 * What one step consists of: one captured step where all slots fit, else one that encodes and one that updates for each
 * chunk, and the loss between.
 */
interface Steps {
  encode: Step<never>[];
  loss: Step<Inputs>;
  update: Step<'rate'>[];
}

export class PromptTrainer {
  readonly #options: PromptTrainerOptions;
  readonly #chunks: readonly Chunk[];
  readonly #steps: Steps;
  /** Images with trust > 0; the others do not enter the loss. */
  readonly #images: Uint32Array;
  /** Pictures of a step. */
  readonly #batchSize: number;

  constructor(options: PromptTrainerOptions) {
    const { trust } = options;
    this.#options = options;
    this.#images = Uint32Array.from({ length: trust.length }, (_, i) => i).filter((image) => (trust[image] ?? 0) > 0);
    if (this.#images.length === 0) throw new RangeError('no image has a trusted label');
    this.#batchSize = promptBatch(options.config, this.#images.length);
    this.#chunks = makeChunks(options);
    this.#steps = this.#compile();
  }

  get stepsPerEpoch(): number {
    return Math.ceil(this.#images.length / this.#batchSize);
  }

  /** How many steps there are, and at which rates. */
  get plan(): PromptPlan {
    const { config, slots, deviation, logitScale } = this.#options;
    return planPrompts(config, {
      stepsPerEpoch: this.stepsPerEpoch,
      slotCount: slots.length,
      deviation,
      logitScale,
    });
  }

  /** Takes all steps. @param signal ends it between two steps by throwing the signal's reason */
  async train({ onEpoch, onStep }: PromptListeners = {}, signal?: AbortSignal): Promise<TrainedPrompts> {
    const { seed } = this.#options;
    const { steps, rateAt } = this.plan;
    const epochs = Math.ceil(steps / this.stepsPerEpoch);
    let done = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = new CounterRandom(seed, streams.promptOrder, epoch).permutation(this.#images.length);
      let sumOfLosses = 0;
      let taken = 0;
      for (let start = 0; start < order.length && done < steps; start += this.#batchSize) {
        signal?.throwIfAborted();
        const images = Array.from(order.subarray(start, start + this.#batchSize), (at) => this.#images[at] ?? 0);
        sumOfLosses += await this.#take(images, rateAt(done));
        done += 1;
        taken += 1;
        await onStep?.(done, steps);
      }
      await onEpoch?.({ epoch: epoch + 1, epochs, done, loss: sumOfLosses / taken });
    }
    return this.read();
  }

  /** V and m as they are. */
  async read(): Promise<TrainedPrompts> {
    const contexts: Float32Array[] = [];
    const features: Float32Array[] = [];
    for (const chunk of this.#chunks) {
      contexts.push((await chunk.learnt.toArrays()).get('context')?.data ?? new Float32Array());
      const prompts = tidy(() => this.#prompts(chunk));
      features.push((await prompts.data()) as Float32Array);
      prompts.dispose();
    }
    return { context: joinedFloats(contexts), features: joinedFloats(features) };
  }

  dispose(): void {
    const { encode, loss, update } = this.#steps;
    for (const step of [...encode, loss, ...update]) step.dispose();
    for (const { learnt, adam, passed } of this.#chunks) {
      adam?.dispose();
      learnt.dispose();
      passed.dispose();
    }
  }

  /** One step of descent. @returns L_prompt before it */
  async #take(images: readonly number[], rate: number): Promise<number> {
    const { encode, loss, update } = this.#steps;
    const rates = { rate: Float32Array.of(rate) };
    for (const step of encode) step.run({});
    loss.run({ ...this.#batch(images), ...rates });
    for (const step of update) step.run(rates);
    const { loss: value = NaN } = await loss.readStats();
    return value;
  }

  /** m of the present V, unit rows, [n, d]. */
  #prompts({ learnt, first }: Chunk): Tensor2D {
    return unitRows(this.#options.encode(learnt.get('context').variable as Tensor as Tensor3D, first));
  }

  #batch(images: readonly number[]): { features: Float32Array; targets: Float32Array } {
    const { features, dim } = this.#options;
    const rows = new Float32Array(this.#batchSize * dim);
    images.forEach((image, row) => rows.set(features.subarray(image * dim, (image + 1) * dim), row * dim));
    return { features: rows, targets: promptTargets(this.#options, images, this.#batchSize) };
  }

  #compile(): Steps {
    const { slots, dim, eager = false } = this.#options;
    const rows = this.#batchSize;
    const inputs = { features: floats(rows, dim), targets: floats(rows, slots.length), rate: floats() };
    const [only, ...others] = this.#chunks;
    if (only && others.length === 0) {
      return {
        encode: [],
        loss: compileStep({ name: 'prompts', inputs, body: (given) => this.#wholeStep(only, given), eager }),
        update: [],
      };
    }
    return {
      encode: this.#chunks.map((chunk) =>
        compileStep<never>({ name: 'prompts: encode', inputs: {}, body: () => this.#encodeChunk(chunk), eager }),
      ),
      loss: compileStep({ name: 'prompts: loss', inputs, body: (given) => this.#lossByFeatures(given), eager }),
      update: this.#chunks.map((chunk) =>
        compileStep({
          name: 'prompts: update',
          inputs: { rate: floats() },
          body: (given: StepInputs) => this.#updateChunk(chunk, given),
          eager,
        }),
      ),
    };
  }

  #loss(inputs: StepInputs, prompts: Tensor2D): Tensor {
    const { slots, logitScale } = this.#options;
    const pairWeights = tensor2d(samePartnerWeights(slots), [slots.length, slots.length]);
    return promptLoss(stepInput(inputs, 'features'), prompts, stepInput(inputs, 'targets'), pairWeights, logitScale);
  }

  #wholeStep(chunk: Chunk, inputs: StepInputs): { loss: Tensor } {
    const { value, gradients } = lossAndGradients(
      () => this.#loss(inputs, this.#prompts(chunk)),
      [chunk.learnt.get('context')],
    );
    descend(chunk, gradients[0], inputs);
    return { loss: value };
  }

  #encodeChunk(chunk: Chunk): Record<string, Tensor> {
    assignInPlace(chunk.passed.get('features'), this.#prompts(chunk));
    return {};
  }

  #lossByFeatures(inputs: StepInputs): { loss: Tensor } {
    const leaves = this.#chunks.map(({ passed }) => passed.get('features'));
    const { value, gradients } = lossAndGradients(
      () =>
        this.#loss(
          inputs,
          concat<Tensor2D>(
            leaves.map(({ variable }) => variable as Tensor as Tensor2D),
            0,
          ),
        ),
      leaves,
    );
    this.#chunks.forEach(({ passed }, i) => {
      const gradient = gradients[i];
      if (gradient) assignInPlace(passed.get('gradient'), gradient);
    });
    return { loss: value };
  }

  #updateChunk(chunk: Chunk, inputs: StepInputs): Record<string, Tensor> {
    const { variable: gradient } = chunk.passed.get('gradient');
    const { gradients } = lossAndGradients(
      () => weightedSum(this.#prompts(chunk), gradient),
      [chunk.learnt.get('context')],
    );
    descend(chunk, gradients[0], inputs);
    return {};
  }
}

/** V along a gradient: by Adam, or by momentum and rate. */
function descend({ learnt, adam }: Chunk, gradient: Tensor | undefined, inputs: StepInputs): void {
  if (!gradient) throw new Error('the prompts have no gradient');
  const rate = stepInput<Tensor>(inputs, 'rate');
  if (adam) {
    adam.apply([gradient], { rate });
    return;
  }
  const context = learnt.get('context');
  const velocity = learnt.get('velocity');
  const next = add(mul(velocity.variable, momentum), gradient);
  const moved = sub(context.variable, mul(next, rate));
  assignInPlace(velocity, next);
  assignInPlace(context, moved);
}

function makeChunks({ config, slots, contextWidth, dim, initialContext: start }: PromptTrainerOptions): Chunk[] {
  const size = config.contextLength * contextWidth;
  return Array.from({ length: Math.ceil(slots.length / config.slotChunk) }, (_, i) => {
    const first = i * config.slotChunk;
    const count = Math.min(config.slotChunk, slots.length - first);
    const learnt = new ParameterSet('prompts');
    const shape = [count, config.contextLength, contextWidth];
    learnt.add('context', shape, start.slice(first * size, (first + count) * size));
    if (config.recipe === 'coop') learnt.add('velocity', shape, null, { trainable: false });
    const passed = new ParameterSet('promptFeatures');
    passed.add('features', [count, dim], null);
    passed.add('gradient', [count, dim], null, { trainable: false });
    return { first, count, learnt, adam: config.recipe === 'adam' ? new Adam(learnt, adamOptions) : null, passed };
  });
}
