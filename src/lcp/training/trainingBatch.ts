/**
 * One iteration's data on the CPU: which reals the discriminator sees, under which conditions, and the conditions of
 * the fakes (docs/method.md, sections 2, 5 and 6). Every draw is named by the iteration, so a resumed run draws what
 * the uninterrupted one would have drawn.
 */
import type { RunConfig } from '../../shared/config';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import { drawCondition, type Conditions } from '../partition/conditions';
import type { SparseRows } from '../partition/sparseRows';
import { streams } from './streams';

export interface DiscriminatorBatch {
  /** Image indices of the reals, [B]. */
  indices: Int32Array;
  /** 1 = mirror the real, [B]. */
  flips: Float32Array;
  /** Trust in the reals' labels, [B]. */
  w: Float32Array;
  /**
   * w where a condition exists that does not fit the real, else 0: with one class only there is none, and the term of
   * u_wrong vanishes. [B]
   */
  wWrong: Float32Array;
  /**
   * Conditions of the reals, of the fakes, and conditions that do not fit the reals (the real's own where there is
   * none); each [B, S].
   */
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
  /**
   * The trusted images class by class, and where each class begins among them: u_wrong comes from outside the own
   * class.
   */
  readonly #byClass: Int32Array;
  readonly #firstOfClass: Int32Array;

  /**
   * @param pool all images' soft conditions and trust
   * @throws RangeError if no image is trusted
   */
  constructor(config: RunConfig, slots: readonly Slot[], pool: Conditions) {
    this.#config = config;
    this.#slots = slots;
    this.#pool = pool;
    this.#classes = Int32Array.from(pool.w, (_, image) => heaviestClass(slots, pool.u, image));
    this.#trusted = Int32Array.from(pool.w.keys()).filter((image) => (pool.w[image] ?? 0) > 0);
    if (this.#trusted.length === 0) throw new RangeError('no image has a trusted label');
    const classCount = Math.max(...slots.map(({ classIndex }) => classIndex)) + 1;
    const classOf = (image: number): number => this.#classes[image] ?? 0;
    this.#byClass = this.#trusted.toSorted((a, b) => classOf(a) - classOf(b) || a - b);
    this.#firstOfClass = new Int32Array(classCount + 1);
    for (const image of this.#trusted)
      this.#firstOfClass[classOf(image) + 1] = (this.#firstOfClass[classOf(image) + 1] ?? 0) + 1;
    for (let c = 0; c < classCount; c += 1)
      this.#firstOfClass[c + 1] = (this.#firstOfClass[c + 1] ?? 0) + (this.#firstOfClass[c] ?? 0);
  }

  /**
   * @param iteration from 0
   * @param indices the reals of all discriminator steps, `discriminatorSteps` x B image indices
   */
  compose(iteration: number, indices: Int32Array): IterationBatch {
    const { batch, discriminatorSteps, seed } = this.#config;
    if (indices.length !== batch * discriminatorSteps)
      throw new RangeError(`${indices.length} indices for ${discriminatorSteps} x ${batch}`);
    const discriminator = Array.from({ length: discriminatorSteps }, (_, k) => {
      const random = new CounterRandom(seed, streams.discriminatorConditions, iteration * discriminatorSteps + k);
      return this.#discriminatorBatch(indices.slice(k * batch, (k + 1) * batch), random);
    });
    const random = new CounterRandom(seed, streams.generatorConditions, iteration);
    return { discriminator, generatorConditions: this.drawConditions(batch, random) };
  }

  /** u' of `count` fakes: each that of a random trusted real. [count, S] */
  drawConditions(count: number, random: CounterRandom): Float32Array {
    return this.#rows(
      Array.from({ length: count }, () => pick(this.#trusted, random)),
      random,
    );
  }

  #discriminatorBatch(indices: Int32Array, random: CounterRandom): DiscriminatorBatch {
    const { horizontalFlip } = this.#config.augment;
    const flips = Float32Array.from(indices, () => (horizontalFlip && random.uniform() < 0.5 ? 1 : 0));
    const images = [...indices];
    const w = Float32Array.from(images, (image) => this.#pool.w[image] ?? 0);
    const u = this.#rows(images, random);
    const uFake = this.drawConditions(images.length, random);
    const wrong = images.map((image) => this.#ofAnotherClass(image, random));
    const uWrong = this.#rows(
      wrong.map((image, i) => image ?? (images[i] as number)),
      random,
    );
    return { indices, flips, w, wWrong: w.map((weight, i) => (wrong[i] === null ? 0 : weight)), u, uFake, uWrong };
  }

  /** A trusted image of another class than `image`; null where all are of its class. */
  #ofAnotherClass(image: number, random: CounterRandom): number | null {
    const own = this.#classes[image] ?? 0;
    const from = this.#firstOfClass[own] ?? 0;
    const to = this.#firstOfClass[own + 1] ?? from;
    const others = this.#byClass.length - (to - from);
    if (others === 0) return null;
    const at = random.integer(others);
    return this.#byClass[at < from ? at : at + (to - from)] ?? null;
  }

  /** The conditions of some images, each soft or drawn one-hot from itself. [images, S] */
  #rows(images: readonly number[], random: CounterRandom): Float32Array {
    const slotCount = this.#slots.length;
    const rows = new Float32Array(images.length * slotCount);
    images.forEach((image, i) => {
      rows.set(
        drawCondition(this.#pool.u.denseRow(image), random, this.#config.partition.hardDrawProbability),
        i * slotCount,
      );
    });
    return rows;
  }
}

/** The class with the most mass in an image's condition. */
function heaviestClass(slots: readonly Slot[], u: SparseRows, image: number): number {
  const masses = new Map<number, number>();
  u.forRow(image, (slot, value) => {
    const c = slots[slot]?.classIndex ?? 0;
    masses.set(c, (masses.get(c) ?? 0) + value);
  });
  return [...masses].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, -1])[0];
}

function pick(values: Int32Array, random: CounterRandom): number {
  return values[random.integer(values.length)] ?? 0;
}
