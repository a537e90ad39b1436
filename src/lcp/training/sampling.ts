/**
 * Pictures from the generator's moving average. The grid has a row for every slot (its one-hot condition) and a column
 * for every fixed latent, the same in all rows and at all times, so that what changes between two grids is the network.
 * Work goes to the GPU in chunks that are waited for, so that neither the queue nor the event loop is held up.
 *
 * `refresh` brings all that the generator draws with up to date with its weights, from fixed latents and conditions,
 * which makes pictures a function of weights, z and u alone, here and in the exported generator.
 */
import { tensor2d, tidy, type Tensor2D } from '../../gpu/tensor';
import { classAndSlot } from '../../nn/conditionTable';
import type { GeneratorNetwork } from '../../nn/networks';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import type { Networks } from './step';
import { streams } from './streams';

export interface SampleGrid {
  columns: number;
  /** Slot of each row. */
  rows: number[];
  /** Side of one tile. */
  size: number;
  /** rows x columns tiles, row-major, each size x size RGBA, tile after tile. */
  rgba: ArrayBuffer;
}

/** How pictures of a generator with styles are drawn. */
export interface PictureStyle {
  /** psi in [0, 1]: 1, the default, draws as in training; less moves towards the mean of the condition. */
  truncation?: number;
  /** Second latents [n, latent] and conditions [n, S], for styles from number `from` on. */
  mixed?: { z: Float32Array; u: Float32Array; from: number };
}

/** Latents that the mean style of a condition is taken over. */
const meanDraws = 1000;

export interface SamplerOptions {
  networks: Pick<Networks, 'generator'>;
  slots: readonly Slot[];
  classCount: number;
  seed: number;
  columns: number;
  /**
   * Pictures of a training batch: statistics are taken over batches of about that size, and drawing goes in such
   * chunks.
   */
  batch: number;
  /** Conditions at their natural frequency, [count, S]: `BatchComposer.drawConditions`. */
  drawConditions: (count: number, random: CounterRandom) => Float32Array;
}

