/**
 * One iteration's data on the CPU: which reals the discriminator sees, under which conditions, and the conditions of the fakes (algorithm.md, sections 2,
 * 5 and 6). Every draw is named by the iteration, so a resumed run draws what the uninterrupted one would have drawn.
 */
import type { RunConfig } from '../shared/config';
import type { Slot } from '../shared/domain';
import { StudioError } from '../shared/errors';
import { CounterRandom } from '../shared/rng';
import { drawCondition, type Conditions } from './conditions';
import { streams } from './streams';

export interface DiscriminatorBatch {
  /** Image indices of the reals, [B]. */
  indices: Int32Array;
  /** 1 = mirror the real, [B]. */
  flips: Float32Array;
  /** Trust in the reals' labels, [B]. */
  w: Float32Array;
  /** Conditions of the reals, of the fakes, and conditions that do not fit the reals; each [B, S]. */
  u: Float32Array;
  uFake: Float32Array;
  uWrong: Float32Array;
}

export interface IterationBatch {
  /** One entry a discriminator step. */
  discriminator: DiscriminatorBatch[];
  /** Conditions of the generator step's fakes, [B, S]. */
  generatorConditions: Float32Array;
}

export class BatchComposer {
  readonly #config: RunConfig;
  readonly #slots: readonly Slot[];
  readonly #pool: Conditions;
  /** Images with trust > 0: their conditions stand for the natural frequency of classes and clusters. */
  readonly #trusted: Int32Array;
  /** The class with the most mass in each image's condition, [N]. */
  readonly #classes: Int32Array;
  /** The trusted images that are not of a class, by class: where u_wrong comes from. */
  readonly #others: Int32Array[];

  /**
   * @param pool all images' soft conditions and trust
   * @throws RangeError if no image is trusted, or all trusted ones are of one class
   */
  constructor(config: RunConfig, slots: readonly Slot[], pool: Conditions) {
    this.#config = config;
    this.#slots = slots;
    this.#pool = pool;
    this.#classes = Int32Array.from(pool.w, (_, image) => heaviestClass(slots, pool.u.subarray(image * slots.length, (image + 1) * slots.length)));
    this.#trusted = Int32Array.from(pool.w.keys()).filter((image) => (pool.w[image] ?? 0) > 0);
    if (this.#trusted.length === 0) throw new RangeError('no image has a trusted label');
    const classCount = Math.max(...slots.map(({ classIndex }) => classIndex)) + 1;
    this.#others = Array.from({ length: classCount }, (_, own) => this.#trusted.filter((image) => this.#classes[image] !== own));
    if (this.#others.some((others) => others.length === 0)) throw oneClass();
  }

  /**
   * @param iteration from 0
   * @param indices the reals of all discriminator steps, `discriminatorSteps` x B image indices
   */
  compose(iteration: number, indices: Int32Array): IterationBatch {
    const { batch, discriminatorSteps, seed } = this.#config;
    if (indices.length !== batch * discriminatorSteps) throw new RangeError(`${indices.length} indices for ${discriminatorSteps} x ${batch}`);
    const discriminator = Array.from({ length: discriminatorSteps }, (_, k) => {
      const random = new CounterRandom(seed, streams.discriminatorConditions, iteration * discriminatorSteps + k);
      return this.#discriminatorBatch(indices.slice(k * batch, (k + 1) * batch), random);
    });
    const random = new CounterRandom(seed, streams.generatorConditions, iteration);
    return { discriminator, generatorConditions: this.drawConditions(batch, random) };
  }

  /** u' of `count` fakes: each that of a random trusted real. [count, S] */
  drawConditions(count: number, random: CounterRandom): Float32Array {
    return this.#rows(Array.from({ length: count }, () => pick(this.#trusted, random)), random);
  }

  #discriminatorBatch(indices: Int32Array, random: CounterRandom): DiscriminatorBatch {
    const { horizontalFlip } = this.#config.augment;
    const flips = Float32Array.from(indices, () => (horizontalFlip && random.uniform() < 0.5 ? 1 : 0));
    const images = [...indices];
    return {
      indices,
      flips,
      w: Float32Array.from(images, (image) => this.#pool.w[image] ?? 0),
      u: this.#rows(images, random),
      uFake: this.drawConditions(images.length, random),
      uWrong: this.#rows(images.map((image) => pick(this.#others[this.#classes[image] ?? 0] ?? this.#trusted, random)), random),
    };
  }

  /** The conditions of some images, each soft or drawn one-hot from itself. [images, S] */
  #rows(images: readonly number[], random: CounterRandom): Float32Array {
    const slotCount = this.#slots.length;
    const rows = new Float32Array(images.length * slotCount);
    images.forEach((image, i) => {
      const soft = this.#pool.u.subarray(image * slotCount, (image + 1) * slotCount);
      rows.set(drawCondition(soft, random, this.#config.partition.hardDrawProbability), i * slotCount);
    });
    return rows;
  }
}

/** The class with the most mass in a condition. @param u one row, [S] */
function heaviestClass(slots: readonly Slot[], u: Float32Array): number {
  const masses = new Map<number, number>();
  for (const { slot, classIndex } of slots) masses.set(classIndex, (masses.get(classIndex) ?? 0) + (u[slot] ?? 0));
  return [...masses].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, -1])[0];
}

function pick(values: Int32Array, random: CounterRandom): number {
  return values[random.integer(values.length)] ?? 0;
}

function oneClass(): StudioError {
  return new StudioError({
    code: 'one-class',
    what: 'All pictures whose class is known are of one class.',
    why: 'Training compares each picture with conditions that do not fit it, and needs a second class for that.',
    action: 'Label pictures of a second class, then start again.',
  });
}
