/**
 * Batches of image indices: every image once an epoch, in an order that follows from the seed, the stream and the
 * epoch's number alone. The whole state is a cursor of two integers, so that a restored run draws the very batches it
 * would have drawn.
 */
import { CounterRandom } from '../shared/rng';

export interface SamplerCursor {
  epoch: number;
  /** Images of this epoch that have been handed out, 0 .. population. */
  position: number;
}

export interface SamplerOptions {
  /** Images to draw from: how many (0 .. n-1), or which. At least one. */
  population: number | Uint32Array;
  seed: number;
  /** Stream of the counter-based generator; epochs are its steps. */
  stream: number;
  cursor?: SamplerCursor;
}

export class BatchSampler {
  private readonly indices: Uint32Array;
  private readonly seed: number;
  private readonly stream: number;
  private epoch = -1;
  private position = 0;
  private order: Uint32Array = new Uint32Array(0);

  constructor({ population, seed, stream, cursor = { epoch: 0, position: 0 } }: SamplerOptions) {
    this.indices = typeof population === 'number' ? Uint32Array.from({ length: population }, (_, i) => i) : population;
    if (this.indices.length === 0) throw new RangeError('There are no images to draw batches from.');
    this.seed = seed;
    this.stream = stream;
    this.begin(cursor.epoch);
    this.position = Math.min(cursor.position, this.indices.length);
  }

  /**
   * The next `batch` image indices. A batch goes on into the next epoch where this one ends, so all batches are full; a
   * batch larger than the population repeats images.
   */
  next(batch: number): Int32Array<ArrayBuffer> {
    const drawn = new Int32Array(batch);
    for (let i = 0; i < batch; i += 1) {
      if (this.position === this.order.length) this.begin(this.epoch + 1);
      drawn[i] = this.indices[this.order[this.position] ?? 0] ?? 0;
      this.position += 1;
    }
    return drawn;
  }

  /** Where the next batch begins; hand it to the constructor to go on there. */
  cursor(): SamplerCursor {
    return { epoch: this.epoch, position: this.position };
  }

  private begin(epoch: number): void {
    this.epoch = epoch;
    this.position = 0;
    this.order = new CounterRandom(this.seed, this.stream, epoch).permutation(this.indices.length);
  }
}