export class Sampler {
  readonly #options: SamplerOptions;
  /** z of the columns, [columns, latent]. */
  readonly #latents: Float32Array;
  /** Pictures drawn at once. */
  readonly #chunk: number;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#chunk = Math.min(32, Math.max(8, options.batch));
    this.#latents = normals(
      options.columns * this.#generator.latent,
      new CounterRandom(options.seed, streams.sampleLatents),
    );
  }

  /** Numbers that a picture's style can come from; null for a generator without styles. */
  get styleCount(): number | null {
    return this.#generator.styles?.count ?? null;
  }

  /** z of the columns, [columns, latent]. */
  get latents(): Float32Array {
    return this.#latents;
  }

  get #generator(): GeneratorNetwork {
    return this.#options.networks.generator;
  }

  /** Brings all that pictures are drawn with up to date with the moving average. */
  async refresh(): Promise<void> {
    const { seed, slots, classCount, drawConditions } = this.#options;
    await this.#generator.refresh((batch) => {
      const random = new CounterRandom(seed, streams.standingLatents, batch);
      const u = drawConditions(this.#chunk, new CounterRandom(seed, streams.standingConditions, batch));
      return {
        z: this.#rows(normals(this.#chunk * this.#generator.latent, random)),
        conditions: this.#conditions(classAndSlot(u, slots, classCount)),
      };
    });
  }

  /** Makes all that follows from a state that was loaded, and changes nothing of it. */
  restore(): void {
    this.#generator.restore();
  }

  /** Refreshes, then draws the grid. @param rows slots to show, default all in order */
  async grid(rows: readonly number[] = this.#options.slots.map(({ slot }) => slot)): Promise<SampleGrid> {
    await this.refresh();
    const { columns, slots } = this.#options;
    const { latent } = this.#generator;
    const count = rows.length * columns;
    const z = new Float32Array(count * latent);
    const u = new Float32Array(count * slots.length);
    rows.forEach((slot, row) => {
      z.set(this.#latents, row * columns * latent);
      for (let column = 0; column < columns; column++) u[(row * columns + column) * slots.length + slot] = 1;
    });
    const rgba = toRgba(await this.pictures(z, u));
    return { columns, rows: [...rows], size: this.#generator.resolution, rgba };
  }

  /**
   * Pictures, each by its own z and u alone.
   * @param z [n, latent]
   * @param u [n, S]
   * @param style for generators that have styles
   * @returns [n, R, R, 3] in [-1, 1]
   * @throws RangeError for a style that the generator cannot be given
   */
  async pictures(z: Float32Array, u: Float32Array, style: PictureStyle = {}): Promise<Float32Array> {
    const { latent, resolution } = this.#generator;
    const values = resolution * resolution * 3;
    const count = z.length / latent;
    const chunk = this.#chunk;
    const pictures = new Float32Array(count * values);
    const first = await this.#styled(z, u, style);
    const second = style.mixed && (await this.#styled(style.mixed.z, style.mixed.u, style));
    if (second && second.count !== count) throw new RangeError(`${second.count} second latents for ${count} pictures`);
    for (let at = 0; at < count; at += chunk) {
      const drawn = tidy(() => {
        const { z: latents, conditions, means } = first.rows(at);
        if (!means && !second) return this.#generator.sample(latents, conditions);
        const mixed = second && style.mixed ? { ...second.rows(at), from: style.mixed.from } : null;
        return this.#generator.sample(latents, conditions, { truncation: style.truncation ?? 1, means, mixed });
      });
      const pixels = (await drawn.data()) as Float32Array;
      drawn.dispose();
      pictures.set(pixels.subarray(0, Math.min(chunk, count - at) * values), at * values);
    }
    return pictures;
  }

  /** Latents, conditions and mean styles, a chunk at a time. */
  async #styled(z: Float32Array, u: Float32Array, { truncation = 1, mixed }: PictureStyle) {
    const { slots, classCount } = this.#options;
    const { latent, styles } = this.#generator;
    if (!styles && (truncation !== 1 || mixed)) throw new RangeError('this generator has no styles');
    if (mixed && !(mixed.from >= 1 && mixed.from < (styles?.count ?? 0)))
      throw new RangeError(`styles are mixed from a number between 1 and ${(styles?.count ?? 0) - 1} on`);
    const means = truncation === 1 ? null : await this.#meanStyles(u);
    const chunk = this.#chunk;
    // A short last chunk is filled up, because kernels are made for shapes.
    const part = (values: Float32Array, width: number, at: number): Float32Array =>
      padded(values.subarray(at * width, (at + chunk) * width), chunk * width);
    return {
      count: z.length / latent,
      rows: (at: number) => ({
        z: this.#rows(part(z, latent, at)),
        conditions: this.#conditions(classAndSlot(part(u, slots.length, at), slots, classCount)),
        means: means && this.#rows(part(means, latent, at)),
      }),
    };
  }

  /** The mean style of each row's condition, [n, latent]; equal conditions are passed once. */
  async #meanStyles(u: Float32Array): Promise<Float32Array> {
    const { slots, classCount } = this.#options;
    const { latent, styles } = this.#generator;
    const width = slots.length;
    const draws = normals(meanDraws * latent, new CounterRandom(0, streams.meanStyles));
    const known = new Map<string, Float32Array>();
    const means = new Float32Array((u.length / width) * latent);
    for (let row = 0; row < u.length / width; row++) {
      const own = u.slice(row * width, (row + 1) * width);
      const name = own.join();
      let mean = known.get(name);
      if (!mean && styles) {
        const found = tidy(() =>
          styles.means(this.#rows(draws), this.#conditions(classAndSlot(own, slots, classCount))),
        );
        mean = (await found.data()) as Float32Array;
        found.dispose();
        known.set(name, mean);
      }
      if (mean) means.set(mean, row * latent);
    }
    return means;
  }

  #rows(z: Float32Array): Tensor2D {
    const { latent } = this.#generator;
    return tensor2d(z, [z.length / latent, latent]);
  }

  #conditions(rows: Float32Array): Tensor2D {
    const width = this.#options.classCount + this.#options.slots.length;
    return tensor2d(rows, [rows.length / width, width]);
  }
}

function normals(count: number, random: CounterRandom): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

function padded(values: Float32Array, length: number): Float32Array {
  const whole = new Float32Array(length);
  whole.set(values);
  return whole;
}

/** [-1, 1] RGB to 8-bit RGBA, opaque. */
export function toRgba(pictures: Float32Array): ArrayBuffer {
  const rgba = new Uint8ClampedArray((pictures.length / 3) * 4).fill(255);
  // Rounds and clamps
  for (let i = 0; i < pictures.length; i++) rgba[Math.floor(i / 3) * 4 + (i % 3)] = ((pictures[i] ?? 0) + 1) * 127.5;
  return rgba.buffer;
}
