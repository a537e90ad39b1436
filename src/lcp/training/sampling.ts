/**
 * Pictures from the generator's moving average. The grid has a row for every slot (its one-hot condition) and a column
 * for every fixed latent, the same in all rows and at all times, so that what changes between two grids is the network.
 * Work goes to the GPU in chunks that are waited for, so that neither the queue nor the event loop is held up.
 *
 * Batch norm uses standing statistics: `refresh` recomputes them from fixed latents and conditions for the weights as
 * they are, which makes pictures a function of weights, z and u alone, here and in the exported generator.
 */
import { scalar, tensor2d, tidy, type Tensor2D } from '../../gpu/tensor';
import type { Generator } from '../../nn/biggan/generator';
import { classAndSlot } from '../../nn/conditionTable';
import type { Slot } from '../../shared/domain';
import { CounterRandom } from '../../shared/rng';
import type { Networks } from './networks';
import { streams } from './streams';

/** Batches that the standing statistics are taken over. */
const standingBatches = 4;
/** Steps that the averaged weights' power iterations take from the raw generator's vectors, which are near already. */
const spectralSteps = 3;

export interface SampleGrid {
  columns: number;
  /** Slot of each row. */
  rows: number[];
  /** Side of one tile. */
  size: number;
  /** rows x columns tiles, row-major, each size x size RGBA, tile after tile. */
  rgba: ArrayBuffer;
}

export interface SamplerOptions {
  networks: Pick<Networks, 'generator' | 'averaged'>;
  slots: readonly Slot[];
  classCount: number;
  seed: number;
  columns: number;
  /**
   * Pictures of a training batch: the standing statistics are means over batches of about that size, and drawing goes
   * in such chunks.
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
      options.columns * this.#generator.shape.latent,
      new CounterRandom(options.seed, streams.sampleLatents),
    );
  }

  /** z of the columns, [columns, latent]. */
  get latents(): Float32Array {
    return this.#latents;
  }

  get #generator(): Generator {
    return this.#options.networks.averaged;
  }

  /** Brings effective weights and standing statistics up to date with the moving average. */
  async refresh(): Promise<void> {
    const { networks, seed, slots, classCount, drawConditions } = this.#options;
    const { averaged, generator } = networks;
    averaged.weights.takeVectors(generator.weights);
    for (let i = 0; i < spectralSteps; i++) averaged.weights.normalize('update');
    this.restore(); // sigma = |W u| of the stored u, as anyone who loads the weights will compute it
    for (let batch = 0; batch < standingBatches; batch++) {
      const z = normals(this.#chunk * averaged.shape.latent, new CounterRandom(seed, streams.standingLatents, batch));
      const u = drawConditions(this.#chunk, new CounterRandom(seed, streams.standingConditions, batch));
      const pictures = tidy(() =>
        averaged.forward(this.#rows(z), this.#conditions(classAndSlot(u, slots, classCount)), {
          kind: 'collect',
          share: scalar(1 / (batch + 1)),
        }),
      );
      pictures.dispose();
      await averaged.weights.get('output.conv.bias').data(); // three numbers: waits for the chunk
    }
  }

  /** Makes effective weights anew without touching statistics or vectors: after a restored state. */
  restore(): void {
    this.#generator.weights.normalize('hold');
  }

  /** Refreshes, then draws the grid. @param rows slots to show, default all in order */
  async grid(rows: readonly number[] = this.#options.slots.map(({ slot }) => slot)): Promise<SampleGrid> {
    await this.refresh();
    const { columns, slots } = this.#options;
    const { latent } = this.#generator.shape;
    const count = rows.length * columns;
    const z = new Float32Array(count * latent);
    const u = new Float32Array(count * slots.length);
    rows.forEach((slot, row) => {
      z.set(this.#latents, row * columns * latent);
      for (let column = 0; column < columns; column++) u[(row * columns + column) * slots.length + slot] = 1;
    });
    const rgba = toRgba(await this.pictures(z, u));
    return { columns, rows: [...rows], size: this.#generator.shape.resolution, rgba };
  }

  /**
   * Pictures by the standing statistics.
   * @param z [n, latent]
   * @param u [n, S]
   * @returns [n, R, R, 3] in [-1, 1]
   */
  async pictures(z: Float32Array, u: Float32Array): Promise<Float32Array> {
    const { slots, classCount } = this.#options;
    const { latent, resolution } = this.#generator.shape;
    const values = resolution * resolution * 3;
    const count = z.length / latent;
    const chunk = this.#chunk;
    const pictures = new Float32Array(count * values);
    for (let first = 0; first < count; first += chunk) {
      const end = Math.min(count, first + chunk);
      // A short last chunk is filled up, because kernels are made for shapes.
      const latents = padded(z.subarray(first * latent, end * latent), chunk * latent);
      const conditions = classAndSlot(
        padded(u.subarray(first * slots.length, end * slots.length), chunk * slots.length),
        slots,
        classCount,
      );
      const drawn = tidy(() =>
        this.#generator.forward(this.#rows(latents), this.#conditions(conditions), { kind: 'standing' }),
      );
      const pixels = (await drawn.data()) as Float32Array;
      drawn.dispose();
      pictures.set(pixels.subarray(0, (end - first) * values), first * values);
    }
    return pictures;
  }

  #rows(z: Float32Array): Tensor2D {
    const { latent } = this.#generator.shape;
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
