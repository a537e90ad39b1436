/** The part of the state about pictures on demand: whose generator draws, and what it drew last. */
import type { GeneratorFacts, NearestReal } from '../session/playground/drawn';
import type { ErrorInfo } from '../shared/errors';

/** Tiles that were drawn. A class, so that immer leaves the bytes alone. */
export class DrawnTiles {
  constructor(
    readonly size: number,
    /** Tile after tile, RGBA. */
    readonly rgba: Uint8ClampedArray<ArrayBuffer>,
    readonly nearest: readonly NearestReal[] | null,
    /** They are a grid of mixed samples, ordered as `mixedGrid` does, with so many columns; null: one after the other. */
    readonly columns: number | null = null,
  ) {}

  get count(): number {
    return this.rgba.length / (this.size * this.size * 4);
  }

  tile(i: number): Uint8ClampedArray<ArrayBuffer> {
    const bytes = this.size * this.size * 4;
    return this.rgba.slice(i * bytes, (i + 1) * bytes);
  }
}

/** Directions of a generator. A class for the same reason. */
export class Directions {
  constructor(
    /** Unit rows, [count, latent]. */
    readonly rows: Float32Array,
    readonly count: number,
  ) {}
}

export interface PlaygroundState {
  of: 'run' | 'checkpoint';
  /** The file of the checkpoint. */
  file: File | null;
  /** Null until a generator is there. */
  facts: GeneratorFacts | null;
  tiles: DrawnTiles | null;
  directions: Directions | null;
  /** What is going on, in words; null: nothing. */
  busy: string | null;
  /** Whether that can be cancelled. */
  cancellable: boolean;
  problem: ErrorInfo | null;
}

export const emptyPlayground = (): PlaygroundState => ({
  of: 'run',
  file: null,
  facts: null,
  tiles: null,
  directions: null,
  busy: null,
  cancellable: false,
  problem: null,
});
